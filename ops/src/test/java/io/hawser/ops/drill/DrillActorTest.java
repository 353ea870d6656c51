package io.hawser.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.DrillProtocol.Started;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.DrillReport;
import io.hawser.model.NodeInfo;
import io.hawser.model.Refusal;
import io.hawser.model.ResourceAmounts;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrillActorTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration BOUND = Duration.ofSeconds(20);

  @TempDir Path dir;
  private final ActorTestKit kit = ActorTestKit.create();
  private final TestProbe<ReplicaProtocol.Command> replica = kit.createTestProbe();
  private final TestProbe<SchedulerProtocol.Command> scheduler = kit.createTestProbe();
  private final TestProbe<Started> started = kit.createTestProbe();
  private ActorRef<DrillProtocol.Command> drills;

  @BeforeEach
  void spawn() {
    drills = kit.spawn(DrillActor.create("n1", replica.getRef(), scheduler.getRef(), dir));
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void unknownLostAndOwnNodesAreRefused() {
    assertThat(refusal("n9", true).reason()).isEqualTo(Refusal.Reason.NOT_FOUND);
    assertThat(refusal("n3", true).message()).contains("lost already");
    assertThat(refusal("n1", true).message()).contains("another node");
    assertThat(refusal("n2", false).reason()).isEqualTo(Refusal.Reason.UNAVAILABLE);
  }

  @Test
  void aDrillIsFollowedThroughAMoveOfTheSchedulerAndReported() {
    String id = start("n2").report().orElseThrow().id();
    ReplicaProtocol.Watch watch = replica.expectMessageClass(ReplicaProtocol.Watch.class);
    scheduler
        .expectMessageClass(SchedulerProtocol.Locate.class)
        .replyTo()
        .tell(new SchedulerProtocol.Located("n2", 1, 3, 0));
    assertThat(start("n2").refusal().orElseThrow().message()).contains("still runs");

    await().atMost(BOUND).until(() -> report(id).faultAt().isPresent());
    watch.watcher().tell(new ReplicaProtocol.Expired(9));
    replica
        .expectMessageClass(ReplicaProtocol.GetState.class)
        .replyTo()
        .tell(new View(state(), true));
    replica.expectMessageClass(ReplicaProtocol.Watch.class);
    ClusterState before = state();
    SchedulerEvent lost = new SchedulerEvent.NodeLost("n2", "unreachable", NOW);
    watch.watcher().tell(new ReplicaProtocol.Change(before, lost, before.evolve(lost)));

    await().atMost(BOUND).until(() -> report(id).finishedAt().isPresent());
    DrillReport report = report(id);
    assertThat(report.outcome()).isEqualTo("passed");
    assertThat(report.schedulerWasHere()).isTrue();
    assertThat(report.detectedMillis()).isPresent();
    assertThat(report.steps())
        .extracting(DrillReport.Step::what)
        .anyMatch(s -> s.contains("SIGKILL"));
    await()
        .atMost(BOUND)
        .untilAsserted(() -> assertThat(new DrillReports(dir).read()).containsExactly(report));
    assertThat(dir.resolve(id + ".txt")).content().contains("passed");
  }

  @Test
  void reportsOutliveTheActorAndOneCutShortHasFailed() throws Exception {
    DrillReport cut = NodeKillDrill.initialReport("n2", NOW);
    new DrillReports(dir).write(cut);
    ActorRef<DrillProtocol.Command> next =
        kit.spawn(DrillActor.create("n1", replica.getRef(), scheduler.getRef(), dir));
    TestProbe<List<DrillReport>> answers = kit.createTestProbe();
    await()
        .atMost(BOUND)
        .untilAsserted(
            () -> {
              next.tell(new DrillProtocol.ListReports(answers.getRef()));
              assertThat(answers.receiveMessage())
                  .extracting(DrillReport::outcome)
                  .containsExactly("failed");
            });
  }

  private Refusal refusal(String node, boolean connected) {
    return start(node, connected).refusal().orElseThrow();
  }

  private Started start(String node) {
    return start(node, true);
  }

  private Started start(String node, boolean connected) {
    drills.tell(new DrillProtocol.StartNodeKill(node, Optional.empty(), started.getRef()));
    replica
        .expectMessageClass(ReplicaProtocol.GetState.class)
        .replyTo()
        .tell(new View(state(), connected));
    return started.receiveMessage();
  }

  private DrillReport report(String id) {
    TestProbe<Optional<DrillReport>> answer = kit.createTestProbe();
    drills.tell(new DrillProtocol.GetReport(id, answer.getRef()));
    return answer.receiveMessage().orElseThrow();
  }

  private static ClusterState state() {
    return ClusterState.EMPTY
        .evolve(new SchedulerEvent.NodeRegistered(info("n1"), "u1", NOW))
        .evolve(new SchedulerEvent.NodeRegistered(info("n2"), "u2", NOW))
        .evolve(new SchedulerEvent.NodeRegistered(info("n3"), "u3", NOW))
        .evolve(new SchedulerEvent.NodeLost("n3", "unreachable", NOW));
  }

  private static NodeInfo info(String name) {
    return new NodeInfo(
        name,
        "incarnation",
        "pekko://nobody@127.0.0.1:1",
        "127.0.0.1",
        "",
        Set.of("worker"),
        "10.244.1.0/24",
        new ResourceAmounts(1000, 1 << 30, 0, Map.of()),
        110,
        "amd64",
        "6",
        "Linux",
        "1");
  }
}
