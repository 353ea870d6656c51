package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ContainerSize;
import io.hawser.model.CustomObject;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.QosClass;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Writes a {@code core/v1 Pod}. */
public final class PodEncoder {
  private PodEncoder() {}

  public static ObjectNode encode(Pod pod, ClusterState state) {
    ObjectNode node = Json.object("Pod", "v1");
    ObjectNode meta = MetaEncoder.encode(pod.meta());
    pod.owner().ifPresent(owner -> owner(meta, owner));
    pod.deletion()
        .ifPresent(
            deletion -> {
              Instant end = deletion.requestedAt().plusSeconds(deletion.graceSeconds());
              meta.put("deletionTimestamp", Json.time(end));
              meta.put("deletionGracePeriodSeconds", deletion.graceSeconds());
            });
    node.set("metadata", meta);
    Optional<String> where = pod.nodeName().or(() -> pod.spec().nodeName());
    node.set("spec", PodSpecEncoder.encode(pod.desiredSpec(), where));
    node.set("status", status(pod, state));
    return node;
  }

  /** A deployment's pods name the replica set that stands for their revision. */
  private static void owner(ObjectNode meta, Pod.Owner owner) {
    if (owner.kind().equals(Pod.Owner.DEPLOYMENT)) {
      MetaEncoder.owner(
          meta,
          "apps/v1",
          "ReplicaSet",
          owner.name() + "-" + owner.templateHash(),
          ReplicaSetView.uid(owner.uid(), owner.templateHash()));
    } else if (CustomObject.isType(owner.kind())) {
      CustomObject.Type type = CustomObject.typeOf(owner.kind());
      MetaEncoder.owner(meta, type.apiVersion(), type.kind(), owner.name(), owner.uid());
    } else {
      String version = owner.kind().equals("Job") ? "batch/v1" : "apps/v1";
      MetaEncoder.owner(meta, version, owner.kind(), owner.name(), owner.uid());
    }
  }

  /** Kubernetes' spelling of a phase or a policy. */
  public static String word(Enum<?> value) {
    return Words.camel(value);
  }

  private static ObjectNode status(Pod pod, ClusterState state) {
    PodStatus status = pod.status();
    ObjectNode node = Json.object().put("phase", Words.camel(status.phase()));
    conditions(node.putArray("conditions"), pod);
    Json.putIfSet(node, "message", status.message());
    Json.putIfSet(node, "reason", status.reason());
    pod.nodeName()
        .flatMap(state::node)
        .ifPresent(
            n -> {
              node.put("hostIP", n.info().ip());
              node.putArray("hostIPs").addObject().put("ip", n.info().ip());
            });
    status
        .podIp()
        .ifPresent(
            ip -> {
              node.put("podIP", ip);
              node.putArray("podIPs").addObject().put("ip", ip);
            });
    status.startedAt().or(pod::placedAt).ifPresent(at -> node.put("startTime", Json.time(at)));
    containers(node, "initContainerStatuses", status.initContainers(), name -> Optional.empty());
    containers(
        node,
        "containerStatuses",
        status.containers(),
        name -> pod.resize().flatMap(pending -> inForce(pod, name)));
    return node.put("qosClass", Words.camel(QosClass.of(pod.spec())));
  }

  private static void conditions(ArrayNode list, Pod pod) {
    PodStatus status = pod.status();
    Instant created = pod.meta().createdAt();
    Instant placed = pod.placedAt().orElse(created);
    boolean initialized =
        pod.spec().initContainers().isEmpty()
            || status.phase() != PodPhase.PENDING
            || status.containers().stream()
                .anyMatch(c -> c.state().kind() != PodStatus.StateKind.WAITING);
    if (pod.nodeName().isPresent()) {
      condition(list, "Initialized", initialized, placed, "ContainersNotInitialized", "");
      Instant since = status.readySince().orElse(placed);
      boolean done = status.phase() == PodPhase.SUCCEEDED;
      String reason = done ? "PodCompleted" : "ContainersNotReady";
      String message = done ? "" : unready(pod);
      condition(list, "Ready", status.isReady(), since, reason, message);
      condition(list, "ContainersReady", status.isReady(), since, reason, message);
    }
    condition(
        list,
        "PodScheduled",
        pod.nodeName().isPresent(),
        placed,
        "Unschedulable",
        pod.unschedulable().orElse(""));
    pod.move().ifPresent(move -> disruption(list, move));
    pod.resize().ifPresent(resize -> resizePending(list, resize));
  }

  /**
   * Kubernetes' condition of a pod whose spec asks for sizes that it does not have yet: <a
   * href="https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/">
   * resize</a>.
   */
  private static void resizePending(ArrayNode list, Pod.PendingResize resize) {
    ObjectNode node = list.addObject().put("type", "PodResizePending").put("status", "True");
    node.putNull("lastProbeTime");
    node.put("lastTransitionTime", Json.time(resize.requestedAt()));
    node.put("reason", resize.infeasible() ? "Infeasible" : "Deferred");
    node.put("message", resize.message());
  }

  /** Kubernetes' condition of a pod that something wants gone. */
  private static void disruption(ArrayNode list, Pod.Move move) {
    ObjectNode node = list.addObject().put("type", "DisruptionTarget").put("status", "True");
    node.putNull("lastProbeTime");
    node.put("lastTransitionTime", Json.time(move.requestedAt()));
    node.put("reason", "ReplacementFirst").put("message", move.reason());
  }

  private static String unready(Pod pod) {
    List<String> names =
        pod.spec().containers().stream()
            .map(PodContainer::name)
            .filter(
                name ->
                    pod.status().containers().stream()
                        .noneMatch(c -> c.name().equals(name) && c.ready()))
            .toList();
    return "containers with unready status: " + names;
  }

  /** Reason and message are told only while the condition does not hold. */
  private static void condition(
      ArrayNode list, String type, boolean holds, Instant since, String reason, String message) {
    ObjectNode node = list.addObject().put("type", type).put("status", holds ? "True" : "False");
    node.putNull("lastProbeTime");
    node.put("lastTransitionTime", Json.time(since));
    if (!holds) {
      node.put("reason", reason);
      Json.putIfSet(node, "message", message);
    }
  }

  private static Optional<ContainerSize> inForce(Pod pod, String container) {
    return pod.spec().containers().stream()
        .filter(c -> c.name().equals(container))
        .findFirst()
        .map(ContainerSize::of);
  }

  /**
   * @param inForce a container's size where its spec names another one
   */
  private static void containers(
      ObjectNode status,
      String field,
      List<ContainerStatus> all,
      Function<String, Optional<ContainerSize>> inForce) {
    if (all.isEmpty()) {
      return;
    }
    ArrayNode list = status.putArray(field);
    for (ContainerStatus container : all) {
      ObjectNode node = list.addObject().put("name", container.name());
      node.set("state", containerState(container.state(), container.containerId()));
      node.set(
          "lastState",
          container
              .lastState()
              .map(last -> containerState(last, container.containerId()))
              .orElseGet(Json::object));
      node.put("ready", container.ready()).put("restartCount", container.restartCount());
      node.put("image", container.image()).put("imageID", container.imageId());
      if (!container.containerId().isEmpty()) {
        node.put("containerID", runtimeId(container.containerId()));
      }
      node.put("started", container.started());
      Optional<ContainerSize> waits = inForce.apply(container.name());
      waits.ifPresent(
          size -> node.set("allocatedResources", ResourceEncoder.encode(size.requests())));
      container
          .resized()
          .or(() -> waits)
          .ifPresent(
              size -> {
                ObjectNode resources = node.putObject("resources");
                resources.set("limits", ResourceEncoder.encode(size.limits()));
                resources.set("requests", ResourceEncoder.encode(size.requests()));
              });
    }
  }

  private static String runtimeId(String id) {
    return id.contains("://") ? id : "hawser://" + id;
  }

  private static ObjectNode containerState(ContainerState state, String containerId) {
    ObjectNode node = Json.object();
    switch (state.kind()) {
      case WAITING -> {
        ObjectNode waiting = node.putObject("waiting");
        Json.putIfSet(waiting, "reason", state.reason());
        Json.putIfSet(waiting, "message", state.message());
      }
      case RUNNING -> {
        ObjectNode running = node.putObject("running");
        state.startedAt().ifPresent(at -> running.put("startedAt", Json.time(at)));
      }
      case TERMINATED -> {
        ObjectNode ended = node.putObject("terminated");
        ended.put("exitCode", state.exitCode().orElse(0));
        Json.putIfSet(ended, "reason", state.reason());
        Json.putIfSet(ended, "message", state.message());
        state.startedAt().ifPresent(at -> ended.put("startedAt", Json.time(at)));
        state.finishedAt().ifPresent(at -> ended.put("finishedAt", Json.time(at)));
        if (!containerId.isEmpty()) {
          ended.put("containerID", runtimeId(containerId));
        }
      }
    }
    return node;
  }
}
