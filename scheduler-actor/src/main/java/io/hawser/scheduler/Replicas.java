package io.hawser.scheduler;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.replica.PackedState;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;

/**
 * The replicas that follow the scheduler: each gets a whole state, or the events it missed, and
 * from then on every durable event. Called by the scheduler's actor alone.
 */
final class Replicas {
  /** To the scheduler: a state is written down, for {@link #onPrepared}. */
  record SnapshotReady(long revision, byte[] bytes, boolean packed) implements Command {}

  /** To the scheduler: it could not be; whoever waits for it will ask again. */
  record SnapshotFailed(long revision, Throwable cause, boolean packed) implements Command {}

  /** Writes a state down, on a thread of its own: of a million pods it takes seconds. */
  interface Writer {
    /**
     * @param packed a {@link PackedState}, else the snapshot as an earlier version reads it
     */
    byte[] write(ClusterSnapshot snapshot, boolean packed);
  }

  private final ActorContext<Command> context;
  private final Writer writer;

  /** Who waits for a state that is being written down; one serves all of them. */
  private final Set<ActorRef<FeedProtocol.Message>> waitForPacked = new LinkedHashSet<>();

  private final Set<ActorRef<FeedProtocol.Message>> waitForPlain = new LinkedHashSet<>();

  /** Whatever happens to those states meanwhile stays at hand, so that one writing is enough. */
  private HeldRevisions held;

  private Feed feed;

  Replicas(ActorContext<Command> context) {
    this(context, inOurForms(SerializationExtension.get(context.getSystem())));
  }

  Replicas(ActorContext<Command> context, Writer writer) {
    this.context = context;
    this.writer = writer;
  }

  private static Writer inOurForms(Serialization serialization) {
    return (snapshot, packed) ->
        packed
            ? PackedState.write(serialization, snapshot)
            : serialization.serialize(snapshot).get();
  }

  /** The state is there; whoever followed before, or waits, asks again. */
  void begin(ClusterState state) {
    feed = new Feed(state.revision());
    held = new HeldRevisions();
    waitForPacked.clear();
    waitForPlain.clear();
  }

  void publish(long epoch, List<SchedulerEvent> events) {
    feed.publish(epoch, events);
  }

  /** Each second. */
  void keepAlive(long epoch) {
    feed.keepAlive(epoch);
    FeedProtocol.KeepAlive comes = FeedProtocol.KeepAlive.whileAStateComes(epoch);
    waitForPacked.forEach(waiting -> waiting.tell(comes));
    waitForPlain.forEach(waiting -> waiting.tell(comes));
    held.tick();
    feed.hold(held.oldest());
  }

  void subscribe(ClusterState state, SchedulerProtocol.Subscribe subscribe) {
    context.watchWith(
        subscribe.subscriber(), new SchedulerProtocol.Unsubscribe(subscribe.subscriber()));
    if (subscribe.fromRevision() > 0 && feed.covers(subscribe.fromRevision())) {
      join(state, subscribe.fromRevision(), subscribe.subscriber());
    } else {
      Set<ActorRef<FeedProtocol.Message>> waiting = waitFor(subscribe.packed());
      boolean underWay = !waiting.isEmpty();
      waiting.add(subscribe.subscriber());
      // Else it would ask again, and might be heard when the state is already on its way.
      subscribe.subscriber().tell(FeedProtocol.KeepAlive.whileAStateComes(state.epoch()));
      if (!underWay) {
        prepare(state, subscribe.packed());
      }
    }
  }

  private Set<ActorRef<FeedProtocol.Message>> waitFor(boolean packed) {
    return packed ? waitForPacked : waitForPlain;
  }

  /** A large state takes a while to be written down; the scheduler goes on meanwhile. */
  private void prepare(ClusterState state, boolean packed) {
    long revision = state.revision();
    held.begin(revision, packed);
    feed.hold(held.oldest());
    CompletableFuture<byte[]> bytes =
        CompletableFuture.supplyAsync(
            () -> writer.write(ClusterSnapshot.of(state), packed), context.getExecutionContext());
    context.pipeToSelf(
        bytes,
        (done, failure) ->
            failure == null
                ? new SnapshotReady(revision, done, packed)
                : new SnapshotFailed(revision, failure, packed));
  }

  void onPrepared(ClusterState state, SnapshotReady ready) {
    if (!held.contains(ready.revision(), ready.packed())) {
      // Of a run of the scheduler that failed meanwhile.
      return;
    }
    Set<ActorRef<FeedProtocol.Message>> waiting = waitFor(ready.packed());
    Optional<String> tooMuch = tooMuch(ready);
    if (waiting.isEmpty()) {
      held.drop(ready.revision(), ready.packed());
    } else if (tooMuch.isPresent()) {
      Throwable cause = new IllegalStateException(tooMuch.get());
      onFailed(new SnapshotFailed(ready.revision(), cause, ready.packed()));
    } else {
      held.sent(ready.revision(), ready.packed());
      send(state, ready, List.copyOf(waiting));
      waiting.clear();
    }
  }

  /** Why a state that was written down is of no use. */
  private Optional<String> tooMuch(SnapshotReady ready) {
    if (!feed.covers(ready.revision())) {
      return Optional.of(
          "more than %d events, or %d characters of them, while it was written down (MAX_HELD_EVENTS, MAX_HELD_CHARS)"
              .formatted(RecentEvents.MAX_HELD_EVENTS, RecentEvents.MAX_HELD_CHARS));
    } else if (ready.bytes().length > FeedProtocol.MAX_SNAPSHOT_BYTES) {
      return Optional.of(
          "%d bytes of state, a replica takes %d (MAX_SNAPSHOT_BYTES)"
              .formatted(ready.bytes().length, FeedProtocol.MAX_SNAPSHOT_BYTES));
    }
    return Optional.empty();
  }

  private void send(
      ClusterState state, SnapshotReady ready, List<ActorRef<FeedProtocol.Message>> subscribers) {
    List<FeedProtocol.SnapshotPart> parts =
        Feed.parts(state.epoch(), ready.revision(), ready.bytes(), ready.packed());
    for (ActorRef<FeedProtocol.Message> subscriber : subscribers) {
      parts.forEach(subscriber::tell);
      join(state, ready.revision(), subscriber);
    }
  }

  void onFailed(SnapshotFailed failed) {
    context.getLog().error("Snapshot for replicas failed", failed.cause());
    held.drop(failed.revision(), failed.packed());
    waitFor(failed.packed()).forEach(context::unwatch);
    waitFor(failed.packed()).clear();
  }

  private void join(
      ClusterState state, long fromRevision, ActorRef<FeedProtocol.Message> subscriber) {
    if (!feed.join(state.epoch(), fromRevision, subscriber)) {
      context.getLog().warn("More than {} subscribers: {}", Feed.MAX_SUBSCRIBERS, subscriber);
      context.unwatch(subscriber);
    }
  }

  void unsubscribe(SchedulerProtocol.Unsubscribe unsubscribe) {
    context.unwatch(unsubscribe.subscriber());
    feed.leave(unsubscribe.subscriber());
    // Work under way goes on, for whoever asks next.
    waitForPacked.remove(unsubscribe.subscriber());
    waitForPlain.remove(unsubscribe.subscriber());
  }
}
