package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ContainerSize;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.QosClass;
import io.hawser.model.ResourceAmounts;
import java.util.Optional;

/**
 * Other sizes for the containers of a running pod. What its node has no room for is refused at
 * once, where Kubernetes would note it and wait: {@code docs/adr/0061}.
 */
final class PodResize {
  private static final String KIND = "pods";

  private PodResize() {}

  static Answer resize(Draft draft, ClientRequest.ResizePod request) {
    Pod pod = draft.state().pods().get(request.name());
    if (pod == null) {
      return Refusals.notFound(KIND, request.name().name());
    }
    Optional<Answer> stale =
        Refusals.stale(KIND, pod.meta(), request.ifResourceVersion(), Optional.empty());
    if (stale.isPresent()) {
      return stale.get();
    }
    PodSpec resized = pod.spec().resized(request.sizes());
    boolean changes = !resized.equals(pod.spec());
    Optional<String> wrong = unknown(pod, request);
    if (wrong.isEmpty() && changes) {
      wrong = wrong(draft, pod, resized);
    }
    if (wrong.isPresent()) {
      return Refusals.forbidden(KIND, pod.meta().name(), wrong.get());
    }
    if (changes) {
      draft.emit(new SchedulerEvent.PodResized(pod.name(), request.sizes(), draft.now()));
    }
    return new Answer.Accepted(0, pod.uid());
  }

  private static Optional<String> unknown(Pod pod, ClientRequest.ResizePod request) {
    return request.sizes().stream()
        .map(ContainerSize::name)
        .filter(n -> pod.spec().containers().stream().noneMatch(c -> c.name().equals(n)))
        .findFirst()
        .map(n -> "it has no container " + n);
  }

  private static Optional<String> wrong(Draft draft, Pod pod, PodSpec resized) {
    if (pod.isDeleting() || !pod.isActive()) {
      return Optional.of("it has ended or is about to");
    } else if (QosClass.of(resized) != QosClass.of(pod.spec())) {
      return Optional.of(
          "its quality of service class must stay " + QosClass.of(pod.spec()).name().toLowerCase());
    } else if (changesOtherThings(pod.spec(), resized)) {
      return Optional.of("only cpu and memory can be changed while it runs");
    }
    return Quotas.beyondLimits(draft, pod, resized).or(() -> noRoom(draft.state(), pod, resized));
  }

  private static boolean changesOtherThings(PodSpec old, PodSpec resized) {
    for (int i = 0; i < old.containers().size(); i++) {
      PodContainer before = old.containers().get(i);
      PodContainer after = resized.containers().get(i);
      if (!sameButCpuAndMemory(before.requests(), after.requests())
          || !sameButCpuAndMemory(before.limits(), after.limits())) {
        return true;
      }
    }
    return false;
  }

  private static boolean sameButCpuAndMemory(ResourceAmounts a, ResourceAmounts b) {
    return a.ephemeralStorageBytes() == b.ephemeralStorageBytes()
        && a.extended().equals(b.extended());
  }

  /** Of a pod that asks for more: what its node lacks. One that waits has no node yet. */
  private static Optional<String> noRoom(ClusterState state, Pod pod, PodSpec resized) {
    if (pod.nodeName().isEmpty() || state.node(pod.nodeName().get()).isEmpty()) {
      return Optional.empty();
    }
    String node = pod.nodeName().get();
    ResourceAmounts more = resized.effectiveRequests().minus(pod.spec().effectiveRequests());
    ResourceAmounts free =
        state.node(node).get().info().capacity().minus(state.loadOf(node).requested());
    if (more.cpuMillis() > 0 && more.cpuMillis() > free.cpuMillis()) {
      return Optional.of(
          "node %s has no room: cpu %dm more is asked for, %dm is left"
              .formatted(node, more.cpuMillis(), Math.max(0, free.cpuMillis())));
    } else if (more.memoryBytes() > 0 && more.memoryBytes() > free.memoryBytes()) {
      return Optional.of(
          "node %s has no room: %d bytes of memory more are asked for, %d are left"
              .formatted(node, more.memoryBytes(), Math.max(0, free.memoryBytes())));
    }
    return Optional.empty();
  }
}
