package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.AssignedPod;
import io.hawser.node.Convergence.Change;
import io.hawser.node.Convergence.Discard;
import io.hawser.node.Convergence.Leftover;
import io.hawser.node.Convergence.Present;
import io.hawser.node.Convergence.ReportGone;
import io.hawser.node.Convergence.Run;
import io.hawser.node.Convergence.Supervised;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConvergenceTest {
  private static final AssignedPod POD = Pods.pod("a");

  private static List<Convergence.Action> confirmed(
      List<AssignedPod> assigned, Map<String, Present> present) {
    return Convergence.decide(Assignment.of(1, 1, assigned), true, present);
  }

  private static List<Convergence.Action> unconfirmed(
      List<AssignedPod> assigned, Map<String, Present> present) {
    return Convergence.decide(Assignment.of(1, 1, assigned), false, present);
  }

  @Test
  void whatIsAssignedAndNotHereIsRun() {
    assertThat(confirmed(List.of(POD), Map.of())).containsExactly(new Run(POD));
  }

  @Test
  void whatIsAsAssignedNeedsNothing() {
    assertThat(confirmed(List.of(POD), Map.of("a", new Supervised(POD)))).isEmpty();
  }

  @Test
  void whatIsToStopIsTold() {
    AssignedPod stopping = Convergence.stopping(POD, 9);
    assertThat(confirmed(List.of(stopping), Map.of("a", new Supervised(POD))))
        .containsExactly(new Change(stopping));
    assertThat(confirmed(List.of(stopping), Map.of("a", new Supervised(stopping)))).isEmpty();
  }

  @Test
  void graceOnlyBecomesShorter() {
    AssignedPod told = Convergence.stopping(POD, 5);
    assertThat(confirmed(List.of(Convergence.stopping(POD, 30)), Map.of("a", new Supervised(told))))
        .isEmpty();
    assertThat(confirmed(List.of(Convergence.stopping(POD, 1)), Map.of("a", new Supervised(told))))
        .containsExactly(new Change(Convergence.stopping(POD, 1)));
  }

  @Test
  void podThatStopsIsNeverRevived() {
    AssignedPod told = Convergence.stopping(POD, 5);
    assertThat(confirmed(List.of(POD), Map.of("a", new Supervised(told)))).isEmpty();
  }

  @Test
  void podThatIsToStopAndNotHereIsGone() {
    AssignedPod stopping = Convergence.stopping(POD, 9);
    assertThat(confirmed(List.of(stopping), Map.of())).containsExactly(new ReportGone(stopping));
  }

  @Test
  void unknownPodIsStoppedSoon() {
    assertThat(confirmed(List.of(), Map.of("a", new Supervised(POD))))
        .containsExactly(new Change(Convergence.stopping(POD, NodeLimits.ORPHAN_GRACE_SECONDS)));
  }

  @Test
  void leftoversAreAdoptedOrDiscarded() {
    assertThat(confirmed(List.of(POD), Map.of("a", new Leftover(false), "x", new Leftover(true))))
        .containsExactly(new Run(POD), new Discard("x"));
  }

  @Test
  void beforeASchedulerSpokeOnlyWhatRunsIsAdopted() {
    AssignedPod dead = Pods.pod("b");
    AssignedPod absent = Pods.pod("c");
    assertThat(
            unconfirmed(
                List.of(POD, dead, absent),
                Map.of("a", new Leftover(true), "b", new Leftover(false), "x", new Leftover(true))))
        .containsExactly(new Run(POD));
  }

  @Test
  void decidedActionsLeaveNothingToDecide() {
    List<Convergence.Action> actions = confirmed(List.of(POD), Map.of());
    assertThat(actions).hasSize(1);
    assertThat(confirmed(List.of(POD), Map.of("a", new Supervised(((Run) actions.get(0)).pod()))))
        .isEmpty();
  }
}
