package io.hawser.cluster.state;

import io.hawser.cluster.ClusterMessage;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link ClusterSnapshot} as the scheduler stores it: each spec once. A deployment's pods share
 * theirs, and specs are most of what there is to write and to read.
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

  public static PackedSnapshot of(ClusterSnapshot snapshot) {
    // By identity: states share specs as far as they can, and comparing them all would take long.
    Map<PodSpec, Integer> places = new IdentityHashMap<>();
    List<PodSpec> specs = new ArrayList<>();
    List<PackedPod> pods = new ArrayList<>(snapshot.pods().size());
    for (Pod pod : snapshot.pods()) {
      Integer place = places.putIfAbsent(pod.spec(), specs.size());
      if (place == null) {
        place = specs.size();
        specs.add(pod.spec());
      }
      pods.add(
          new PackedPod(
              pod.meta(),
              place,
              pod.owner(),
              pod.nodeName(),
              pod.placedAt(),
              pod.deletion(),
              pod.unschedulable(),
              pod.status(),
              pod.move()));
    }
    return new PackedSnapshot(with(snapshot, List.of()), specs, pods);
  }

  public ClusterSnapshot unpack() {
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
              pod.move()));
    }
    return with(rest, all);
  }

  /**
   * A snapshot as it was stored, by this version or an earlier one.
   *
   * @throws IllegalArgumentException when it is something else
   */
  public static ClusterSnapshot read(Object stored) {
    if (stored instanceof PackedSnapshot packed) {
      return packed.unpack();
    } else if (stored instanceof ClusterSnapshot plain) {
      return plain;
    }
    throw new IllegalArgumentException("not a snapshot of the cluster: " + stored.getClass());
  }

  private static ClusterSnapshot with(ClusterSnapshot snapshot, List<Pod> pods) {
    return new ClusterSnapshot(
        snapshot.revision(),
        snapshot.epoch(),
        snapshot.namespaces(),
        snapshot.nodes(),
        snapshot.deployments(),
        pods,
        snapshot.events(),
        snapshot.objects(),
        snapshot.requests());
  }
}
