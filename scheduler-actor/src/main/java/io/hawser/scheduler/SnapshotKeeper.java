package io.hawser.scheduler;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterSnapshot.DoneRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SplitSnapshot;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.persistence.DeleteMessagesFailure;
import org.apache.pekko.persistence.DeleteSnapshotsFailure;
import org.apache.pekko.persistence.JournalProtocol.DeleteMessagesTo;
import org.apache.pekko.persistence.Persistence;
import org.apache.pekko.persistence.SaveSnapshotFailure;
import org.apache.pekko.persistence.SaveSnapshotSuccess;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotProtocol.DeleteSnapshots;
import org.apache.pekko.persistence.SnapshotProtocol.SaveSnapshot;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;

/**
 * Stores the scheduler's snapshots and drops the events that nobody needs any more. Only the
 * scheduler talks to it, and the journal's plugins. Pekko's own way would keep the scheduler
 * waiting until a snapshot is stored, which takes seconds when the state is large.
 *
 * <p>The two newest snapshots stay, in case the last one turns out to be unreadable, and the events
 * since the older of them. A crash at any point leaves more than that, never less: events go only
 * after the snapshot above them is durable.
 */
final class SnapshotKeeper extends AbstractBehavior<Object> {

  /**
   * Store this state, whose events are all durable; only when the one before is done.
   *
   * @param requests carried out lately
   */
  record Keep(ClusterState state, List<DoneRequest> requests) {}

  /** To the scheduler: the store is done with the snapshot at this revision, well or not. */
  record Kept(long revision) implements SchedulerProtocol.Command {}

  private final SchedulerSettings settings;
  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private long newest;

  private SnapshotKeeper(
      ActorContext<Object> context,
      SchedulerSettings settings,
      long newest,
      ActorRef<SchedulerProtocol.Command> scheduler) {
    super(context);
    this.settings = settings;
    this.newest = newest;
    this.scheduler = scheduler;
  }

  /**
   * @param newest revision of the snapshot that the scheduler began from, 0 without one
   */
  static Behavior<Object> create(
      SchedulerSettings settings, long newest, ActorRef<SchedulerProtocol.Command> scheduler) {
    return Behaviors.setup(context -> new SnapshotKeeper(context, settings, newest, scheduler));
  }

  @Override
  public Receive<Object> createReceive() {
    return newReceiveBuilder()
        .onMessage(Keep.class, this::onKeep)
        .onMessage(SaveSnapshotSuccess.class, this::onSaved)
        .onMessage(SaveSnapshotFailure.class, this::onFailed)
        .onMessage(DeleteMessagesFailure.class, f -> onNotDropped("events", f.cause()))
        .onMessage(DeleteSnapshotsFailure.class, f -> onNotDropped("snapshots", f.cause()))
        .onAnyMessage(done -> this)
        .build();
  }

  private Behavior<Object> onKeep(Keep keep) {
    // A state's revision is the number of its last event.
    SnapshotMetadata metadata =
        SnapshotMetadata.apply(SchedulerActor.PERSISTENCE_ID, keep.state().revision());
    ClusterSnapshot snapshot = ClusterSnapshot.of(keep.state()).withRequests(keep.requests());
    snapshotStore().tell(new SaveSnapshot(metadata, SplitSnapshot.of(snapshot)), classicSelf());
    return this;
  }

  private Behavior<Object> onSaved(SaveSnapshotSuccess saved) {
    long revision = saved.metadata().sequenceNr();
    if (newest > 0) {
      journal()
          .tell(
              new DeleteMessagesTo(SchedulerActor.PERSISTENCE_ID, newest, classicSelf()),
              classicSelf());
      snapshotStore()
          .tell(
              new DeleteSnapshots(
                  SchedulerActor.PERSISTENCE_ID,
                  SnapshotSelectionCriteria.create(newest - 1, Long.MAX_VALUE)),
              classicSelf());
    }
    newest = revision;
    scheduler.tell(new Kept(revision));
    return this;
  }

  /** Nothing is lost: the events are still there, and the next one has them, too. */
  private Behavior<Object> onFailed(SaveSnapshotFailure failure) {
    getContext()
        .getLog()
        .warn(
            "No snapshot of the state at {}; the journal grows until the next",
            failure.metadata().sequenceNr(),
            failure.cause());
    scheduler.tell(new Kept(failure.metadata().sequenceNr()));
    return this;
  }

  private Behavior<Object> onNotDropped(String what, Throwable cause) {
    getContext().getLog().warn("Old {} were not dropped; the next snapshot does it", what, cause);
    return this;
  }

  private org.apache.pekko.actor.ActorRef journal() {
    return Persistence.get(getContext().getSystem())
        .journalFor(settings.journalPlugin(), ConfigFactory.empty());
  }

  private org.apache.pekko.actor.ActorRef snapshotStore() {
    return Persistence.get(getContext().getSystem())
        .snapshotStoreFor(settings.snapshotPlugin(), ConfigFactory.empty());
  }

  private org.apache.pekko.actor.ActorRef classicSelf() {
    return Adapter.toClassic(getContext().getSelf());
  }
}
