package io.hawser.scheduler;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.EventText;

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

  /** What users write is long; each replica keeps it in memory until it is in two snapshots. */
  private static final int SHARES_PER_SNAPSHOT = 4;

  private static final long LEAST_CHARS = 2L << 20;

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
   * @param written {@link EventText#chars} of the events since
   */
  boolean isDue(ClusterState state, long lastRevision, long written) {
    return state.revision() - lastRevision >= events(state)
        || written >= Math.max(LEAST_CHARS, state.chars() / SHARES_PER_SNAPSHOT);
  }
}
