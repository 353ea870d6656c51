package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.replica.PackedState;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.NodeInfo;
import io.hawser.scheduler.core.Samples;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A cluster of one member with the scheduler, a journal in memory and a node that only listens. */
abstract class SchedulerFixture {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final String ID = SchedulerActor.PERSISTENCE_ID;

  ActorTestKit kit;
  PersistenceTestKit journal;
  TestProbe<Answer> answers;
  TestProbe<NodeProtocol.Command> node;
  NodeInfo info;

  @BeforeEach
  void startCluster() {
    Config overrides =
        ConfigFactory.parseString(
                """
                hawser.scheduler { journal-plugin = "", snapshot-plugin = "" }
                pekko.coordinated-shutdown.exit-jvm = off
                """)
            .withFallback(PersistenceTestKitPlugin.getInstance().config())
            .withFallback(PersistenceTestKitSnapshotPlugin.getInstance().config())
            .withFallback(
                ClusterConfig.member("127.0.0.1", 0, List.of("controller", "worker"), List.of()));
    kit = ActorTestKit.create(ClusterConfig.SYSTEM, ClusterConfig.load(overrides));
    Cluster cluster = Cluster.get(kit.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await().atMost(PATIENCE).until(() -> cluster.selfMember().status().equals(MemberStatus.up()));
    journal = PersistenceTestKit.create(kit.system());
    answers = kit.createTestProbe();
    node = kit.createTestProbe();
    info = Samples.node("n1", "run-1", cluster.selfMember().address().toString());
    ActorRef<NodeProtocol.Command> receiver = node.ref();
    kit.spawn(
        Behaviors.<NodeProtocol.Command>receiveMessage(
            message -> {
              receiver.tell(message);
              return Behaviors.same();
            }),
        "node");
  }

  @AfterEach
  void stopCluster() {
    kit.shutdownTestKit();
  }

  Answer.Accepted accepted() {
    return answers.expectMessageClass(Answer.Accepted.class, PATIENCE);
  }

  SchedulerProtocol.Located locate(ActorRef<Command> scheduler) {
    TestProbe<SchedulerProtocol.Located> probe = kit.createTestProbe();
    scheduler.tell(new SchedulerProtocol.Locate(probe.ref()));
    return probe.receiveMessage(PATIENCE);
  }

  void stop(ActorRef<Command> scheduler) {
    kit.stop(scheduler, PATIENCE);
  }

  ClusterState replay() {
    ClusterState state = ClusterState.EMPTY;
    for (Object event : journal.persistedInStorage(ID)) {
      state = state.evolve((SchedulerEvent) event);
    }
    return state;
  }

  ClusterState snapshot(TestProbe<FeedProtocol.Message> replica) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FeedProtocol.SnapshotPart part;
    do {
      part = nextPart(replica);
      bytes.writeBytes(part.bytes());
    } while (part.part() < part.parts() - 1);
    Serialization serialization = SerializationExtension.get(kit.system());
    return part.packed()
        ? PackedState.read(serialization, bytes.toByteArray())
        : serialization.deserialize(bytes.toByteArray(), ClusterSnapshot.class).get().toState();
  }

  static FeedProtocol.SnapshotPart nextPart(TestProbe<FeedProtocol.Message> replica) {
    while (true) {
      FeedProtocol.Message message = replica.receiveMessage(PATIENCE);
      if (message instanceof FeedProtocol.SnapshotPart part) {
        return part;
      }
      assertThat(message).isInstanceOf(FeedProtocol.KeepAlive.class);
    }
  }
}
