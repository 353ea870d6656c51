package io.hawser.benchmarks;

import io.hawser.benchmarks.AgentMemory.Part;
import io.hawser.runtime.ContainerRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What one more running container takes of its agent, in a JVM with an agent's flags: none, so
 * many, none, so many, … A turn's cost is what the agent holds with the containers less the mean of
 * what it held before and after them, so that what grows steadily (compiled code) cancels out. The
 * first turn does not count.
 */
final class AgentMemoryBenchmark implements Benchmark {
  private static final int DEFAULT_CONTAINERS = 500;
  private static final int DEFAULT_TURNS = 5;

  /**
   * So many containers for one pod: a pod costs more time, it has a network and a sandbox of its
   * own.
   */
  private static final int PODS_SHARE = 2;

  /** A node's threads end when they were idle for ten seconds. */
  private static final long SETTLE_MILLIS = 12_000;

  private interface Opening {
    AgentLoad open(ContainerRuntime runtime, Path dir) throws Exception;
  }

  @Override
  public String name() {
    return "agent-memory";
  }

  @Override
  public String description() {
    return "what a running container takes of its agent's memory  [containers [turns]]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    AgentMemory.requireFlags();
    int containers = arguments.isEmpty() ? DEFAULT_CONTAINERS : Integer.parseInt(arguments.get(0));
    int turns = arguments.size() < 2 ? DEFAULT_TURNS : Integer.parseInt(arguments.get(1));
    List<Metric> metrics = new ArrayList<>();
    metrics.addAll(
        measure("container", (runtime, dir) -> new RuntimeLoad(runtime), containers, turns));
    metrics.addAll(
        measure(
            "pod",
            (runtime, dir) -> new NodeLoad(runtime, dir.resolve("node")),
            Math.max(1, containers / PODS_SHARE),
            turns));
    return metrics;
  }

  private static List<Metric> measure(String of, Opening opening, int count, int turns)
      throws Exception {
    return BenchRuntime.with(
        (runtime, dir) -> {
          try (AgentLoad load = opening.open(runtime, dir)) {
            return metrics(of, costs(load, count, turns));
          }
        });
  }

  /** Of each turn that counts: what one container took. */
  private static List<Map<Part, Double>> costs(AgentLoad load, int count, int turns)
      throws Exception {
    List<Map<Part, Double>> costs = new ArrayList<>();
    Map<Part, Double> before = settled();
    for (int turn = 0; turn <= turns; turn++) {
      load.start(count);
      Map<Part, Double> with = settled();
      load.end();
      Map<Part, Double> after = settled();
      if (turn > 0) {
        costs.add(cost(before, with, after, count));
      }
      before = after;
    }
    return costs;
  }

  private static Map<Part, Double> settled() throws Exception {
    Thread.sleep(SETTLE_MILLIS);
    return AgentMemory.read();
  }

  private static Map<Part, Double> cost(
      Map<Part, Double> before, Map<Part, Double> with, Map<Part, Double> after, int count) {
    Map<Part, Double> cost = new EnumMap<>(Part.class);
    for (Part part : Part.values()) {
      double without = (before.get(part) + after.get(part)) / 2;
      cost.put(part, (with.get(part) - without) / count);
    }
    return cost;
  }

  private static List<Metric> metrics(String of, List<Map<Part, Double>> costs) {
    List<Metric> metrics = new ArrayList<>();
    metrics.add(
        Metric.own(
            of + ": memory, goal under 100",
            "KiB",
            costs.stream().map(c -> c.get(Part.HEAP) + c.get(Part.BESIDE_HEAP)).toList()));
    for (Part part : Part.values()) {
      metrics.add(
          Metric.own(
              of + ": " + part.label(),
              part.unit(),
              costs.stream().map(c -> c.get(part)).toList()));
    }
    return metrics;
  }
}
