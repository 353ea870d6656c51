package io.hawser.gateway;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;

/**
 * Where a gateway listens and who may use it.
 *
 * @param nodeName the machine it runs on
 * @param host address to bind to; beyond loopback, give {@code tls}
 * @param port 0: any free one
 * @param token the bearer token that every request needs, but those for the health paths
 * @param tls present: {@code port} speaks HTTPS only
 * @param kubectl present: a second port, with TLS, for clients that send a token over nothing else;
 *     the status tells where it is
 */
public record GatewaySettings(
    String nodeName,
    String host,
    int port,
    String token,
    Optional<SSLContext> tls,
    Optional<TlsPort> kubectl) {
  /** Shortest token accepted, in characters. */
  public static final int MIN_TOKEN_LENGTH = 16;

  /**
   * A port with TLS, opened once its key is there.
   *
   * @param port 0 for any free one
   */
  public record TlsPort(int port, CompletionStage<GatewayTls> key) {}

  public GatewaySettings {
    if (token.length() < MIN_TOKEN_LENGTH) {
      throw new IllegalArgumentException(
          "the gateway's token needs at least " + MIN_TOKEN_LENGTH + " characters");
    }
  }

  /** One port only. */
  public GatewaySettings(
      String nodeName, String host, int port, String token, Optional<SSLContext> tls) {
    this(nodeName, host, port, token, tls, Optional.empty());
  }

  /** The token stays out of logs. */
  @Override
  public String toString() {
    return "GatewaySettings[%s, %s:%d, tls=%s]".formatted(nodeName, host, port, tls.isPresent());
  }
}
