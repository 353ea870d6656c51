package io.hawser.scheduler;

import io.hawser.cluster.membership.Splinter;
import io.hawser.persistence.HawserStore;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this scheduler may speak as one: its replica of the journal had a majority behind it
 * within the last {@link #TERM}. One that is cut off from the majority falls silent, before another
 * can have taken over; the journal's fence and the epochs hold whether it does or not. Raft renews
 * it: nothing is written or sent for it, so it makes no failover longer. See docs/adr/0044.
 */
final class JournalLease {
  private static final Logger LOG = LoggerFactory.getLogger(JournalLease.class);

  /** With Raft's own 2.5 s at most, less than the 6 s after which a cut-off node stops its pods. */
  static final Duration TERM = Duration.ofSeconds(2);

  private final BooleanSupplier majority;
  private Instant renewedAt;
  private boolean held = true;

  /**
   * @param majority what the journal says now; must not block
   */
  JournalLease(BooleanSupplier majority, Instant now) {
    this.majority = majority;
    this.renewedAt = now;
  }

  /**
   * What the replicated journal says. Another journal has no majority to lose; its fence has to do.
   */
  static BooleanSupplier majority(ActorSystem<?> system, SchedulerSettings settings) {
    if (!settings.journalPlugin().equals(SchedulerSettings.REPLICATED_JOURNAL)) {
      return () -> true;
    }
    HawserStore store = HawserStore.get(system);
    Cluster cluster = Cluster.get(system);
    return () -> store.reachesMajority() && !Splinter.is(cluster.state(), store.voters());
  }

  /** At this moment: who begins must have it. */
  boolean hasMajority() {
    return majority.getAsBoolean();
  }

  boolean isHeld(Instant now) {
    if (majority.getAsBoolean()) {
      renewedAt = now;
    }
    boolean before = held;
    held = now.isBefore(renewedAt.plus(TERM));
    if (before && !held) {
      LOG.warn(
          "The journal's majority has not been seen since {}: no orders until it is", renewedAt);
    } else if (!before && held) {
      LOG.info("The journal's majority is back");
    }
    return held;
  }
}
