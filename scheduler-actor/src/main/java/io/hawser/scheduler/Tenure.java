package io.hawser.scheduler;

import io.hawser.cluster.state.SchedulerEvent.SchedulerStarted;

/**
 * Which take-overs one scheduler actor has tried and which it has found in the journal; outlives
 * its restarts. A take-over whose write seemed to fail may be in the journal all the same: it must
 * not be mistaken for another scheduler's, or nobody would be left.
 */
final class Tenure {
  private SchedulerStarted tried;
  private SchedulerStarted found;
  private boolean restored;
  private boolean waited;

  /** Before the take-over is written. */
  void tries(SchedulerStarted event) {
    tried = event;
  }

  /**
   * The journal is another one: take-overs found in it say nothing of this cluster's schedulers.
   */
  void forget() {
    tried = null;
    found = null;
    restored = true;
    waited = false;
  }

  /** Once: what looks like another scheduler's take-over may be a restored journal's. */
  boolean waitsForWord() {
    boolean first = !waited;
    waited = true;
    return first;
  }

  /** The journal was restored while this actor was there: it may not know the nodes that are. */
  boolean isOfRestoredJournal() {
    return restored;
  }

  /** A take-over is in the journal, whoever wrote it. */
  void finds(SchedulerStarted event) {
    found = event;
  }

  /**
   * Whether another scheduler has taken over since this one tried to.
   *
   * @param epoch of the recovered state; its event may be hidden behind a snapshot
   */
  boolean isOver(long epoch) {
    if (tried == null || epoch < tried.epoch()) {
      return false;
    }
    return epoch > tried.epoch() || !tried.equals(found);
  }
}
