package io.hawser.model;

import java.time.Instant;
import java.util.List;

/**
 * A machine of the cluster.
 *
 * @param meta its labels include {@code kubernetes.io/hostname}
 * @param unschedulable cordoned: keeps its pods, gets no new ones
 * @param since when it entered its present state
 */
public record Node(
    ObjectMeta meta,
    NodeInfo info,
    boolean unschedulable,
    List<Taint> taints,
    State state,
    String stateReason,
    Instant since) {
  public Node {
    taints = List.copyOf(taints);
  }

  /** Whether the cluster can reach it. */
  public enum State {
    READY,
    LOST
  }

  public String name() {
    return meta.name();
  }

  public boolean isReady() {
    return state == State.READY;
  }
}
