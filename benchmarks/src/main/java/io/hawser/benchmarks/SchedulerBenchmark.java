package io.hawser.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Placements a second of processor time in one thread, in Kubernetes' scheduler_perf cases. Once of
 * the placement library alone (a pod comes, gets its node, its room is taken), and once of all that
 * the scheduler does but the journal: the request is checked and decided, its events are folded
 * into the state. With a warm compiler: a scheduler runs for days.
 */
final class SchedulerBenchmark implements Benchmark {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
  private static final int ROUNDS = 3;

  /** Rounds of a case before it is measured: so many until the compiler has seen all of it. */
  private static final int WARM_UP = 6;

  private static final int[] GROWTH = {100, 1_000, 5_000, 20_000};

  @Override
  public String name() {
    return "scheduler";
  }

  @Override
  public String description() {
    return "placements a second on simulated nodes, Kubernetes' scheduler_perf cases, growth,"
        + " one large namespace, one large deployment [rounds [case, growth, namespace or owner]]";
  }

  @Override
  public List<Metric> run(List<String> arguments) {
    int rounds = arguments.isEmpty() ? ROUNDS : Integer.parseInt(arguments.get(0));
    String only = arguments.size() > 1 ? arguments.get(1) : "";
    List<Metric> metrics = new ArrayList<>();
    for (SchedulerCase one : SchedulerCase.all()) {
      if (only.isEmpty() || one.name().equals(only)) {
        metrics.addAll(rounds(one.name(), one, rounds));
      }
    }
    if (only.isEmpty() || only.equals("growth")) {
      for (int nodes : GROWTH) {
        SchedulerCase one = SchedulerCase.basic(nodes, Math.min(10 * nodes, 20_000));
        metrics.addAll(rounds("basic, " + nodes + " nodes", one, rounds));
      }
      for (int pods : new int[] {10_000, 50_000, 150_000}) {
        SchedulerCase one = SchedulerCase.basic(5_000, pods);
        metrics.addAll(rounds("basic, 5000 nodes, " + pods + " pods", one, rounds));
      }
    }
    if (only.isEmpty() || only.equals("namespace")) {
      metrics.addAll(NamespaceGrowth.measure(rounds));
    }
    if (only.isEmpty() || only.equals("owner")) {
      metrics.addAll(OwnerGrowth.measure(rounds));
    }
    return metrics;
  }

  private static List<Metric> rounds(String name, SchedulerCase one, int rounds) {
    for (int i = 0; i < WARM_UP; i++) {
      measure(one, new PlacerTarget());
      measure(one, new SimulatedCluster());
    }
    List<Double> placed = new ArrayList<>();
    List<Double> decided = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      placed.add(measure(one, new PlacerTarget()));
      decided.add(measure(one, new SimulatedCluster()));
    }
    Metric library = Metric.own(name, "placements/s", placed);
    Metric core = Metric.own(name + ", whole core", "placements/s", decided);
    System.out.printf(
        Locale.ROOT,
        "%-34s placed %10.0f/s %8.2f µs   decided and folded %10.0f/s %8.2f µs%n",
        name,
        library.median(),
        1e6 / library.median(),
        core.median(),
        1e6 / core.median());
    if (one.kubernetes() == 0) {
      return List.of(library, core);
    }
    return List.of(
        library, Metric.peer(library, "k8s-threshold", List.of((double) one.kubernetes())), core);
  }

  private static double measure(SchedulerCase one, SchedulerTarget target) {
    target.addNodes(one.nodes(), one.zones());
    for (int i = 0; i < one.before(); i++) {
      target.createPod("before-" + i, Map.of(), SimulatedPods.plain());
    }
    one.step().create(target, SchedulerCase.PREPARE);
    long already = target.placed();
    long start = CPU.getCurrentThreadCpuTime();
    for (int n = 0; n < one.measured(); n++) {
      one.step().create(target, n);
    }
    double seconds = (CPU.getCurrentThreadCpuTime() - start) / 1e9;
    long placed = target.placed() - already;
    if (placed < one.measured()) {
      throw new IllegalStateException(
          "%s: %d of %d pods were placed: %s"
              .formatted(one.name(), placed, one.measured(), target.anyReason()));
    }
    return placed / seconds;
  }
}
