package io.hawser.runtime;

import java.nio.file.Path;
import java.time.Duration;

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
 */
public record RuntimeConfig(
    String nodeName, Path stateDir, Path imageDir, String podSubnet, Duration restartWindow) {}
