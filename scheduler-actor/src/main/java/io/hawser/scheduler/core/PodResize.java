package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ContainerSize;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.QosClass;
import io.hawser.model.ResourceAmounts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Other sizes for the containers of a running pod. What its node has no room for is noted in the
 * pod and granted once there is room: {@code docs/adr/0061}.
 */
final class PodResize {
  private static final String KIND = "pods";
  private static final Room CPU = new Room("cpu", "m", ResourceAmounts::cpuMillis);
  private static final Room MEMORY = new Room("memory", " bytes", ResourceAmounts::memoryBytes);

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
    PodSpec resized = pod.desiredSpec().resized(request.sizes());
    boolean changes = !resized.equals(pod.desiredSpec());
    Optional<String> wrong = unknown(pod, request);
    if (wrong.isEmpty() && changes) {
      wrong = wrong(draft, pod, resized);
    }
    if (wrong.isPresent()) {
      return Refusals.forbidden(KIND, pod.meta().name(), wrong.get());
    }
    if (changes) {
      resize(draft, pod, resized, draft.now());
    }
    return new Answer.Accepted(0, pod.uid());
  }

  /**
   * Gives pods the sizes that they wait for where nothing stands in the way any more: the highest
   * priority first, then who has waited longest. Before pods that wait for a node.
   */
  static void grant(Draft draft) {
    ClusterState state = draft.state();
    List<Pod> waiting = new ArrayList<>();
    state.resizing().forEach(name -> waiting.add(state.pods().get(name)));
    waiting.sort(
        Comparator.comparing((Pod pod) -> -(long) draft.memory().priority(state, pod))
            .thenComparing(pod -> pod.resize().orElseThrow().requestedAt())
            .thenComparing(Pod::name));
    for (Pod pod : waiting) {
      resize(draft, pod, pod.desiredSpec(), pod.resize().orElseThrow().requestedAt());
    }
  }

  /** Now, or when there is room. */
  private static void resize(Draft draft, Pod pod, PodSpec resized, Instant requestedAt) {
    List<ContainerSize> sizes = resized.containers().stream().map(ContainerSize::of).toList();
    Optional<Obstacle> obstacle = obstacle(draft, pod, resized);
    if (obstacle.isEmpty()) {
      draft.emit(new SchedulerEvent.PodResized(pod.name(), sizes, draft.now()));
      return;
    }
    Pod.PendingResize pending =
        new Pod.PendingResize(
            requestedAt, sizes, obstacle.get().forGood(), obstacle.get().message());
    if (!pod.resize().equals(Optional.of(pending))) {
      draft.emit(new SchedulerEvent.PodResizePending(pod.name(), pending, draft.now()));
    }
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
    return Quotas.beyondLimits(draft, pod, resized);
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

  /**
   * What stands in the way of a size. Says nothing of what changes with every other pod, so that
   * the same obstacle is not written again and again.
   *
   * @param forGood as long as the node is no larger
   */
  private record Obstacle(boolean forGood, String message) {}

  /** One that waits for a node has no obstacle yet. */
  private static Optional<Obstacle> obstacle(Draft draft, Pod pod, PodSpec resized) {
    Optional<Node> node = pod.nodeName().flatMap(draft.state()::node);
    if (node.isEmpty()) {
      return Optional.empty();
    }
    ResourceAmounts wanted = resized.effectiveRequests();
    ResourceAmounts more = wanted.minus(pod.spec().effectiveRequests());
    ResourceAmounts capacity = node.get().info().capacity();
    ResourceAmounts free = capacity.minus(draft.state().loadOf(node.get().name()).requested());
    String name = node.get().name();
    return CPU.lacks(name, wanted, more, capacity, free)
        .or(() -> MEMORY.lacks(name, wanted, more, capacity, free))
        .or(
            () ->
                Quotas.beyondLimits(draft, pod, resized)
                    .map(
                        now ->
                            new Obstacle(
                                false,
                                "the quota or limits of namespace %s do not allow it now"
                                    .formatted(pod.meta().namespace()))));
  }

  /** One resource of a node. */
  private record Room(String resource, String unit, ToLongFunction<ResourceAmounts> amount) {
    /** Who asks for no more of it than before lacks nothing. */
    Optional<Obstacle> lacks(
        String node,
        ResourceAmounts wanted,
        ResourceAmounts more,
        ResourceAmounts capacity,
        ResourceAmounts free) {
      long extra = amount.applyAsLong(more);
      if (extra <= 0 || extra <= amount.applyAsLong(free)) {
        return Optional.empty();
      }
      long all = amount.applyAsLong(wanted);
      long most = amount.applyAsLong(capacity);
      return Optional.of(
          all > most
              ? new Obstacle(
                  true,
                  "node %s has %d%s of %s, %d%s are asked for"
                      .formatted(node, most, unit, resource, all, unit))
              : new Obstacle(
                  false,
                  "node %s has no room now for %d%s of %s more"
                      .formatted(node, extra, unit, resource)));
    }
  }
}
