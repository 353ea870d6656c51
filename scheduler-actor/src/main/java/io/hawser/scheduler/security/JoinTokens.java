package io.hawser.scheduler.security;

import io.hawser.cluster.protocol.SecurityEvent;
import io.hawser.cluster.protocol.SecurityProtocol.TokenInfo;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The tokens that were made and not revoked, folded from the journal. */
record JoinTokens(TreeMap<String, SecurityEvent.TokenCreated> byId) {
  /** Tokens that may be valid at one time. */
  static final int MAX_TOKENS = 256;

  static JoinTokens empty() {
    return new JoinTokens(new TreeMap<>());
  }

  JoinTokens evolve(SecurityEvent event) {
    TreeMap<String, SecurityEvent.TokenCreated> next = new TreeMap<>(byId);
    if (event instanceof SecurityEvent.TokenCreated created) {
      // What has ended is of no use; the time is the new token's, not a clock's.
      next.values().removeIf(t -> t.token().expiresAt().isBefore(created.token().createdAt()));
      next.put(created.token().id(), created);
    } else if (event instanceof SecurityEvent.TokenRevoked revoked) {
      next.remove(revoked.id());
    }
    return new JoinTokens(next);
  }

  List<TokenInfo> valid(Instant now) {
    return byId.values().stream()
        .map(SecurityEvent.TokenCreated::token)
        .filter(token -> now.isBefore(token.expiresAt()))
        .toList();
  }

  /**
   * Why a claim does not let a machine join; the same words for an unknown id and a wrong secret.
   *
   * @param claim {@code ID.SECRET}
   */
  Optional<String> refusal(String claim, Set<String> roles, Instant now) {
    int dot = claim.indexOf('.');
    SecurityEvent.TokenCreated created = dot < 0 ? null : byId.get(claim.substring(0, dot));
    String digest = JoinToken.digest(claim.substring(dot + 1));
    String expected = created == null ? JoinToken.digest("") : created.secretDigest();
    boolean same =
        MessageDigest.isEqual(
            digest.getBytes(StandardCharsets.US_ASCII),
            expected.getBytes(StandardCharsets.US_ASCII));
    if (created == null || !same) {
      return Optional.of("the token is not known: it may have been revoked");
    }
    if (!now.isBefore(created.token().expiresAt())) {
      return Optional.of("the token has expired at " + created.token().expiresAt());
    }
    return created.token().roles().containsAll(roles)
        ? Optional.empty()
        : Optional.of(
            "the token is for the roles %s, not for %s".formatted(created.token().roles(), roles));
  }
}
