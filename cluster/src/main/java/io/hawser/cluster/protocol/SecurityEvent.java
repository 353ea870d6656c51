package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import java.time.Instant;

/**
 * What is kept of join tokens, authorities and thrown-out nodes. Never a secret in clear: a token's
 * digest, an authority's key sealed by the one before it.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = SecurityEvent.TokenCreated.class, name = "token-created"),
  @JsonSubTypes.Type(value = SecurityEvent.TokenRevoked.class, name = "token-revoked"),
  @JsonSubTypes.Type(value = SecurityEvent.AuthorityAdded.class, name = "authority-added"),
  @JsonSubTypes.Type(value = SecurityEvent.AuthorityUsed.class, name = "authority-used"),
  @JsonSubTypes.Type(value = SecurityEvent.AuthorityDropped.class, name = "authority-dropped"),
  @JsonSubTypes.Type(value = SecurityEvent.NodeRevoked.class, name = "node-revoked"),
})
public sealed interface SecurityEvent extends ClusterMessage {
  /**
   * @param secretDigest SHA-256 of the secret, in hexadecimal
   */
  record TokenCreated(SecurityProtocol.TokenInfo token, String secretDigest)
      implements SecurityEvent {}

  record TokenRevoked(String id) implements SecurityEvent {}

  /**
   * A new authority is believed beside the one that signs; it does not sign yet.
   *
   * @param certificate in PEM
   * @param before the certificate, in PEM, of the one that signs and that sealed the key
   * @param sealedKey only who has the key of {@code before} can open it
   */
  record AuthorityAdded(String certificate, String before, String sealedKey)
      implements SecurityEvent {}

  /** From now on this one signs; the one before is still believed. */
  record AuthorityUsed(String fingerprint) implements SecurityEvent {}

  /** What this one signed is refused from now on. */
  record AuthorityDropped(String fingerprint) implements SecurityEvent {}

  /** The node's certificates from before that time are refused. */
  record NodeRevoked(String node, Instant at) implements SecurityEvent {}
}
