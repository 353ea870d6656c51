package io.hawser.scheduler.core.autoscale;

import io.hawser.cluster.protocol.NodeProtocol.ContainerUsage;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.model.HorizontalPodAutoscaler.Metric;
import io.hawser.model.HorizontalPodAutoscaler.Resource;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod's containers used, as its node last measured it.
 *
 * @param containers by the container's name
 */
public record PodUse(Instant at, Map<String, ContainerUsage> containers) {

  /** By pod. */
  public static Map<ObjectName, PodUse> of(Collection<NodeUsage> nodes) {
    Map<ObjectName, PodUse> pods = new HashMap<>();
    for (NodeUsage node : nodes) {
      node.containers()
          .forEach(
              (name, usage) -> {
                String[] parts = name.split("/", 3);
                pods.computeIfAbsent(
                        new ObjectName(parts[0], parts[1]),
                        p -> new PodUse(node.at(), new HashMap<>()))
                    .containers()
                    .put(parts[2], usage);
              });
    }
    return pods;
  }

  /** The containers that a metric is about. */
  static List<PodContainer> measured(Pod pod, Metric metric) {
    return pod.spec().containers().stream()
        .filter(c -> metric.container().map(c.name()::equals).orElse(true))
        .toList();
  }

  /** The sum over them; empty when one of them was not measured. */
  Optional<Long> amount(Pod pod, Metric metric) {
    long sum = 0;
    for (PodContainer container : measured(pod, metric)) {
      ContainerUsage usage = containers.get(container.name());
      if (usage == null) {
        return Optional.empty();
      }
      sum += metric.resource() == Resource.CPU ? usage.cpuMillis() : usage.memoryBytes();
    }
    return Optional.of(sum);
  }

  /** The longest time that a figure is the average of. */
  Duration window() {
    return Duration.ofMillis(
        containers.values().stream().mapToLong(ContainerUsage::windowMillis).max().orElse(0));
  }
}
