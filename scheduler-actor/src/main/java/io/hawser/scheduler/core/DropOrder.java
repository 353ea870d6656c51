package io.hawser.scheduler.core;

import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which pods go first when there are too many: those without a node, those not ready, those to be
 * moved, then those on the node that has most of them, then the youngest.
 */
final class DropOrder {
  private DropOrder() {}

  static List<Pod> sorted(List<Pod> pods) {
    List<Pod> oldestFirst = new ArrayList<>(pods);
    oldestFirst.sort(
        Comparator.comparing((Pod p) -> !p.status().isReady())
            .thenComparing(p -> p.meta().createdAt())
            .thenComparing(Pod::name));
    // The n-th pod on its node: dropping the highest first takes evenly from all nodes.
    Map<String, Integer> onNode = new HashMap<>();
    Map<ObjectName, Integer> rank = new HashMap<>();
    for (Pod pod : oldestFirst) {
      pod.nodeName().ifPresent(node -> rank.put(pod.name(), onNode.merge(node, 1, Integer::sum)));
    }
    List<Pod> order = new ArrayList<>(oldestFirst);
    order.sort(
        Comparator.comparing((Pod p) -> p.nodeName().isPresent())
            .thenComparing(p -> p.status().isReady())
            .thenComparing(p -> p.move().isEmpty())
            .thenComparing(p -> -rank.getOrDefault(p.name(), 0))
            .thenComparing(p -> p.meta().createdAt(), Comparator.reverseOrder())
            .thenComparing(Pod::name));
    return order;
  }
}
