package io.hawser.cluster;

import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A replica that is fed by the test. */
final class FakeReplica {
  record Feed(SchedulerEvent event) implements ReplicaProtocol.Command {}

  private final Set<ActorRef<ReplicaProtocol.WatchMessage>> watchers = new LinkedHashSet<>();

  /** As a replica's that has heard of the scheduler's start. */
  private ClusterState state =
      ClusterState.EMPTY.evolve(
          new SchedulerEvent.SchedulerStarted(1, "n1", Instant.parse("2026-01-01T00:00:00Z")));

  private FakeReplica() {}

  static Behavior<ReplicaProtocol.Command> create() {
    return Behaviors.setup(context -> new FakeReplica().behavior());
  }

  private Behavior<ReplicaProtocol.Command> behavior() {
    return Behaviors.receive(ReplicaProtocol.Command.class)
        .onMessage(
            Feed.class,
            m -> {
              ClusterState before = state;
              state = state.evolve(m.event());
              watchers.forEach(w -> w.tell(new ReplicaProtocol.Change(before, m.event(), state)));
              return Behaviors.same();
            })
        .onMessage(
            ReplicaProtocol.GetState.class,
            m -> {
              m.replyTo().tell(new ReplicaProtocol.View(state, true));
              return Behaviors.same();
            })
        .onMessage(
            ReplicaProtocol.Watch.class,
            m -> {
              if (m.fromRevision() == state.revision()) {
                watchers.add(m.watcher());
              } else {
                m.watcher().tell(new ReplicaProtocol.Expired(state.revision()));
              }
              return Behaviors.same();
            })
        .onMessage(
            ReplicaProtocol.Unwatch.class,
            m -> {
              watchers.remove(m.watcher());
              return Behaviors.same();
            })
        .build();
  }
}
