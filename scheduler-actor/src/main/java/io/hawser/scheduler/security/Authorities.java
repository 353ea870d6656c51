package io.hawser.scheduler.security;

import io.hawser.cluster.protocol.SecurityEvent;
import io.hawser.cluster.protocol.SecurityEvent.AuthorityAdded;
import io.hawser.cluster.security.Pem;
import io.hawser.cluster.security.Trust;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which authorities there are and who was thrown out, folded from the journal. An authority is
 * replaced in three steps, each once every member is as far: add (both are believed), use (the new
 * one signs, members renew), drop (the old one is not believed any more).
 *
 * @param believed certificates in PEM by fingerprint, oldest first; empty: the first one alone
 * @param signer fingerprint of the one that signs; empty: the first one
 * @param added every one that ever was, for the keys
 */
record Authorities(
    long version,
    Map<String, String> believed,
    String signer,
    List<AuthorityAdded> added,
    Map<String, Instant> revoked) {
  /** Nodes that may be thrown out; the one that was longest ago is forgotten. */
  static final int MAX_REVOKED = 1_024;

  static Authorities none() {
    return new Authorities(0, Map.of(), "", List.of(), Map.of());
  }

  Authorities evolve(SecurityEvent event) {
    Map<String, String> next = new LinkedHashMap<>(believed);
    if (event instanceof AuthorityAdded more) {
      String before = fingerprint(more.before());
      next.put(before, more.before());
      next.put(fingerprint(more.certificate()), more.certificate());
      List<AuthorityAdded> all = new ArrayList<>(added);
      all.add(more);
      return new Authorities(version + 1, next, before, List.copyOf(all), revoked);
    } else if (event instanceof SecurityEvent.AuthorityUsed used) {
      return new Authorities(version + 1, believed, used.fingerprint(), added, revoked);
    } else if (event instanceof SecurityEvent.AuthorityDropped dropped) {
      next.remove(dropped.fingerprint());
      return new Authorities(version + 1, next, signer, added, revoked);
    } else if (event instanceof SecurityEvent.NodeRevoked gone) {
      Map<String, Instant> more = new TreeMap<>(revoked);
      more.put(gone.node(), gone.at());
      if (more.size() > MAX_REVOKED) {
        more.entrySet().stream()
            .min(Map.Entry.comparingByValue())
            .ifPresent(oldest -> more.remove(oldest.getKey()));
      }
      return new Authorities(version + 1, believed, signer, added, more);
    }
    return this;
  }

  Trust trust() {
    return new Trust(version, List.copyOf(believed.values()), signer, revoked);
  }

  /** The one that was added and does not sign yet. */
  Optional<String> next() {
    return added.isEmpty()
        ? Optional.empty()
        : Optional.of(fingerprint(added.get(added.size() - 1).certificate()))
            .filter(newest -> !newest.equals(signer) && believed.containsKey(newest));
  }

  /** The one that signed before and is still believed. */
  Optional<String> former() {
    return next().isPresent()
        ? Optional.empty()
        : believed.keySet().stream().filter(one -> !one.equals(signer)).findFirst();
  }

  /**
   * The authority that signs, by a key that this controller has or can open.
   *
   * @param own the one in this controller's file
   * @throws IllegalStateException when it can open none that leads to it
   */
  CertificateAuthority signing(CertificateAuthority own) {
    Map<String, CertificateAuthority> keys = new LinkedHashMap<>();
    keys.put(own.fingerprint(), own);
    for (AuthorityAdded more : added) {
      CertificateAuthority before = keys.get(fingerprint(more.before()));
      if (before != null) {
        CertificateAuthority opened = before.open(more.sealedKey(), more.certificate());
        keys.put(opened.fingerprint(), opened);
      }
    }
    CertificateAuthority signing = signer.isEmpty() ? own : keys.get(signer);
    if (signing == null) {
      throw new IllegalStateException(
          "this controller has not the key of the authority that signs: it must join again");
    }
    return signing;
  }

  private static String fingerprint(String pem) {
    try {
      return Pem.fingerprint(Pem.certificates(pem).get(0));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("an authority's certificate can't be read", e);
    }
  }
}
