package io.hawser.scheduler;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import java.util.List;
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
  record SnapshotReady(long revision, byte[] bytes, ActorRef<FeedProtocol.Message> subscriber)
      implements Command {}

  private final ActorContext<Command> context;
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
      prepare(state, subscribe.subscriber());
    }
  }

  /** A large state takes a while to be written down; the scheduler goes on meanwhile. */
  private void prepare(ClusterState state, ActorRef<FeedProtocol.Message> subscriber) {
    Serialization serialization = SerializationExtension.get(context.getSystem());
    CompletableFuture<byte[]> bytes =
        CompletableFuture.supplyAsync(
            () -> serialization.serialize(ClusterSnapshot.of(state)).get(),
            context.getExecutionContext());
    context.pipeToSelf(
        bytes,
        (done, failure) -> {
          if (failure != null) {
            context.getSystem().log().error("Snapshot for a replica failed", failure);
            return new SchedulerProtocol.Unsubscribe(subscriber);
          }
          return new SnapshotReady(state.revision(), done, subscriber);
        });
  }

  /** Too much has happened meanwhile: once more. */
  void onPrepared(ClusterState state, SnapshotReady ready) {
    if (feed.covers(ready.revision())) {
      Feed.parts(state.epoch(), ready.revision(), ready.bytes()).forEach(ready.subscriber()::tell);
      join(state, ready.revision(), ready.subscriber());
    } else {
      prepare(state, ready.subscriber());
    }
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
  }
}
