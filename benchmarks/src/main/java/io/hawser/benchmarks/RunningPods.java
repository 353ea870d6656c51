package io.hawser.benchmarks;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What nodes say of pods that run; as long as what a real node says. */
final class RunningPods {
  private static final Instant ONE = Instant.parse("2026-01-01T12:34:56.789012Z");

  private RunningPods() {}

  /**
   * Its one container runs.
   *
   * @param restarts how often it was started again
   */
  static SchedulerEvent started(Pod pod, int restarts) {
    Instant at = ONE.plusSeconds(restarts);
    return new SchedulerEvent.PodStatusChanged(pod.name(), status(pod, restarts, at), at);
  }

  /** The same as a state, ready since then. */
  static PodStatus status(Pod pod, int restarts, Instant at) {
    String container = pod.spec().containers().get(0).name();
    ContainerStatus status =
        new ContainerStatus(
            container,
            "docker.io/library/pause:3.10",
            "sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097",
            "hawser://" + pod.uid() + "/" + container + "/" + restarts,
            ContainerState.running(at, Optional.empty()),
            Optional.empty(),
            true,
            true,
            restarts);
    return new PodStatus(
        PodPhase.RUNNING,
        Optional.of(at),
        Optional.of("10.244." + (pod.uid().hashCode() & 0xff) + ".17"),
        Optional.of(ONE),
        List.of(),
        List.of(status),
        Optional.empty(),
        Optional.empty());
  }
}
