package io.hawser.node;

import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.runtime.ContainerSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What a pod as a whole may use, for pods whose runtime class needs something beside the
 * containers. As the kubelet computes it for a pod's cgroup: a resource is limited when every
 * container limits it.
 */
final class PodLimits {
  private PodLimits() {}

  /**
   * @return empty for a pod without overhead: its containers' own limits say all
   */
  static Optional<ContainerSpec.Limits> of(PodSpec spec) {
    return spec.overhead()
        .map(
            overhead ->
                new ContainerSpec.Limits(
                    spec.effectiveRequests().cpuMillis(),
                    sum(spec, overhead, ResourceAmounts::cpuMillis),
                    sum(spec, overhead, ResourceAmounts::memoryBytes),
                    0));
  }

  /** Init containers run before the others, one at a time: the largest counts. */
  private static long sum(
      PodSpec spec, ResourceAmounts overhead, ToLongFunction<ResourceAmounts> of) {
    List<Long> limits = limits(spec.containers(), of);
    List<Long> inits = limits(spec.initContainers(), of);
    if (limits.contains(0L) || inits.contains(0L)) {
      return 0;
    }
    long all = limits.stream().mapToLong(Long::longValue).sum();
    long largest = inits.stream().mapToLong(Long::longValue).max().orElse(0);
    return Math.max(all, largest) + of.applyAsLong(overhead);
  }

  private static List<Long> limits(
      List<PodContainer> containers, ToLongFunction<ResourceAmounts> of) {
    return containers.stream().map(c -> of.applyAsLong(c.limits())).toList();
  }
}
