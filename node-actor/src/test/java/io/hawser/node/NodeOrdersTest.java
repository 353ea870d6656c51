package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.AssignDelta;
import io.hawser.cluster.protocol.NodeProtocol.ReportAccepted;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.RegisterNode;
import io.hawser.cluster.protocol.SchedulerProtocol.ReportPods;
import io.hawser.cluster.protocol.SchedulerProtocol.ResyncNode;
import io.hawser.model.AssignedPod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

/** What a node and its scheduler tell each other. */
class NodeOrdersTest extends FakeNode {
  @Test
  void registersUntilItIsAssigned() {
    ActorRef<NodeProtocol.Command> node = node();
    RegisterNode first = scheduler.expectMessageClass(RegisterNode.class);
    assertThat(first.info().name()).isEqualTo("n1");
    scheduler.expectMessageClass(RegisterNode.class);
    node.tell(new Assign(1, 1, List.of()));
    // One more may have been on its way.
    await().atMost(SOON).until(() -> isSilentFor(NodeLimits.REGISTER_EVERY.multipliedBy(3)));
  }

  private boolean isSilentFor(Duration time) {
    try {
      scheduler.expectNoMessage(time);
      return true;
    } catch (AssertionError heard) {
      return false;
    }
  }

  @Test
  void anOrderOfAnOlderEpochIsRefusedAndTheSchedulerToldOfTheNewer() {
    ActorRef<NodeProtocol.Command> node = registered();
    node.tell(new Assign(5, 1, List.of()));
    node.tell(new Assign(4, 9, List.of(Pods.pod("a"))));
    scheduler.fishForMessage(
        SOON,
        message ->
            message.equals(new SchedulerProtocol.SawEpoch(5))
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore());
    assertThat(runtime.count("start")).isZero();
  }

  @Test
  void assignedPodBecomesReadyAndStopsWhenTold() {
    AssignedPod pod = Pods.pod("a");
    ActorRef<NodeProtocol.Command> node = registered(pod);
    PodStatus status = until("a", FakeNode::isReady).status();
    assertThat(status.phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(status.podIp()).isPresent();
    assertThat(status.containers().get(0).imageId()).isEqualTo("sha256:web:1");
    node.tell(new AssignDelta(1, 1, 2, List.of(stopping(pod, 7)), List.of()));
    until("a", PodReport::gone);
    assertThat(runtime.calls).contains("stop a.main.0 7", "remove sandbox a");
    assertThat(runtime.sandboxes).isEmpty();
  }

  @Test
  void repeatedAndOutdatedAssignmentsChangeNothing() {
    AssignedPod pod = Pods.pod("a");
    ActorRef<NodeProtocol.Command> node = registered(pod);
    until("a", FakeNode::isReady);
    node.tell(new Assign(1, 1, List.of(pod)));
    node.tell(new Assign(0, 9, List.of()));
    node.tell(new Assign(1, 0, List.of()));
    node.tell(new AssignDelta(1, 0, 1, List.of(), List.of("a")));
    node.tell(new AssignDelta(0, 1, 2, List.of(), List.of("a")));
    node.tell(new AssignDelta(1, 1, 2, List.of(Pods.pod("b")), List.of()));
    until("b", FakeNode::isReady);
    assertThat(runtime.count("start a.")).isEqualTo(1);
    assertThat(runtime.count("stop")).isZero();
  }

  @Test
  void missedDeltaIsAnsweredByAskingForTheWhole() {
    ActorRef<NodeProtocol.Command> node = registered();
    node.tell(new AssignDelta(1, 5, 6, List.of(Pods.pod("a")), List.of()));
    ResyncNode resync = scheduler.expectMessageClass(ResyncNode.class);
    assertThat(resync.incarnation()).isEqualTo("run-1");
    assertThat(runtime.count("start")).isZero();
    node.tell(new AssignDelta(2, 1, 7, List.of(), List.of()));
    scheduler.expectMessageClass(ResyncNode.class);
    node.tell(new Assign(2, 7, List.of(Pods.pod("a"))));
    until("a", FakeNode::isReady);
  }

  @Test
  void podThatTheSchedulerNoLongerKnowsIsStopped() {
    ActorRef<NodeProtocol.Command> node = registered(Pods.pod("a"));
    until("a", FakeNode::isReady);
    node.tell(new AssignDelta(1, 1, 2, List.of(), List.of("a")));
    until("a", PodReport::gone);
    assertThat(runtime.calls).contains("stop a.main.0 " + NodeLimits.ORPHAN_GRACE_SECONDS);
  }

  @Test
  void podToStopThatIsNotHereIsReportedGone() {
    registered(stopping(Pods.pod("a"), 5));
    until("a", PodReport::gone);
    assertThat(runtime.count("sandbox")).isZero();
  }

  @Test
  void reportIsSentAgainUnchangedUntilAccepted() {
    registered(Pods.pod("a"));
    ReportPods first = scheduler.expectMessageClass(ReportPods.class);
    SchedulerProtocol.Command again =
        scheduler.receiveMessage(NodeLimits.REPORT_RESEND.plusSeconds(3));
    assertThat(again).isEqualTo(first);
    first.pods().forEach(p -> known.put(p.uid(), p));
    first.replyTo().tell(new ReportAccepted(first.number()));
    until("a", FakeNode::isReady);
  }

  @Test
  void registersAgainWhenTheSchedulerDoesNotKnowIt() {
    ActorRef<NodeProtocol.Command> node = registered(Pods.pod("a"));
    until("a", FakeNode::isReady);
    node.tell(new NodeProtocol.RegisterAgain(1));
    RegisterNode again = scheduler.expectMessageClass(RegisterNode.class);
    assertThat(again.pods()).extracting(PodReport::uid).containsExactly("a");
    assertThat(again.pods().get(0).status().isReady()).isTrue();
  }
}
