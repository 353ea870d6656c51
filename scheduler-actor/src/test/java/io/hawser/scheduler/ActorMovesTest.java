package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.SteadyClock;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.NodeInfo;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.PreemptionPolicy;
import io.hawser.scheduler.core.Samples;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pods that move through the scheduler's actor, on nodes that obey. */
class ActorMovesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOVES_PER_MINUTE = 60;

  private ActorTestKit kit;
  private PersistenceTestKit journal;
  private TestProbe<Answer> answers;
  private ActorRef<Command> scheduler;
  private String address;

  @BeforeEach
  void startCluster() {
    Config overrides =
        ConfigFactory.parseString("pekko.coordinated-shutdown.exit-jvm = off")
            .withFallback(PersistenceTestKitPlugin.getInstance().config())
            .withFallback(PersistenceTestKitSnapshotPlugin.getInstance().config())
            .withFallback(
                ClusterConfig.member("127.0.0.1", 0, List.of("controller", "worker"), List.of()));
    kit = ActorTestKit.create(ClusterConfig.SYSTEM, ClusterConfig.load(overrides));
    Cluster cluster = Cluster.get(kit.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await().atMost(PATIENCE).until(() -> cluster.selfMember().status().equals(MemberStatus.up()));
    address = cluster.selfMember().address().toString();
    journal = PersistenceTestKit.create(kit.system());
    answers = kit.createTestProbe();
  }

  @AfterEach
  void stopCluster() {
    kit.shutdownTestKit();
  }

  private void start(int movesPerMinute) {
    SchedulerSettings plain = new SchedulerSettings("", "", new SteadyClock());
    SchedulerSettings settings =
        new SchedulerSettings(
            plain.journalPlugin(),
            plain.snapshotPlugin(),
            plain.clock(),
            PlacementSettings.DEFAULT,
            plain.autoscaleEvery(),
            movesPerMinute,
            plain.snapshotEveryEvents(),
            plain.stateChars());
    scheduler = kit.spawn(SchedulerActor.create("n1", settings));
  }

  private NodeInfo node(String name) {
    return Samples.roomy(name, address);
  }

  private void ask(ClientRequest request) {
    scheduler.tell(new SchedulerProtocol.Submit(request, answers.ref()));
    assertThat(answers.receiveMessage(PATIENCE)).isInstanceOf(Answer.Accepted.class);
  }

  private List<SchedulerEvent> events() {
    return journal.persistedInStorage(SchedulerActor.PERSISTENCE_ID).stream()
        .map(SchedulerEvent.class::cast)
        .toList();
  }

  private ClusterState state() {
    ClusterState state = ClusterState.EMPTY;
    for (SchedulerEvent event : events()) {
      state = state.evolve(event);
    }
    return state;
  }

  private static long ready(ClusterState state, String deployment) {
    return state.podsOf(Samples.name(deployment)).stream()
        .filter(p -> p.status().isReady() && p.isActive() && !p.isDeleting())
        .count();
  }

  private static long on(ClusterState state, String node, String deployment) {
    return state.podsOn(node).stream()
        .filter(p -> p.deployment().equals(Optional.of(Samples.name(deployment))))
        .filter(p -> p.status().isReady() && !p.isLeaving())
        .count();
  }

  /** Once all of them served, never fewer did, after no event. */
  private void assertAlwaysServed(String deployment, int replicas) {
    ClusterState state = ClusterState.EMPTY;
    boolean all = false;
    for (SchedulerEvent event : events()) {
      state = state.evolve(event);
      long ready = ready(state, deployment);
      all |= ready >= replicas;
      assertThat(all && ready < replicas).as("%d ready after %s", ready, event).isFalse();
    }
    assertThat(all).isTrue();
  }

  @Test
  void aNodeThatCameLateGetsItsShareByItselfAndAllPodsServeMeanwhile() {
    start(MOVES_PER_MINUTE);
    List<NodeInfo> nodes = new CopyOnWriteArrayList<>(List.of(node("n1")));
    ActorRef<NodeProtocol.Command> machine =
        kit.spawn(ObedientNode.create(nodes, () -> scheduler, () -> 0), "node");
    ask(Samples.create("web", Samples.spec(4, "v1")));
    await().atMost(PATIENCE).until(() -> ready(state(), "web") == 4);

    nodes.add(node("n2"));
    machine.tell(new NodeProtocol.RegisterAgain(1));
    await()
        .atMost(PATIENCE)
        .until(() -> on(state(), "n1", "web") == 2 && on(state(), "n2", "web") == 2);
    assertAlwaysServed("web", 4);
    assertThat(events()).filteredOn(SchedulerEvent.PodMoveRequested.class::isInstance).hasSize(2);
  }

  @Test
  void aVictimWithRoomElsewhereIsMovedBeforeTheOtherComes() {
    start(0);
    kit.spawn(
        ObedientNode.create(List.of(node("n1"), node("n2")), () -> scheduler, () -> 0), "node");
    await().atMost(PATIENCE).until(() -> state().nodes().size() == 2);
    ask(Samples.create("steady", Samples.spec(1, pod(1_500, 1_000), Samples.rolling(1, 0))));
    ask(Samples.create("small", Samples.spec(1, pod(1_500, 0), Samples.rolling(1, 0))));
    await().atMost(PATIENCE).until(() -> ready(state(), "small") == 1);
    String before = theNodeOf("small");
    assertThat(before).isNotEqualTo(theNodeOf("steady"));

    ask(Samples.create("large", Samples.spec(1, pod(3_000, 1_000), Samples.rolling(1, 0))));
    await().atMost(PATIENCE).until(() -> ready(state(), "large") == 1);
    assertThat(theNodeOf("large")).isEqualTo(before);
    assertThat(theNodeOf("small")).isEqualTo(theNodeOf("steady"));
    assertAlwaysServed("small", 1);
    assertThat(events())
        .anyMatch(
            e ->
                e instanceof SchedulerEvent.PodMoveRequested m
                    && m.move().reason().startsWith("preempted by"));
  }

  private String theNodeOf(String deployment) {
    return state().podsOf(Samples.name(deployment)).stream()
        .filter(p -> !p.isLeaving())
        .flatMap((Pod p) -> p.nodeName().stream())
        .findFirst()
        .orElseThrow();
  }

  private static PodSpec pod(long cpuMillis, int priority) {
    Scheduling none = Scheduling.NONE;
    return Samples.podSpec("v1", cpuMillis)
        .withScheduling(
            new Scheduling(
                none.nodeAffinity(),
                none.podAffinity(),
                none.podAntiAffinity(),
                List.of(),
                Optional.of(priority),
                Optional.empty(),
                PreemptionPolicy.PREEMPT_LOWER_PRIORITY));
  }
}
