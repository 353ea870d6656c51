package io.hawser.gateway;

import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Where a gateway listens and who may use it.
 *
 * @param nodeName the machine it runs on
 * @param host address to bind to; beyond loopback, give {@code tls}
 * @param port 0: any free one
 * @param token the bearer token that every request needs, but those for the health paths
 * @param tls present: HTTPS only
 */
public record GatewaySettings(
    String nodeName, String host, int port, String token, Optional<SSLContext> tls) {
  /** Shortest token accepted, in characters. */
  public static final int MIN_TOKEN_LENGTH = 16;

  public GatewaySettings {
    if (token.length() < MIN_TOKEN_LENGTH) {
      throw new IllegalArgumentException(
          "the gateway's token needs at least " + MIN_TOKEN_LENGTH + " characters");
    }
  }

  /** The token stays out of logs. */
  @Override
  public String toString() {
    return "GatewaySettings["
        + nodeName
        + ", "
        + host
        + ":"
        + port
        + ", tls="
        + tls.isPresent()
        + "]";
  }
}
