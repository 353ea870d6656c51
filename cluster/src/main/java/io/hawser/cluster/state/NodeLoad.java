package io.hawser.cluster.state;

import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import java.util.HashSet;
import java.util.Set;
import org.pcollections.Empty;
import org.pcollections.PSet;

/**
 * What the active pods on one node take of it, kept up to date pod by pod so that a placement does
 * not sum up thousands of them.
 *
 * @param requested the sum of their requests
 * @param pods how many they are
 * @param hostPorts the machine's ports they use, written {@code TCP/80}
 */
public record NodeLoad(ResourceAmounts requested, int pods, PSet<String> hostPorts) {
  public static final NodeLoad NONE = new NodeLoad(ResourceAmounts.NONE, 0, Empty.set());

  /** The load with one more pod. */
  public NodeLoad plus(PodSpec spec) {
    return new NodeLoad(
        requested.plus(spec.effectiveRequests()), pods + 1, hostPorts.plusAll(hostPortsOf(spec)));
  }

  NodeLoad plus(NodeLoad other) {
    return new NodeLoad(
        requested.plus(other.requested), pods + other.pods, hostPorts.plusAll(other.hostPorts));
  }

  NodeLoad minus(Pod pod) {
    return new NodeLoad(
        requested.minus(pod.spec().effectiveRequests()),
        pods - 1,
        hostPorts.minusAll(hostPortsOf(pod.spec())));
  }

  /** The machine's ports a pod would take; with the host's network that is every port it names. */
  public static Set<String> hostPortsOf(PodSpec spec) {
    // Asked of every pod that comes or goes, and hardly one has any.
    Set<String> ports = Set.of();
    for (PodContainer container : spec.containers()) {
      for (PodContainer.Port port : container.ports()) {
        if (port.hostPort() > 0 || spec.hostNetwork()) {
          ports = ports.isEmpty() ? new HashSet<>() : ports;
          ports.add(port.protocol() + "/" + hostPort(port));
        }
      }
    }
    return ports;
  }

  private static int hostPort(PodContainer.Port port) {
    return port.hostPort() > 0 ? port.hostPort() : port.containerPort();
  }
}
