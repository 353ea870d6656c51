package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;

/** What is kept of join tokens. Never a secret, only its digest. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = SecurityEvent.TokenCreated.class, name = "token-created"),
  @JsonSubTypes.Type(value = SecurityEvent.TokenRevoked.class, name = "token-revoked"),
})
public sealed interface SecurityEvent extends ClusterMessage {
  /**
   * @param secretDigest SHA-256 of the secret, in hexadecimal
   */
  record TokenCreated(SecurityProtocol.TokenInfo token, String secretDigest)
      implements SecurityEvent {}

  record TokenRevoked(String id) implements SecurityEvent {}
}
