package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodStatusesTest {
  private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
  private static final ContainerState RUNNING = ContainerState.running(T0);
  private static final ContainerState ENDED =
      ContainerState.terminated(Optional.of(T0), T0, 1, "Error");
  private static final ContainerState WAITING =
      ContainerState.waiting("CrashLoopBackOff", Optional.empty());

  private final Map<String, ContainerStatus> containers = new HashMap<>();
  private final Map<String, RestartDecision> outcomes = new HashMap<>();

  private PodStatus compute(PodSpec spec, PodStatus before, boolean stopping) {
    return PodStatuses.compute(
        new PodStatuses.Facts(
            spec,
            containers,
            outcomes,
            Optional.of("10.0.0.2"),
            T0,
            Optional.empty(),
            Optional.empty(),
            stopping),
        before,
        T0.plusSeconds(5));
  }

  private void is(String name, ContainerState state, boolean restarted, boolean ready) {
    containers.put(
        name,
        new ContainerStatus(
            name,
            "web:1",
            "",
            "",
            state,
            restarted ? Optional.of(ENDED) : Optional.empty(),
            ready,
            ready,
            restarted ? 1 : 0));
  }

  private static PodSpec two() {
    return Pods.spec(RestartPolicy.NEVER, Pods.container("a"), Pods.container("b"));
  }

  @Test
  void podIsPendingUntilEachContainerWasStartedOnce() {
    is("a", RUNNING, false, true);
    assertThat(compute(two(), PodStatus.PENDING, false).phase()).isEqualTo(PodPhase.PENDING);
    is("b", RUNNING, false, true);
    assertThat(compute(two(), PodStatus.PENDING, false).phase()).isEqualTo(PodPhase.RUNNING);
  }

  @Test
  void crashLoopIsARunningPodThatIsNotReady() {
    is("a", RUNNING, false, true);
    is("b", WAITING, true, false);
    PodStatus status = compute(two(), PodStatus.PENDING, false);
    assertThat(status.phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(status.readySince()).isEmpty();
  }

  @Test
  void readySinceStaysWhileReadyAndEndsWithAStop() {
    is("a", RUNNING, false, true);
    is("b", RUNNING, false, true);
    PodStatus ready = compute(two(), PodStatus.PENDING, false);
    assertThat(ready.readySince()).contains(T0.plusSeconds(5));
    PodStatus before =
        new PodStatus(
            PodPhase.RUNNING,
            Optional.of(T0),
            ready.podIp(),
            ready.startedAt(),
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.empty());
    assertThat(compute(two(), before, false).readySince()).contains(T0);
    assertThat(compute(two(), before, true).readySince()).isEmpty();
  }

  @Test
  void podFailsWhenAllAreOverAndOneFailed() {
    is("a", ENDED, false, false);
    is("b", ENDED, false, false);
    outcomes.put("a", RestartDecision.SUCCEEDED);
    assertThat(compute(two(), PodStatus.PENDING, false).phase()).isEqualTo(PodPhase.RUNNING);
    outcomes.put("b", RestartDecision.FAILED);
    PodStatus failed = compute(two(), PodStatus.PENDING, false);
    assertThat(failed.phase()).isEqualTo(PodPhase.FAILED);
    outcomes.clear();
    assertThat(compute(two(), failed, false).phase()).isEqualTo(PodPhase.FAILED);
  }

  @Test
  void initContainersComeFirst() {
    PodSpec spec =
        Pods.spec(
            RestartPolicy.NEVER, List.of(Pods.container("i")), List.of(), Pods.container("a"));
    PodStatus status = compute(spec, PodStatus.PENDING, false);
    assertThat(status.containers().get(0).state().reason()).contains("PodInitializing");
    outcomes.put("i", RestartDecision.SUCCEEDED);
    status = compute(spec, PodStatus.PENDING, false);
    assertThat(status.containers().get(0).state().reason()).contains("ContainerCreating");
    outcomes.put("i", RestartDecision.FAILED);
    assertThat(compute(spec, PodStatus.PENDING, false).phase()).isEqualTo(PodPhase.FAILED);
  }
}
