package io.hawser.cluster.state;

import io.hawser.model.EventRecord;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.PodStatus.StateKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The lines a user reads in {@code describe} and {@code events}, derived from the facts. */
final class EventRecords {
  private static final String SCHEDULER = "scheduler";

  /** Reasons of a pod that its node can't prepare, or stopped. */
  private static final Set<String> TROUBLES =
      Set.of("FailedMount", "FailedCreatePodSandBox", "Evicted");

  private EventRecords() {}

  static List<EventRecord> of(ClusterState before, ClusterState after, SchedulerEvent event) {
    long revision = after.revision();
    if (event instanceof SchedulerEvent.PodPlaced e) {
      return pod(
          after, e.name(), revision, e, "Scheduled", "Assigned " + e.name() + " to " + e.node());
    } else if (event instanceof SchedulerEvent.PodUnschedulable e) {
      return pod(after, e.name(), revision, e, "Warning", "FailedScheduling", e.summary());
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      return pod(after, e.name(), revision, e, "Killing", "Stopping: " + e.reason());
    } else if (event instanceof SchedulerEvent.PodResized e) {
      return pod(after, e.name(), revision, e, "Resized", "Its containers have other sizes");
    } else if (event instanceof SchedulerEvent.PodResizePending e) {
      String reason = e.resize().infeasible() ? "ResizeInfeasible" : "ResizeDeferred";
      return pod(after, e.name(), revision, e, "Warning", reason, e.resize().message());
    } else if (event instanceof SchedulerEvent.PodMoveRequested e) {
      String message = "Goes once another pod serves: " + e.move().reason();
      return pod(after, e.name(), revision, e, "Moving", message);
    } else if (event instanceof SchedulerEvent.PodMoveEnded e) {
      return pod(after, e.name(), revision, e, "Stays", e.reason());
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      return pod(before, e.name(), revision, e, "Removed", e.reason());
    } else if (event instanceof SchedulerEvent.NodeRegistered e) {
      return node(after, e.info().name(), e, "Normal", "NodeReady", "Node registered");
    } else if (event instanceof SchedulerEvent.NodeLost e) {
      return node(after, e.name(), e, "Warning", "NodeLost", e.reason());
    } else if (event instanceof SchedulerEvent.ObjectStatusChanged e) {
      return ObjectRecords.of(before, after, e).toList();
    } else if (event instanceof SchedulerEvent.CreationRefused e) {
      return ObjectRecords.of(after, e).toList();
    } else if (event instanceof SchedulerEvent.PodCreated e) {
      return deploymentOf(after, e.pod())
          .map(d -> deployment(after, d, e, "PodCreated", "Created pod " + e.pod().meta().name()))
          .orElse(List.of());
    }
    return List.of();
  }

  /** Of a pod whose status changed. */
  static List<EventRecord> of(Pod old, Pod now, SchedulerEvent.PodStatusChanged event) {
    long revision = now.meta().resourceVersion();
    String source = now.nodeName().orElse(SCHEDULER);
    List<EventRecord> records = new ArrayList<>();
    Optional<String> trouble = now.status().reason().filter(TROUBLES::contains);
    Optional<String> message = now.status().message();
    if (trouble.isPresent() && message.isPresent() && !message.equals(old.status().message())) {
      records.add(record(now, revision, event, "Warning", trouble.get(), message.get(), source));
    }
    List<ContainerStatus> earlier = all(old);
    for (ContainerStatus container : all(now)) {
      for (Line line : containerChange(named(container.name(), earlier), container)) {
        records.add(record(now, revision, event, line.type, line.reason, line.message, source));
      }
    }
    return records;
  }

  private record Line(String type, String reason, String message) {}

  private static List<Line> containerChange(Optional<ContainerStatus> old, ContainerStatus now) {
    boolean sameState = old.isPresent() && old.get().state().equals(now.state());
    if (sameState || old.isPresent() && isSameRun(old.get().state(), now.state())) {
      return List.of();
    }
    StateKind kind = now.state().kind();
    if (kind == StateKind.RUNNING) {
      Line started = new Line("Normal", "Started", "Started container " + now.name());
      return now.state()
          .message()
          .map(image -> List.of(new Line("Normal", "Pulled", image), started))
          .orElse(List.of(started));
    }
    String reason = now.state().reason().orElse("");
    String detail = now.state().message().map(m -> ": " + m).orElse("");
    if (kind == StateKind.TERMINATED) {
      boolean well = now.state().exitCode().orElse(1) == 0;
      String code = now.state().exitCode().map(c -> " with exit code " + c).orElse("");
      return List.of(
          new Line(
              well ? "Normal" : "Warning",
              reason.isEmpty() ? "Exited" : reason,
              "Container " + now.name() + " ended" + code + detail));
    }
    return switch (reason) {
      case "", "ContainerCreating", "PodInitializing" ->
          now.state().message().stream()
              .filter(m -> m.startsWith(ContainerState.PULLING))
              .map(m -> new Line("Normal", "Pulling", m))
              .toList();
      case "ErrImagePull" ->
          List.of(
              new Line(
                  "Warning", "Failed", "Failed to pull image \"" + now.image() + "\"" + detail),
              new Line("Warning", "Failed", "Error: ErrImagePull"));
      case "ImagePullBackOff" ->
          List.of(new Line("Normal", "BackOff", "Back-off pulling image \"" + now.image() + "\""));
      case "CrashLoopBackOff" ->
          List.of(new Line("Warning", "BackOff", "Back-off restarting " + now.name() + detail));
      case "CreateContainerConfigError", "CreateContainerError" ->
          List.of(new Line("Warning", "Failed", "Error: " + now.state().message().orElse(reason)));
      default -> List.of(new Line("Warning", reason, "Container " + now.name() + detail));
    };
  }

  /** A node that was started again knows its containers, but not how their images came. */
  private static boolean isSameRun(ContainerState old, ContainerState now) {
    return old.kind() == StateKind.RUNNING
        && now.kind() == StateKind.RUNNING
        && old.startedAt().equals(now.startedAt());
  }

  private static List<ContainerStatus> all(Pod pod) {
    PodStatus status = pod.status();
    if (status.initContainers().isEmpty()) {
      return status.containers();
    }
    List<ContainerStatus> all = new ArrayList<>(status.initContainers());
    all.addAll(status.containers());
    return all;
  }

  private static Optional<ContainerStatus> named(String name, List<ContainerStatus> containers) {
    for (ContainerStatus container : containers) {
      if (container.name().equals(name)) {
        return Optional.of(container);
      }
    }
    return Optional.empty();
  }

  private static Optional<ObjectName> deploymentOf(ClusterState state, Pod pod) {
    return pod.deployment().filter(state.deployments()::containsKey);
  }

  private static List<EventRecord> deployment(
      ClusterState state, ObjectName name, SchedulerEvent event, String reason, String message) {
    return state.deployment(name).stream()
        .map(
            d ->
                new EventRecord(
                    state.revision(),
                    event.at(),
                    "Deployment",
                    name.namespace(),
                    name.name(),
                    d.meta().uid(),
                    "Normal",
                    reason,
                    message,
                    SCHEDULER))
        .toList();
  }

  private static List<EventRecord> node(
      ClusterState state,
      String name,
      SchedulerEvent event,
      String type,
      String reason,
      String message) {
    return state.node(name).stream()
        .map(
            n ->
                new EventRecord(
                    state.revision(),
                    event.at(),
                    "Node",
                    "",
                    name,
                    n.meta().uid(),
                    type,
                    reason,
                    message,
                    SCHEDULER))
        .toList();
  }

  private static List<EventRecord> pod(
      ClusterState state,
      ObjectName name,
      long revision,
      SchedulerEvent event,
      String reason,
      String message) {
    return pod(state, name, revision, event, "Normal", reason, message);
  }

  private static List<EventRecord> pod(
      ClusterState state,
      ObjectName name,
      long revision,
      SchedulerEvent event,
      String type,
      String reason,
      String message) {
    Pod pod = state.pods().get(name);
    return pod == null
        ? List.of()
        : List.of(record(pod, revision, event, type, reason, message, SCHEDULER));
  }

  private static EventRecord record(
      Pod pod,
      long revision,
      SchedulerEvent event,
      String type,
      String reason,
      String message,
      String source) {
    return new EventRecord(
        revision,
        event.at(),
        "Pod",
        pod.meta().namespace(),
        pod.meta().name(),
        pod.uid(),
        type,
        reason,
        message,
        source);
  }
}
