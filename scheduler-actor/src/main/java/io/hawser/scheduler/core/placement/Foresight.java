package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import java.util.ArrayDeque;

/**
 * The states that a decision's events lead to, which it has worked out already. Folding the same
 * events into the same state a second time, once they are written, is a look at the next one.
 * Belongs to one thread; holds one decision.
 */
public final class Foresight {
  private record Step(ClusterState before, SchedulerEvent event, ClusterState after) {}

  private final ArrayDeque<Step> steps = new ArrayDeque<>();

  /** A new decision begins; what is left of the last one was never written. */
  public void clear() {
    steps.clear();
  }

  void add(ClusterState before, SchedulerEvent event, ClusterState after) {
    steps.add(new Step(before, event, after));
  }

  /** The state after the event; foreseen or not, the same one. */
  public ClusterState evolve(ClusterState state, SchedulerEvent event) {
    Step next = steps.poll();
    if (next != null && next.before() == state && next.event() == event) {
      return next.after();
    }
    steps.clear();
    return state.evolve(event);
  }
}
