package io.hawser.cluster.state;

import io.hawser.cluster.ClusterMessage;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@link ClusterSnapshot} as an earlier version stored it: each spec once. Still read, no longer
 * written.
 *
 * @param rest everything but the pods
 */
public record PackedSnapshot(ClusterSnapshot rest, List<PodSpec> specs, List<PackedPod> pods)
    implements ClusterMessage {

  /**
   * A {@link Pod} but for its spec.
   *
   * @param spec its place among the specs
   */
  public record PackedPod(
      ObjectMeta meta,
      int spec,
      Optional<Pod.Owner> owner,
      Optional<String> nodeName,
      Optional<Instant> placedAt,
      Optional<Pod.Deletion> deletion,
      Optional<String> unschedulable,
      PodStatus status,
      Optional<Pod.Move> move) {}

  ClusterSnapshot unpack() {
    List<Pod> all = new ArrayList<>(pods.size());
    for (PackedPod pod : pods) {
      all.add(
          new Pod(
              pod.meta(),
              specs.get(pod.spec()),
              pod.owner(),
              pod.nodeName(),
              pod.placedAt(),
              pod.deletion(),
              pod.unschedulable(),
              pod.status(),
              pod.move(),
              Optional.empty()));
    }
    return rest.withPods(all);
  }
}
