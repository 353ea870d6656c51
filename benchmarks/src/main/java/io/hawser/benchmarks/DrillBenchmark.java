package io.hawser.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Kills a node of a three-node cluster again and again, by turns one that runs only pods and the
 * one that hosts the scheduler, and reads the drills' reports.
 */
final class DrillBenchmark implements Benchmark {
  private static final int DEFAULT_ROUNDS = 3;

  @Override
  public String name() {
    return "drill";
  }

  @Override
  public String description() {
    return "a node's JVM killed: detected, replaced, ready again  [rounds of each kind]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? DEFAULT_ROUNDS : Integer.parseInt(arguments.get(0));
    Map<String, List<Double>> samples = new LinkedHashMap<>();
    try (LocalCluster cluster = LocalCluster.up(new ArrayList<>())) {
      cluster.hawser("apply", "-f", "examples/web.yaml");
      cluster.hawser("rollout", "status", "deployment/web");
      for (int round = 0; round < rounds; round++) {
        kill(cluster, "worker", samples);
        kill(cluster, "scheduler's node", samples);
      }
    }
    return samples.entrySet().stream().map(e -> Metric.own(e.getKey(), "s", e.getValue())).toList();
  }

  private static void kill(LocalCluster cluster, String kind, Map<String, List<Double>> samples)
      throws Exception {
    String scheduler = cluster.json("status", "-o", "json").at("/scheduler/node").asText();
    String victim = kind.equals("worker") ? (scheduler.equals("n3") ? "n2" : "n3") : scheduler;
    JsonNode report = cluster.json("drill", "node-kill", "--node", victim, "-o", "json");
    for (String step : List.of("detected", "replaced", "ready")) {
      samples
          .computeIfAbsent(kind + " killed: " + step, k -> new ArrayList<>())
          .add(report.path(step + "Millis").asDouble() / 1000);
    }
    samples
        .computeIfAbsent(kind + " killed: requests failed", k -> new ArrayList<>())
        .add(report.at("/requests/failed").asDouble());
    cluster.hawser("up");
    // The node that came back has no pods yet: spread them again before the next kill.
    cluster.hawser("rollout", "restart", "deployment/web");
    cluster.hawser("rollout", "status", "deployment/web");
  }
}
