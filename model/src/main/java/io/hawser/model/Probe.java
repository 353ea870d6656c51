package io.hawser.model;

import java.util.List;
import java.util.Optional;

/**
 * A check of a container; exactly one of the actions is present. Defaults are Kubernetes'.
 *
 * @param httpGet succeeds with a status of 200 to 399
 */
public record Probe(
    Optional<HttpGet> httpGet,
    Optional<TcpSocket> tcpSocket,
    Optional<Exec> exec,
    Optional<Grpc> grpc,
    int initialDelaySeconds,
    int periodSeconds,
    int timeoutSeconds,
    int failureThreshold,
    int successThreshold) {

  public static final int DEFAULT_PERIOD_SECONDS = 10;
  public static final int DEFAULT_TIMEOUT_SECONDS = 1;
  public static final int DEFAULT_FAILURE_THRESHOLD = 3;
  public static final int DEFAULT_SUCCESS_THRESHOLD = 1;

  /**
   * An HTTP request to the pod.
   *
   * @param port a number, or the name of one of the container's ports
   * @param scheme HTTP or HTTPS (certificates are not checked)
   * @param host empty: the pod's address
   */
  public record HttpGet(
      String path, String port, String scheme, Optional<String> host, List<Header> headers) {
    public HttpGet {
      headers = List.copyOf(headers);
    }
  }

  /** A request header. */
  public record Header(String name, String value) {}

  /** A connection that can be opened. */
  public record TcpSocket(String port, Optional<String> host) {}

  /** A command in the container that exits with 0. */
  public record Exec(List<String> command) {
    public Exec {
      command = List.copyOf(command);
    }
  }

  /** The gRPC health protocol. */
  public record Grpc(int port, String service) {}
}
