package io.hawser.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Where one node keeps its containers. Several nodes share a machine when each field differs.
 *
 * @param nodeName letters, digits and '-'; part of the cgroup's and the bridge's name
 * @param stateDir this node's own directory: checkpoints, overlay upper layers, logs
 * @param imageDir the image store; may be shared by all nodes of a machine
 * @param podSubnet IPv4 CIDR of this node's pods, such as {@code 10.244.1.0/24}; the first address
 *     is the bridge's
 * @param restartWindow how long the guard waits for a successor after this JVM died before it kills
 *     the node's containers
 * @param runtimes programs of other OCI runtimes by the name that pods ask for; runc, crun, runsc
 *     and kata are found on the PATH without it
 */
public record RuntimeConfig(
    String nodeName,
    Path stateDir,
    Path imageDir,
    String podSubnet,
    Duration restartWindow,
    Map<String, Path> runtimes) {

  public RuntimeConfig {
    runtimes = Map.copyOf(runtimes);
  }

  /** With the other runtimes that are on the PATH. */
  public RuntimeConfig(
      String nodeName, Path stateDir, Path imageDir, String podSubnet, Duration restartWindow) {
    this(nodeName, stateDir, imageDir, podSubnet, restartWindow, Map.of());
  }

  /** The same with these runtimes. */
  public RuntimeConfig with(Map<String, Path> others) {
    return new RuntimeConfig(nodeName, stateDir, imageDir, podSubnet, restartWindow, others);
  }
}
