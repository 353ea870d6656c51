package io.hawser.benchmarks;

import io.hawser.model.PodSpec;
import java.util.Map;

/** What the cases of {@link SchedulerCase} are played on. */
interface SchedulerTarget {
  void addNode(String name, Map<String, String> labels);

  void loseNode(String name);

  /** A pod is asked for, and placed if it can be; whatever it pushes out stops at once. */
  void createPod(String name, Map<String, String> labels, PodSpec spec);

  /** Pods placed so far. */
  long placed();

  /** Why some pod is not placed; empty when all are. */
  String anyReason();

  /** As scheduler_perf makes them, evenly over so many zones. */
  default void addNodes(int count, int zones) {
    for (int i = 0; i < count; i++) {
      addNode("node-" + i, Map.of(SimulatedCluster.ZONE, "zone-" + i % zones));
    }
  }
}
