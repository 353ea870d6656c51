package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.AssignedPod;
import io.hawser.model.NodeInfo;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.scheduler.core.Samples;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.io.ByteArrayOutputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
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
import org.apache.pekko.persistence.testkit.javadsl.SnapshotTestKit;
import org.apache.pekko.serialization.SerializationExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchedulerActorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String ID = SchedulerActor.PERSISTENCE_ID;

  private ActorTestKit kit;
  private PersistenceTestKit journal;
  private TestProbe<Answer> answers;
  private TestProbe<NodeProtocol.Command> node;
  private NodeInfo info;

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

  @Test
  void anAnswerComesOnlyOnceItsEventsAreDurable() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));

    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));

    Answer.Accepted accepted = accepted();
    List<Object> stored = journal.persistedInStorage(ID);
    assertThat(accepted.revision()).isEqualTo(stored.size());
    assertThat(stored).anyMatch(e -> e instanceof SchedulerEvent.DeploymentCreated);
  }

  @Test
  void aPlanAndAnExplanationAreAnsweredAndNothingIsDone() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(1, "v1")), answers.ref()));
    accepted();
    int written = journal.persistedInStorage(ID).size();
    TestProbe<SchedulerProtocol.Planned> plans = kit.createTestProbe();
    TestProbe<SchedulerProtocol.Explained> explanations = kit.createTestProbe();

    scheduler.tell(
        new SchedulerProtocol.Plan(
            List.of(Samples.create("api", Samples.spec(2, "v1"))), List.of(), plans.ref()));
    scheduler.tell(new SchedulerProtocol.Explain(Samples.name("nobody"), explanations.ref()));

    assertThat(plans.receiveMessage(PATIENCE).changes())
        .hasSize(2)
        .allMatch(c -> c.owner().equals("Deployment api") && c.what().equals("pending"));
    assertThat(explanations.receiveMessage(PATIENCE).refusal()).isPresent();
    assertThat(journal.persistedInStorage(ID)).hasSize(written);
  }

  @Test
  void aFailedWriteIsNeverAnswered() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    locate(scheduler);
    journal.failNextPersisted(ID);

    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));

    answers.expectNoMessage(Duration.ofMillis(500));
    assertThat(locate(scheduler).epoch()).as("starts anew by itself").isEqualTo(2);
    assertThat(journal.persistedInStorage(ID))
        .noneMatch(e -> e instanceof SchedulerEvent.DeploymentCreated);
  }

  @Test
  void theNextSchedulerHasTheWholeStateAndAHigherEpoch() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    first.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
    long revision = accepted().revision();
    stop(first);

    ActorRef<Command> second = kit.spawn(SchedulerActor.create("n2"));

    SchedulerProtocol.Located located = locate(second);
    assertThat(located).isEqualTo(new SchedulerProtocol.Located("n2", 2, revision + 1));
    second.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
    assertThat(answers.receiveMessage()).isInstanceOf(Answer.Refused.class);
  }

  @Test
  void aSchedulerThatWasReplacedEndsInsteadOfWriting() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    locate(first);
    ClusterState known = replay();
    journal.persistForRecovery(
        ID, List.of(new SchedulerEvent.SchedulerStarted(known.epoch() + 1, "n2", Instant.now())));
    journal.failNextPersisted(ID);

    first.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));

    answers.expectTerminated(first, PATIENCE);
    answers.expectNoMessage(Duration.ofMillis(100));
  }

  @Test
  void aNodeGetsItsWholeAssignmentAfterItRegistered() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
    accepted();

    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));

    NodeProtocol.Assign assign = node.expectMessageClass(NodeProtocol.Assign.class);
    assertThat(assign.epoch()).isEqualTo(1);
    assertThat(assign.pods()).hasSize(2);
  }

  @Test
  void aRestoredJournalsSchedulerBeginsANewerEpochThanTheNodesHaveSeen() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    node.expectMessageClass(NodeProtocol.Assign.class);

    scheduler.tell(new SchedulerProtocol.SawEpoch(7));
    assertThat(node.expectMessageClass(NodeProtocol.Assign.class).epoch()).isEqualTo(8);

    scheduler.tell(new SchedulerProtocol.SawEpoch(8));
    locate(scheduler);
    assertThat(replay().epoch()).isEqualTo(8);
  }

  @Test
  void whatWasDurableButNotSentIsSentByTheNextScheduler() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    first.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    assertThat(node.expectMessageClass(NodeProtocol.Assign.class).pods()).isEmpty();
    stop(first);
    Pod pod = Samples.placedPod("durable", "n1");
    journal.persistForRecovery(ID, List.of(new SchedulerEvent.PodCreated(pod, Instant.now())));

    kit.spawn(SchedulerActor.create("n2"));

    NodeProtocol.Assign assign = node.expectMessageClass(NodeProtocol.Assign.class);
    assertThat(assign.epoch()).isEqualTo(2);
    assertThat(assign.pods()).extracting(AssignedPod::uid).containsExactly(pod.uid());
    node.expectMessage(new NodeProtocol.RegisterAgain(2));
  }

  @Test
  void laterChangesReachTheNodeAsDeltas() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    NodeProtocol.Assign assign = node.expectMessageClass(NodeProtocol.Assign.class);

    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));

    NodeProtocol.AssignDelta delta = node.expectMessageClass(NodeProtocol.AssignDelta.class);
    assertThat(delta.baseVersion()).isEqualTo(assign.version());
    assertThat(delta.version()).isEqualTo(accepted().revision());
    assertThat(delta.changed()).hasSize(2);
  }

  @Test
  void aKnownNodeThatIsNoMemberIsLostOnceAnotherProvesThatTheClusterGoesOn() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    first.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    NodeInfo other = Samples.node("n2", "run-1", "pekko://hawser@127.0.0.1:1");
    first.tell(new SchedulerProtocol.RegisterNode(other, List.of(), node.ref()));
    node.expectMessageClass(NodeProtocol.Assign.class);
    stop(first);
    ActorRef<Command> second = kit.spawn(SchedulerActor.create("n1"));
    locate(second);
    assertThat(replay().nodes().get("n2").isReady()).isTrue();

    second.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));

    await().atMost(PATIENCE).until(() -> !replay().nodes().get("n2").isReady());
    assertThat(replay().nodes().get("n1").isReady()).isTrue();
  }

  @Test
  void aReportIsAcceptedAndItsRepetitionIsAcceptedToo() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(1, "v1")), answers.ref()));
    accepted();
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    AssignedPod pod = node.expectMessageClass(NodeProtocol.Assign.class).pods().get(0);
    PodReport ready = new PodReport(pod.name(), pod.uid(), Samples.running(Instant.now()), false);

    for (int i = 0; i < 2; i++) {
      scheduler.tell(
          new SchedulerProtocol.ReportPods("n1", "run-1", 7, List.of(ready), node.ref()));
      node.expectMessage(new NodeProtocol.ReportAccepted(7));
    }

    assertThat(replay().pods().get(pod.name()).status().isReady()).isTrue();
    assertThat(journal.persistedInStorage(ID))
        .filteredOn(e -> e instanceof SchedulerEvent.PodStatusChanged)
        .hasSize(1);
  }

  @Test
  void anUnknownIncarnationIsAskedToRegisterAgain() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));

    scheduler.tell(new SchedulerProtocol.ReportPods("n1", "run-0", 1, List.of(), node.ref()));

    node.expectMessage(new NodeProtocol.RegisterAgain(1));
  }

  @Test
  void aSubscriberWithNothingGetsASnapshotAndThenEveryEvent() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();

    scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref()));
    ClusterState state = snapshot(replica);
    assertThat(state.namespaces()).containsKey("default");
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));

    assertThat(follow(replica, state, accepted().revision())).isEqualTo(replay());
  }

  @Test
  void aSubscriberMayAskAgain() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    for (int i = 0; i < 3; i++) {
      scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref()));
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

    scheduler.tell(new SchedulerProtocol.Subscribe(base, replica.ref()));

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

    second.tell(new SchedulerProtocol.Subscribe(2, replica.ref()));

    assertThat(snapshot(replica).deployments()).hasSize(1);
  }

  @Test
  void theStateSurvivesASnapshotAndTheEventsAfterIt() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    first.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    for (int i = 0; i < 14; i++) {
      first.tell(
          new SchedulerProtocol.Submit(
              Samples.create("web" + i, Samples.spec(40, "v1")), answers.ref()));
      accepted();
    }
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    first.tell(new SchedulerProtocol.Subscribe(0, replica.ref()));
    ClusterState before = snapshot(replica);
    assertThat(before.revision()).isGreaterThan(SchedulerSettings.SNAPSHOT_EVERY_EVENTS);
    stop(first);

    ActorRef<Command> second = kit.spawn(SchedulerActor.create("n2"));
    TestProbe<FeedProtocol.Message> again = kit.createTestProbe();
    second.tell(new SchedulerProtocol.Subscribe(0, again.ref()));

    ClusterState after = snapshot(again);
    assertThat(after.pods()).isEqualTo(before.pods());
    assertThat(after.loads()).isEqualTo(before.loads());
    assertThat(after.deployments()).isEqualTo(before.deployments());
  }

  @Test
  void twoSnapshotsAndTheEventsSinceTheOlderOneAreKept() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1", everyEvents(20)));
    first.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    SnapshotTestKit snapshots = SnapshotTestKit.create(kit.system());
    List<Long> stored = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      long before = stored.isEmpty() ? 0 : stored.get(stored.size() - 1);
      first.tell(
          new SchedulerProtocol.Submit(
              Samples.create("web" + i, Samples.spec(20, "v1")), answers.ref()));
      accepted();
      await()
          .atMost(PATIENCE)
          .until(() -> newestSnapshot(snapshots).filter(n -> n > before).isPresent());
      stored.add(newestSnapshot(snapshots).orElseThrow());
    }

    // The last deletions come after the last snapshot.
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(snapshots.persistedInStorage(ID)).hasSizeLessThanOrEqualTo(2);
              assertThat(journal.persistedInStorage(ID)).hasSizeLessThan(stored.get(4).intValue());
            });
    ClusterState before = stateOf(first);
    stop(first);

    ClusterState after = stateOf(kit.spawn(SchedulerActor.create("n2", everyEvents(20))));
    assertThat(after.pods()).isEqualTo(before.pods());
    assertThat(after.deployments()).isEqualTo(before.deployments());
  }

  @Test
  void withoutTheJournalsMajorityItGivesNoOrdersAndNoAnswers() {
    AtomicBoolean majority = new AtomicBoolean(true);
    SchedulerSettings settings = new SchedulerSettings("", "", new SteadyClock());
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1", settings, majority::get));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    long before = locate(scheduler).revision();
    majority.set(false);
    TestProbe<SchedulerProtocol.Located> probe = kit.createTestProbe();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              scheduler.tell(new SchedulerProtocol.Locate(probe.ref()));
              return !isAnswered(probe);
            });

    drain(node);
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
    scheduler.tell(new SchedulerActor.LoseNode("n1", "test"));
    scheduler.tell(new SchedulerProtocol.ResyncNode("n1", "run-1", node.ref()));
    answers.expectNoMessage(Duration.ofSeconds(1));
    node.expectNoMessage(Duration.ofSeconds(1));
    assertThat(replay().revision()).isEqualTo(before);

    majority.set(true);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              scheduler.tell(new SchedulerProtocol.Locate(probe.ref()));
              return isAnswered(probe);
            });
  }

  private static void drain(TestProbe<?> probe) {
    try {
      while (true) {
        probe.receiveMessage(Duration.ofMillis(100));
      }
    } catch (AssertionError nothingMore) {
      // What was sent before the lease ended has come.
    }
  }

  private static boolean isAnswered(TestProbe<SchedulerProtocol.Located> probe) {
    try {
      probe.receiveMessage(Duration.ofMillis(300));
      return true;
    } catch (AssertionError nothing) {
      return false;
    }
  }

  private static SchedulerSettings everyEvents(int events) {
    return new SchedulerSettings(
        "", "", Clock.systemUTC(), PlacementSettings.DEFAULT, Duration.ofHours(1), 0, events);
  }

  private static Optional<Long> newestSnapshot(SnapshotTestKit snapshots) {
    return snapshots.persistedInStorage(ID).stream()
        .map(stored -> stored.first().sequenceNr())
        .max(Long::compare);
  }

  private ClusterState stateOf(ActorRef<Command> scheduler) {
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref()));
    return snapshot(replica);
  }

  @Test
  void aNodeThatIsLostLosesItsPods() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), node.ref()));
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
    accepted();

    scheduler.tell(new SchedulerActor.LoseNode("n1", "test"));

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              ClusterState state = replay();
              assertThat(state.nodes().get("n1").isReady()).isFalse();
              assertThat(state.unplaced()).hasSize(2);
              assertThat(state.pods().values()).allMatch(p -> p.unschedulable().isPresent());
            });
  }

  @Test
  void aBadRequestIsRefusedAndWritesNothing() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    long before = locate(scheduler).revision();

    scheduler.tell(
        new SchedulerProtocol.Submit(
            new ClientRequest.ScaleDeployment(Samples.name("nothing"), 3, Optional.empty()),
            answers.ref()));

    assertThat(answers.receiveMessage()).isInstanceOf(Answer.Refused.class);
    assertThat(locate(scheduler).revision()).isEqualTo(before);
  }

  private Answer.Accepted accepted() {
    return answers.expectMessageClass(Answer.Accepted.class, PATIENCE);
  }

  private SchedulerProtocol.Located locate(ActorRef<Command> scheduler) {
    TestProbe<SchedulerProtocol.Located> probe = kit.createTestProbe();
    scheduler.tell(new SchedulerProtocol.Locate(probe.ref()));
    return probe.receiveMessage(PATIENCE);
  }

  private void stop(ActorRef<Command> scheduler) {
    kit.stop(scheduler, PATIENCE);
  }

  private ClusterState replay() {
    ClusterState state = ClusterState.EMPTY;
    for (Object event : journal.persistedInStorage(ID)) {
      state = state.evolve((SchedulerEvent) event);
    }
    return state;
  }

  private ClusterState snapshot(TestProbe<FeedProtocol.Message> replica) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FeedProtocol.SnapshotPart part;
    do {
      part = nextPart(replica);
      bytes.writeBytes(part.bytes());
    } while (part.part() < part.parts() - 1);
    return SerializationExtension.get(kit.system())
        .deserialize(bytes.toByteArray(), ClusterSnapshot.class)
        .get()
        .toState();
  }

  private static FeedProtocol.SnapshotPart nextPart(TestProbe<FeedProtocol.Message> replica) {
    while (true) {
      FeedProtocol.Message message = replica.receiveMessage(PATIENCE);
      if (message instanceof FeedProtocol.SnapshotPart part) {
        return part;
      }
      assertThat(message).isInstanceOf(FeedProtocol.KeepAlive.class);
    }
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
