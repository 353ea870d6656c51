package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.scheduler.core.Samples;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

/** What those who follow the scheduler get of it. */
class ReplicasTest extends SchedulerFixture {
  @Test
  void aSubscriberWithNothingGetsASnapshotAndThenEveryEvent() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();

    scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
    ClusterState state = snapshot(replica);
    assertThat(state.namespaces()).containsKey("default");
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));

    assertThat(follow(replica, state, accepted().revision())).isEqualTo(replay());
  }

  @Test
  void aReplicaOfAnEarlierVersionGetsAStateThatItCanRead() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    TestProbe<FeedProtocol.Message> older = kit.createTestProbe();
    TestProbe<FeedProtocol.Message> newer = kit.createTestProbe();

    scheduler.tell(new SchedulerProtocol.Subscribe(0, older.ref(), false));
    scheduler.tell(new SchedulerProtocol.Subscribe(0, newer.ref(), true));

    assertThat(nextPart(older).packed()).isFalse();
    assertThat(nextPart(newer).packed()).isTrue();
  }

  @Test
  void allThatAskAtOnceGetTheState() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    List<TestProbe<FeedProtocol.Message>> replicas = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
      scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
      replicas.add(replica);
    }
    ClusterState state = snapshot(replicas.get(0));
    replicas.stream().skip(1).forEach(replica -> assertThat(snapshot(replica)).isEqualTo(state));
  }

  @Test
  void aSubscriberMayAskAgain() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    for (int i = 0; i < 3; i++) {
      scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
      assertThat(snapshot(replica).namespaces()).hasSize(2);
      replica.expectMessageClass(FeedProtocol.KeepAlive.class, PATIENCE);
    }

    scheduler.tell(new SchedulerProtocol.Unsubscribe(replica.ref()));

    assertThat(locate(scheduler).epoch()).as("still the same run").isEqualTo(1);
  }

  @Test
  void aSubscriberThatMissedALittleGetsOnlyThat() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    ClusterState before = ClusterState.EMPTY;
    long base = locate(scheduler).revision();
    for (Object event : journal.persistedInStorage(ID)) {
      before = before.evolve((SchedulerEvent) event);
    }
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
    long revision = accepted().revision();
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();

    scheduler.tell(new SchedulerProtocol.Subscribe(base, replica.ref(), true));

    assertThat(follow(replica, before, revision)).isEqualTo(replay());
  }

  @Test
  void aGapThatIsNoLongerAtHandIsAnsweredByASnapshot() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    first.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
    accepted();
    stop(first);
    ActorRef<Command> second = kit.spawn(SchedulerActor.create("n2"));
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();

    second.tell(new SchedulerProtocol.Subscribe(2, replica.ref(), true));

    assertThat(snapshot(replica).deployments()).hasSize(1);
  }

  private ClusterState follow(
      TestProbe<FeedProtocol.Message> replica, ClusterState from, long until) {
    ClusterState state = from;
    while (state.revision() < until) {
      FeedProtocol.Message message = replica.receiveMessage(PATIENCE);
      if (message instanceof FeedProtocol.EventBatch batch) {
        assertThat(batch.firstRevision()).isEqualTo(state.revision() + 1);
        for (SchedulerEvent event : batch.events()) {
          state = state.evolve(event);
        }
      }
    }
    return state;
  }
}
