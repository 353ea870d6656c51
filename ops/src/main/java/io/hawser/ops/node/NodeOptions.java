package io.hawser.ops.node;

import io.hawser.cluster.Roles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How one machine takes part in a cluster.
 *
 * @param dir this node's own directory
 * @param listen address for the cluster's and the gateway's ports
 * @param port of the cluster's remoting
 * @param tlsPort of the gateway with TLS, for kubectl, which sends no token without it
 * @param storePort of the store's peer; used with the role controller
 * @param join {@code host:port} of members; empty: this node starts a cluster of its own
 * @param controllers the store's peers by node name as {@code host:port}: those that form it, or
 *     those that this node waits to be added by
 * @param imagePort where other nodes get this node's images; 0: any free one
 * @param registries file that says how registries are reached; may be missing
 * @param gatewayKey the gateway's own key, where nodes speak without TLS; made when it is missing
 * @param gatewayToken what every request to the gateway must carry
 * @param cpuMillis what pods may use of the machine's processors, in thousandths of a core
 * @param restartWindow how long containers outlive this program before the guard stops them
 * @param tlsDir where this node's identity is; empty: nodes speak without TLS
 */
public record NodeOptions(
    String name,
    Path dir,
    String listen,
    int port,
    int gatewayPort,
    int tlsPort,
    int storePort,
    List<String> join,
    Map<String, String> controllers,
    Set<String> roles,
    String podSubnet,
    Path imageDir,
    int imagePort,
    Path registries,
    Path gatewayKey,
    String gatewayToken,
    long cpuMillis,
    long memoryBytes,
    Duration restartWindow,
    Optional<Path> tlsDir) {

  public boolean has(String role) {
    return roles.contains(role);
  }

  public boolean isController() {
    return has(Roles.CONTROLLER);
  }

  /** The same node without a role. */
  NodeOptions without(String role) {
    return new NodeOptions(
        name,
        dir,
        listen,
        port,
        gatewayPort,
        tlsPort,
        storePort,
        join,
        controllers,
        roles.stream()
            .filter(r -> !r.equals(role))
            .collect(java.util.stream.Collectors.toUnmodifiableSet()),
        podSubnet,
        imageDir,
        imagePort,
        registries,
        gatewayKey,
        gatewayToken,
        cpuMillis,
        memoryBytes,
        restartWindow,
        tlsDir);
  }

  /** True when others can reach this node's ports over a network. */
  boolean listensBeyondLoopback() {
    try {
      return !java.net.InetAddress.getByName(listen).isLoopbackAddress();
    } catch (java.net.UnknownHostException e) {
      return true;
    }
  }
}
