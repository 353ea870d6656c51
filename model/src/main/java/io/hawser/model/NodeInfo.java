package io.hawser.model;

import java.util.Set;

/**
 * What a machine says of itself when it registers.
 *
 * @param incarnation unique for one run of the node's program
 * @param address the node's cluster address, {@code pekko://hawser@host:port}
 * @param ip the machine's address as pods and users see it
 * @param gatewayUrl base URL of its gateway, or empty without the role
 * @param capacity what pods may ask for in sum
 * @param maxPods most pods at a time
 */
public record NodeInfo(
    String name,
    String incarnation,
    String address,
    String ip,
    String gatewayUrl,
    Set<String> roles,
    String podSubnet,
    ResourceAmounts capacity,
    int maxPods,
    String architecture,
    String kernelVersion,
    String osImage,
    String version) {
  public NodeInfo {
    roles = Set.copyOf(roles);
  }
}
