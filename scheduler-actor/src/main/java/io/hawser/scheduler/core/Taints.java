package io.hawser.scheduler.core;

import io.hawser.model.Node;
import io.hawser.model.Pod;
import io.hawser.model.Taint;
import io.hawser.model.Toleration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Pods leave a node with a taint of the effect NoExecute that they do not tolerate: at once, or
 * once their {@code tolerationSeconds} have passed since both were there.
 */
final class Taints {
  private Taints() {}

  /** Time has passed. */
  static void driveAway(Draft draft) {
    for (Node node : draft.state().nodes().values()) {
      driveAway(draft, node);
    }
  }

  static void driveAway(Draft draft, Node node) {
    if (node.taints().stream().noneMatch(Taint::drivesAway)) {
      return;
    }
    for (Pod pod : List.copyOf(draft.state().podsOn(node.name()))) {
      if (!pod.isDeleting()) {
        unbearable(draft, node, pod)
            .ifPresent(
                taint ->
                    draft.remove(
                        pod,
                        pod.spec().terminationGracePeriodSeconds(),
                        "node tainted " + taint.key()));
      }
    }
  }

  private static Optional<Taint> unbearable(Draft draft, Node node, Pod pod) {
    return node.taints().stream()
        .filter(taint -> taint.drivesAway() && !isBorne(draft, taint, pod))
        .findFirst();
  }

  /** The shortest of the tolerations that match counts; one without seconds is for ever. */
  private static boolean isBorne(Draft draft, Taint taint, Pod pod) {
    List<Toleration> matching =
        pod.spec().tolerations().stream().filter(t -> t.tolerates(taint)).toList();
    if (matching.isEmpty()) {
      return false;
    }
    Optional<Long> seconds =
        matching.stream().flatMap(t -> t.tolerationSeconds().stream()).min(Long::compare);
    long passed = Duration.between(bothThere(taint, pod), draft.now()).toSeconds();
    return seconds.isEmpty() || (seconds.get() > 0 && passed < seconds.get());
  }

  private static Instant bothThere(Taint taint, Pod pod) {
    Instant placed = pod.placedAt().orElse(pod.meta().createdAt());
    return taint.since().filter(placed::isBefore).orElse(placed);
  }
}
