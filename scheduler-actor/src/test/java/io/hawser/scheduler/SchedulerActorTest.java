package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.Roles;
import io.hawser.cluster.SteadyClock;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.AssignedPod;
import io.hawser.model.NodeInfo;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.scheduler.core.ClaimSamples;
import io.hawser.scheduler.core.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.Member$;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.util.Version;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class SchedulerActorTest extends SchedulerFixture {
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
  void aPlanAnExplanationAndARehearsalAreAnsweredAndNothingIsDone() {
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
    scheduler.tell(
        new SchedulerProtocol.Rehearse(
            Samples.create("web", Samples.spec(2, "v1")), answers.ref()));

    assertThat(plans.receiveMessage(PATIENCE).changes())
        .hasSize(2)
        .allMatch(c -> c.owner().equals("Deployment api") && c.what().equals("pending"));
    assertThat(explanations.receiveMessage(PATIENCE).refusal()).isPresent();
    assertThat(answers.receiveMessage(PATIENCE)).isInstanceOf(Answer.Refused.class);
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
    assertThat(located.node()).isEqualTo("n2");
    assertThat(located.epoch()).isEqualTo(2);
    assertThat(located.revision()).isEqualTo(revision + 1);
    assertThat(located.maxChars()).isPositive();
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

    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));

    NodeProtocol.Assign assign = node.expectMessageClass(NodeProtocol.Assign.class);
    assertThat(assign.epoch()).isEqualTo(1);
    assertThat(assign.pods()).hasSize(2);
  }

  @Test
  void aRestoredJournalsSchedulerBeginsANewerEpochThanTheNodesHaveSeen() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
    node.expectMessageClass(NodeProtocol.Assign.class);

    scheduler.tell(new SchedulerProtocol.SawEpoch(7));
    assertThat(node.expectMessageClass(NodeProtocol.Assign.class).epoch()).isEqualTo(8);

    scheduler.tell(new SchedulerProtocol.SawEpoch(8));
    locate(scheduler);
    assertThat(replay().epoch()).isEqualTo(8);
  }

  @Test
  void anIdleSchedulerReadsTheJournalAnewOnceItWasRestored() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
    assertThat(node.expectMessageClass(NodeProtocol.Assign.class).pods()).isEmpty();
    Pod pod = Samples.placedPod("restored", "n1");
    journal.persistForRecovery(
        ID,
        List.of(
            new SchedulerEvent.SchedulerStarted(1, "of-the-backup", Instant.now()),
            new SchedulerEvent.PodCreated(pod, Instant.now())));

    scheduler.tell(new SchedulerProtocol.JournalRestored());

    NodeProtocol.Assign assign = node.expectMessageClass(NodeProtocol.Assign.class);
    assertThat(assign.epoch()).isEqualTo(2);
    assertThat(assign.pods()).extracting(AssignedPod::uid).containsExactly(pod.uid());
  }

  @Test
  void aSchedulerThatWritesBeforeItHearsOfARestoreGoesOnOnceItDoes() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
    assertThat(node.expectMessageClass(NodeProtocol.Assign.class).pods()).isEmpty();
    journal.persistForRecovery(
        ID, List.of(new SchedulerEvent.SchedulerStarted(5, "of-the-backup", Instant.now())));
    journal.failNextPersisted(ID);

    // Its write is refused, and what it finds looks like another scheduler's take-over.
    LoggingTestKit.warn("unless it was restored")
        .expect(
            kit.system(),
            () -> {
              scheduler.tell(
                  new SchedulerProtocol.Submit(
                      Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
              return null;
            });
    scheduler.tell(new SchedulerProtocol.JournalRestored());

    assertThat(locate(scheduler).epoch()).isEqualTo(6);
  }

  @Test
  void whatWasDurableButNotSentIsSentByTheNextScheduler() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    first.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
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
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
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
    first.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
    NodeInfo other = Samples.node("n2", "run-1", "pekko://hawser@127.0.0.1:1");
    first.tell(new SchedulerProtocol.RegisterNode(other, List.of(), 0, node.ref()));
    node.expectMessageClass(NodeProtocol.Assign.class);
    stop(first);
    ActorRef<Command> second = kit.spawn(SchedulerActor.create("n1"));
    locate(second);
    assertThat(replay().nodes().get("n2").isReady()).isTrue();

    second.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));

    await().atMost(PATIENCE).until(() -> !replay().nodes().get("n2").isReady());
    assertThat(replay().nodes().get("n1").isReady()).isTrue();
  }

  @Test
  void aNodeIsToldWhichVolumesToRemoveUntilItSaysThatTheyAreGone() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
    node.expectMessageClass(NodeProtocol.Assign.class);
    submit(scheduler, ClaimSamples.createClaim("data"));
    submit(scheduler, Samples.createPod("db", ClaimSamples.using("data")));
    AssignedPod pod = node.expectMessageClass(NodeProtocol.AssignDelta.class).changed().get(0);
    String volume = pod.claimVolumes().get("data");
    submit(scheduler, Samples.deletePod(pod.name()));
    node.expectMessageClass(NodeProtocol.AssignDelta.class);
    submit(scheduler, ClaimSamples.deleteClaim("data"));
    PodReport gone = new PodReport(pod.name(), pod.uid(), Samples.running(Instant.now()), true);

    scheduler.tell(new SchedulerProtocol.ReportPods("n1", "run-1", 1, List.of(gone), node.ref()));
    assertThat(deltaBesideAccepted(1).volumesToRemove()).containsExactly(volume);
    scheduler.tell(new SchedulerProtocol.ResyncNode("n1", "run-1", node.ref()));
    assertThat(node.expectMessageClass(NodeProtocol.Assign.class).volumesToRemove())
        .containsExactly(volume);

    scheduler.tell(
        new SchedulerProtocol.ReportPods("n1", "run-1", 2, List.of(), node.ref(), List.of(volume)));
    assertThat(deltaBesideAccepted(2).volumesToRemove()).isEmpty();
    assertThat(replay().objects().all("PersistentVolume")).isEmpty();
  }

  /** What a report changed and that it was accepted are said in no fixed order. */
  private NodeProtocol.AssignDelta deltaBesideAccepted(long report) {
    List<NodeProtocol.Command> both = List.of(node.receiveMessage(), node.receiveMessage());
    assertThat(both).contains(new NodeProtocol.ReportAccepted(report));
    return both.stream()
        .filter(NodeProtocol.AssignDelta.class::isInstance)
        .map(NodeProtocol.AssignDelta.class::cast)
        .findAny()
        .orElseThrow();
  }

  private void submit(ActorRef<Command> scheduler, ClientRequest request) {
    scheduler.tell(new SchedulerProtocol.Submit(request, answers.ref()));
    accepted();
  }

  @Test
  void aReportIsAcceptedAndItsRepetitionIsAcceptedToo() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(1, "v1")), answers.ref()));
    accepted();
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
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
  void withoutTheJournalsMajorityItGivesNoOrdersAndNoAnswers() {
    AtomicBoolean majority = new AtomicBoolean(true);
    SchedulerSettings settings = new SchedulerSettings("", "", new SteadyClock());
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1", settings, majority::get));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
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
    scheduler.tell(new Members.LoseNode("n1", "test"));
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

  @Test
  void aNodeThatIsLostLosesItsPods() {
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
    scheduler.tell(
        new SchedulerProtocol.Submit(Samples.create("web", Samples.spec(2, "v1")), answers.ref()));
    accepted();

    scheduler.tell(new Members.LoseNode("n1", "test"));

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

  /** It waits for the journal's new leader while the news of members comes. */
  @Test
  void whatItHearsLateCountsFromWhenItWasHeard() {
    NodeInfo gone = Samples.node("n2", "run-1", "pekko://hawser@127.0.0.1:1");
    ActorRef<Command> scheduler = kit.spawn(SchedulerActor.create("n1"));
    scheduler.tell(new SchedulerProtocol.RegisterNode(gone, List.of(), 0, node.ref()));
    Instant heard = Instant.now();
    Member member =
        Member$.MODULE$
            .apply(
                new UniqueAddress(AddressFromURIString.parse(gone.address()), 1),
                CollectionConverters.asScala(Set.of(Roles.WORKER)).toSet(),
                Version.Zero())
            .copy(MemberStatus.up());

    scheduler.tell(
        new Members.Changed(new ClusterEvent.UnreachableMember(member), heard.minusSeconds(2)));
    scheduler.tell(
        new Members.Changed(
            new ClusterEvent.MemberDowned(member.copy(MemberStatus.down())),
            heard.minusSeconds(1)));

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        journal.persistedInStorage(ID).stream()
                            .filter(SchedulerEvent.NodeLost.class::isInstance)
                            .map(e -> ((SchedulerEvent.NodeLost) e).reason()))
                    .containsExactly("it was unreachable and removed from the cluster"));
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
}
