package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * Prints how fast decisions are, in seconds of cpu (so that a busy machine tells the same): pods
 * created and placed per second, and one pod's report in a full cluster. A rough figure for the
 * developer; the benchmarks module measures properly.
 */
public final class DecideSpeed {
  private static final int PODS_PER_NODE = 30;
  private static final int REPLICAS = 100;
  private static final int WARM_UPS = 8;
  private static final int REPORTS = 5_000;
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private DecideSpeed() {}

  public static void main(String[] args) {
    for (int nodes : new int[] {100, 1_000}) {
      for (int i = 0; i < WARM_UPS; i++) {
        measure(nodes, i == WARM_UPS - 1);
      }
    }
  }

  private static void measure(int nodes, boolean print) {
    ClusterState state = ClusterState.EMPTY;
    state = fold(state, new SchedulerInput.SchedulerStarts(NOW, 1, "n1"));
    for (int i = 0; i < nodes; i++) {
      SchedulerInput joins =
          new SchedulerInput.NodeRegisters(NOW, i, Samples.node("n" + i), List.of());
      state = fold(state, joins);
    }
    int deployments = nodes * PODS_PER_NODE / REPLICAS;
    long start = CPU.getCurrentThreadCpuTime();
    for (int i = 0; i < deployments; i++) {
      SchedulerInput create =
          new SchedulerInput.Requested(
              NOW, i, Samples.create("web" + i, Samples.spec(REPLICAS, "v1")));
      state = fold(state, create);
    }
    double seconds = (CPU.getCurrentThreadCpuTime() - start) / 1e9;
    long placed = state.pods().values().stream().filter(p -> p.nodeName().isPresent()).count();
    double micros = reportMicros(state);
    if (print) {
      System.out.printf(
          Locale.ROOT,
          "%d nodes: %d pods created and placed in %.2f s = %.0f pods/s (decided and folded);"
              + " one report among %d pods: %.0f µs%n",
          nodes,
          placed,
          seconds,
          placed / seconds,
          placed,
          micros);
    }
  }

  private static double reportMicros(ClusterState full) {
    List<Pod> pods = full.pods().values().stream().limit(REPORTS).toList();
    long start = CPU.getCurrentThreadCpuTime();
    ClusterState state = full;
    for (Pod pod : pods) {
      SchedulerInput report =
          new SchedulerInput.PodsReported(
              NOW,
              1,
              pod.nodeName().orElseThrow(),
              List.of(Samples.report(pod, Samples.running(NOW))));
      state = fold(state, report);
    }
    return (CPU.getCurrentThreadCpuTime() - start) / 1e3 / pods.size();
  }

  private static ClusterState fold(ClusterState from, SchedulerInput input) {
    Decision decision = SchedulerCore.decide(from, input);
    ClusterState state = from;
    for (SchedulerEvent event : decision.events()) {
      state = state.evolve(event);
    }
    return state;
  }
}
