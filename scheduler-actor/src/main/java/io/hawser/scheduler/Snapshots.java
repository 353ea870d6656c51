package io.hawser.scheduler;

import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.EventText;
import io.hawser.cluster.state.SchedulerEvent;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/** The scheduler's side of its snapshots: one at a time, as far apart as the state is large. */
final class Snapshots {
  private final ActorContext<Command> context;
  private final SchedulerSettings settings;
  private final SnapshotSpacing spacing;
  private ActorRef<Object> keeper;
  private long last;
  private boolean underWay;

  /** What was written since the last one that was begun. */
  private long written;

  Snapshots(ActorContext<Command> context, SchedulerSettings settings) {
    this.context = context;
    this.settings = settings;
    this.spacing = new SnapshotSpacing(settings.snapshotEveryEvents());
  }

  /**
   * @param revision of the snapshot that the state is read back from
   */
  void found(long revision) {
    last = revision;
  }

  /** An event that is in the journal, replayed ones too. */
  void count(SchedulerEvent event) {
    written += EventText.chars(event);
  }

  /** The state is there. What was under way before is another keeper's. */
  void begin() {
    if (keeper != null) {
      context.stop(keeper);
    }
    underWay = false;
    keeper = context.spawnAnonymous(SnapshotKeeper.create(settings, last, context.getSelf()));
  }

  /** After a write. */
  void follow(ClusterState state, DoneRequests requests) {
    if (!underWay && spacing.isDue(state, last, written)) {
      underWay = true;
      written = 0;
      keeper.tell(new SnapshotKeeper.Keep(state, requests.all()));
    }
  }

  /** One that failed is not tried again before the next is due. */
  void done(SnapshotKeeper.Kept kept) {
    last = kept.revision();
    underWay = false;
  }
}
