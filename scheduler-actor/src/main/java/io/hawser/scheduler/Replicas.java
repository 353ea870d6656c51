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
  record SnapshotFailed(Throwable cause, boolean packed) implements Command {}

  private final ActorContext<Command> context;

  /** Who waits for a state that is being written down; one serves all of them. */
  private final Set<ActorRef<FeedProtocol.Message>> waitForPacked = new LinkedHashSet<>();

  private final Set<ActorRef<FeedProtocol.Message>> waitForPlain = new LinkedHashSet<>();
  private Feed feed;

  Replicas(ActorContext<Command> context) {
    this.context = context;
  }

  /** The state is there; whoever followed before asks again. */
  void begin(ClusterState state) {
    feed = new Feed(state.revision());
  }

  void publish(long epoch, List<SchedulerEvent> events) {
    feed.publish(epoch, events);
  }

  void keepAlive(long epoch) {
    feed.keepAlive(epoch);
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
    Serialization serialization = SerializationExtension.get(context.getSystem());
    CompletableFuture<byte[]> bytes =
        CompletableFuture.supplyAsync(
            () -> {
              ClusterSnapshot snapshot = ClusterSnapshot.of(state);
              return packed
                  ? PackedState.write(serialization, snapshot)
                  : serialization.serialize(snapshot).get();
            },
            context.getExecutionContext());
    context.pipeToSelf(
        bytes,
        (done, failure) ->
            failure == null
                ? new SnapshotReady(state.revision(), done, packed)
                : new SnapshotFailed(failure, packed));
  }

  /** Too much has happened meanwhile: once more. */
  void onPrepared(ClusterState state, SnapshotReady ready) {
    if (waitFor(ready.packed()).isEmpty()) {
      return;
    } else if (!feed.covers(ready.revision())) {
      prepare(state, ready.packed());
      return;
    }
    if (ready.bytes().length > FeedProtocol.MAX_SNAPSHOT_BYTES) {
      onFailed(
          new SnapshotFailed(
              new IllegalStateException(
                  "%d bytes of state, a replica takes %d (MAX_SNAPSHOT_BYTES)"
                      .formatted(ready.bytes().length, FeedProtocol.MAX_SNAPSHOT_BYTES)),
              ready.packed()));
      return;
    }
    List<FeedProtocol.SnapshotPart> parts =
        Feed.parts(state.epoch(), ready.revision(), ready.bytes(), ready.packed());
    List<ActorRef<FeedProtocol.Message>> all = List.copyOf(waitFor(ready.packed()));
    waitFor(ready.packed()).clear();
    for (ActorRef<FeedProtocol.Message> subscriber : all) {
      parts.forEach(subscriber::tell);
      join(state, ready.revision(), subscriber);
    }
  }

  void onFailed(SnapshotFailed failed) {
    context.getLog().error("Snapshot for replicas failed", failed.cause());
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
