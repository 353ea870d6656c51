package io.hawser.scheduler;

import io.hawser.cluster.state.ClusterState;

/**
 * When the state is to be stored again: once about as many bytes of events have been written as the
 * last snapshot had. So all snapshots together cost about as much as the events, however large the
 * state: one each thousand events would cost the square of its size.
 *
 * @param leastEvents never sooner
 */
record SnapshotSpacing(int leastEvents) {
  /** A snapshot keeps a pod in about a quarter of an event's bytes: it is compressed. */
  private static final int THINGS_PER_EVENT = 4;

  /** Events from one snapshot of such a state to the next. */
  long events(ClusterState state) {
    long things =
        (long) state.pods().size()
            + state.deployments().size()
            + state.nodes().size()
            + state.objects().count();
    return Math.max(leastEvents, things / THINGS_PER_EVENT);
  }

  /**
   * @param lastRevision of the newest snapshot, 0 without one
   */
  boolean isDue(ClusterState state, long lastRevision) {
    return state.revision() - lastRevision >= events(state);
  }
}
