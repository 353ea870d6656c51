package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;

/**
 * Counts of pods that are kept from decision to decision, so that one more pod does not cost a walk
 * over all. They are only a quicker way to see a state: what was not followed is counted anew when
 * it is asked for. Belongs to one thread.
 */
abstract class KeptCounts {
  private long revision = -1;

  /** Whoever reads says first of which state. */
  final void at(ClusterState state) {
    if (revision != state.revision()) {
      forgetAll();
      revision = state.revision();
    }
  }

  /**
   * One more event, which changed no pod but those that {@link #replaced} is told of.
   *
   * @return false: nothing is known of the state before it
   */
  final boolean follow(ClusterState before, ClusterState after) {
    boolean known = revision == before.revision();
    if (!known) {
      forgetAll();
    }
    revision = after.revision();
    return known;
  }

  /**
   * One pod as it was and as it is now; null: it was not, or is no more.
   *
   * @param after where the event led
   */
  void replaced(Pod old, Pod now, ClusterState after) {
    if (old != null) {
      change(old, -1, after);
    }
    if (now != null) {
      change(now, 1, after);
    }
  }

  /** What one more event says of anything else than pods. */
  void heard(SchedulerEvent event, ClusterState after) {}

  /** Counts a pod that is there from now on, 1, or no more, -1. */
  abstract void change(Pod pod, int amount, ClusterState after);

  /** An event of unknown effect on pods, or one that was missed. */
  abstract void forgetAll();
}
