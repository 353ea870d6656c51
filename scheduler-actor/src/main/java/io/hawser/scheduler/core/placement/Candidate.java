package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.NodeLoad;
import io.hawser.model.Node;
import io.hawser.model.ResourceAmounts;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** One node during one placement round: its room shrinks with every pod that is put on it. */
public final class Candidate {
  private final Node node;
  private final Set<String> hostPorts;
  private final Map<String, Long> extendedUsed;
  private long cpuUsed;
  private long memoryUsed;
  private long storageUsed;
  private int pods;

  Candidate(Node node, NodeLoad load) {
    this.node = node;
    this.cpuUsed = load.requested().cpuMillis();
    this.memoryUsed = load.requested().memoryBytes();
    this.storageUsed = load.requested().ephemeralStorageBytes();
    this.extendedUsed = new HashMap<>(load.requested().extended());
    this.pods = load.pods();
    this.hostPorts = new HashSet<>(load.hostPorts());
  }

  public Node node() {
    return node;
  }

  public String name() {
    return node.name();
  }

  public int pods() {
    return pods;
  }

  public int podsFree() {
    return node.info().maxPods() - pods;
  }

  public long cpuFreeMillis() {
    return node.info().capacity().cpuMillis() - cpuUsed;
  }

  public long memoryFreeBytes() {
    return node.info().capacity().memoryBytes() - memoryUsed;
  }

  public long storageFreeBytes() {
    return node.info().capacity().ephemeralStorageBytes() - storageUsed;
  }

  public long extendedFree(String resource) {
    return node.info().capacity().extended().getOrDefault(resource, 0L)
        - extendedUsed.getOrDefault(resource, 0L);
  }

  public boolean usesHostPort(String port) {
    return hostPorts.contains(port);
  }

  void take(Ask ask) {
    ResourceAmounts requests = ask.requests();
    cpuUsed += requests.cpuMillis();
    memoryUsed += requests.memoryBytes();
    storageUsed += requests.ephemeralStorageBytes();
    requests.extended().forEach((name, amount) -> extendedUsed.merge(name, amount, Long::sum));
    hostPorts.addAll(ask.hostPorts());
    pods++;
  }
}
