package io.hawser.scheduler.core;

import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.PodStatus.StateKind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How a pod's known status and a report become the next status. */
final class StatusMerge {
  private StatusMerge() {}

  /** A pod only moves forward, and one that has ended does not change any more. */
  static PodStatus merge(PodStatus old, PodStatus report, Instant now) {
    if (old.phase() == PodPhase.SUCCEEDED || old.phase() == PodPhase.FAILED) {
      return old;
    }
    boolean backwards = report.phase().compareTo(old.phase()) < 0;
    return new PodStatus(
        backwards ? old.phase() : report.phase(),
        readySince(old, report, now),
        report.podIp().or(old::podIp),
        report.startedAt().or(old::startedAt),
        report.initContainers(),
        report.containers(),
        report.reason(),
        report.message());
  }

  /**
   * By a node whose clock is ahead it became ready in the future, and would not count till then.
   */
  private static Optional<Instant> readySince(PodStatus old, PodStatus report, Instant now) {
    return report
        .readySince()
        .map(since -> since.isAfter(now) ? old.readySince().orElse(now) : since);
  }

  /** The pod failed because nothing of it is left. */
  static PodStatus lost(PodStatus old, String node) {
    return new PodStatus(
        PodPhase.FAILED,
        Optional.empty(),
        old.podIp(),
        old.startedAt(),
        old.initContainers(),
        old.containers().stream().map(StatusMerge::waitingAgain).toList(),
        Optional.of(Draft.POD_LOST),
        Optional.of("nothing of it is left on " + node));
  }

  /** Its owner does without it, unless its node returns and it is kept. */
  static PodStatus writtenOff(PodStatus old, String why) {
    PodStatus stopped = notRunning(old);
    return new PodStatus(
        stopped.phase(),
        Optional.empty(),
        stopped.podIp(),
        stopped.startedAt(),
        stopped.initContainers(),
        stopped.containers(),
        Optional.of(Pod.WRITTEN_OFF),
        Optional.of(why));
  }

  /** The node was started anew and has not found the pod's containers again. */
  static PodStatus notRunning(PodStatus old) {
    List<ContainerStatus> containers =
        old.containers().stream().map(StatusMerge::waitingAgain).toList();
    return new PodStatus(
        old.phase(),
        Optional.empty(),
        old.podIp(),
        old.startedAt(),
        old.initContainers(),
        containers,
        old.reason(),
        old.message());
  }

  private static ContainerStatus waitingAgain(ContainerStatus c) {
    if (c.state().kind() != StateKind.RUNNING) {
      return c;
    }
    return new ContainerStatus(
        c.name(),
        c.image(),
        c.imageId(),
        c.containerId(),
        ContainerState.waiting("ContainerCreating", Optional.empty()),
        c.lastState(),
        false,
        false,
        c.restartCount());
  }
}
