package io.hawser.scheduler.core.history;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ObjectName;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.PodStatus.StateKind;
import java.util.Optional;

/** The life of one pod in words; what says nothing new is left out. */
final class PodSteps {
  private final ObjectName pod;
  private String last = "";

  PodSteps(ObjectName pod) {
    this.pod = pod;
  }

  /** Empty when the event says what the one before said. */
  Optional<String> next(SchedulerEvent event) {
    String words = words(event);
    if (words.isEmpty() || words.equals(last)) {
      return Optional.empty();
    }
    last = words;
    return Optional.of(words);
  }

  private String words(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.PodPlaced e) {
      return "placed on node " + e.node();
    } else if (event instanceof SchedulerEvent.PodUnschedulable e) {
      return "waits for a node: " + e.summary();
    } else if (event instanceof SchedulerEvent.PodStatusChanged e) {
      return status(e.status());
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      return "told to stop: " + e.reason();
    } else if (event instanceof SchedulerEvent.PodResized) {
      return "resized by request";
    } else if (event instanceof SchedulerEvent.PodResizePending e) {
      return "waits for other sizes: " + e.resize().message();
    } else if (event instanceof SchedulerEvent.PodMoveRequested e) {
      return "goes once another pod serves in its place: " + e.move().reason();
    } else if (event instanceof SchedulerEvent.PodMoveEnded e) {
      return "stays: " + e.reason();
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      return "%s is gone: %s".formatted(pod.name(), e.reason());
    }
    return "";
  }

  static String status(PodStatus status) {
    Optional<String> trouble =
        status.containers().stream().flatMap(c -> trouble(c).stream()).findFirst();
    if (status.phase() == PodPhase.FAILED || status.phase() == PodPhase.SUCCEEDED) {
      String how = status.phase() == PodPhase.FAILED ? "failed" : "succeeded";
      String why =
          status
              .reason()
              .map(r -> ": " + r + status.message().map(m -> ", " + m).orElse(""))
              .orElse("");
      return how + why + trouble.map(t -> "; " + t).orElse("");
    } else if (trouble.isPresent()) {
      return trouble.get();
    } else if (status.isReady()) {
      return "ready";
    }
    boolean started =
        status.containers().stream().anyMatch(c -> c.state().kind() == StateKind.RUNNING);
    boolean restarted = status.containers().stream().anyMatch(c -> c.restartCount() > 0);
    return !started ? "starting" : restarted ? "restarted, not ready yet" : "running, not ready";
  }

  /** Why a container does not run, or what ended its last run. */
  private static Optional<String> trouble(ContainerStatus container) {
    ContainerState state = container.state();
    if (state.kind() == StateKind.TERMINATED && state.exitCode().orElse(0) != 0) {
      return Optional.of("container " + container.name() + " " + ended(state));
    }
    String reason = state.reason().orElse("");
    boolean usual =
        reason.isEmpty() || reason.equals("ContainerCreating") || reason.equals("PodInitializing");
    if (state.kind() == StateKind.WAITING && !usual) {
      String lastEnd = container.lastState().map(s -> ", after it " + ended(s)).orElse("");
      String detail = state.message().map(m -> ": " + m).orElse("");
      return Optional.of("container " + container.name() + " waits: " + reason + detail + lastEnd);
    }
    return Optional.empty();
  }

  private static String ended(ContainerState state) {
    return "ended: "
        + state.reason().orElse("Error")
        + state.exitCode().map(c -> ", exit code " + c).orElse("");
  }
}
