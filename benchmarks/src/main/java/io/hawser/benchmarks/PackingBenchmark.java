package io.hawser.benchmarks;

import io.hawser.benchmarks.SharedGpus.Expected;
import io.hawser.benchmarks.SharedGpus.Want;
import io.hawser.model.Node;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PlacementHints;
import io.hawser.model.PlacementHints.Policy;
import io.hawser.model.Pod;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Scheduling;
import io.hawser.scheduler.core.placement.PlacementRound.Fits;
import io.hawser.scheduler.core.placement.PlacementSettings;
import io.hawser.scheduler.core.placement.Placer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * How full a cluster gets: Alibaba's {@code cluster-trace-gpu-v2023}, replayed as in "Beware of
 * Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent" (USENIX ATC
 * 2023, figure 9 a): the trace's pods arrive in random order and none ever leaves; then come more,
 * drawn from the trace at random, until they ask for 130 % of all GPUs. The figure is the share of
 * GPUs in use at the end. Hawser has no part in the peers' figures: they are those that the paper's
 * authors publish for the same pods and nodes, seed by seed, of their own simulator.
 */
final class PackingBenchmark implements Benchmark {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final double OFFERED = 1.3;
  private static final int FIRST_SEED = 42;
  private static final int SEEDS = 10;
  private static final String UNIT = "% of GPUs in use";

  /**
   * The authors' ten seeds, 42 to 51: experiments/analysis/expected_results/analysis_allo_discrete
   * of hkust-adsl/kubernetes-scheduler-simulator, workload openb_pod_list_default, column 130.
   */
  private static final Map<String, List<Double>> PUBLISHED =
      new TreeMap<>(
          Map.of(
              "random",
              List.of(87.26, 88.03, 87.83, 87.36, 87.48, 87.41, 87.81, 87.07, 87.31, 87.14),
              "dot-product",
              List.of(90.54, 90.84, 91.03, 90.89, 90.74, 90.75, 91.28, 90.93, 90.76, 90.73),
              "gpu-clustering",
              List.of(91.53, 91.97, 91.88, 92.96, 90.81, 91.42, 92.60, 92.34, 91.56, 91.71),
              "gpu-packing",
              List.of(91.57, 92.06, 92.10, 92.79, 91.30, 91.29, 92.78, 92.06, 91.69, 92.38),
              "best-fit",
              List.of(93.13, 93.25, 93.09, 93.14, 93.19, 93.04, 92.95, 93.21, 92.87, 92.89),
              "fgd",
              List.of(95.29, 95.32, 95.44, 95.48, 95.49, 95.27, 95.37, 95.47, 95.35, 95.43)));

  /** The extension alone decides. */
  private static final Map<String, String> ONLY_EXTENSION =
      Map.of(PlacementHints.WEIGHTS, "free=0,balance=0,image=0");

  private record Task(long cpuMillis, long memoryMib, Want gpus) {
    /** Thousandths of GPUs. */
    long wants() {
      return (long) gpus.devices() * gpus.milli();
    }
  }

  @Override
  public String name() {
    return "packing";
  }

  @Override
  public String description() {
    return "how full a GPU cluster gets; DIRECTORY with the CSV files of Alibaba's"
        + " cluster-trace-gpu-v2023";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws IOException {
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException(
          "say where openb_node_list_gpu_node.csv and openb_pod_list_default.csv are; they come"
              + " from github.com/alibaba/clusterdata, cluster-trace-gpu-v2023/csv");
    }
    Path directory = Path.of(arguments.get(0));
    List<String[]> nodes = rows(directory.resolve("openb_node_list_gpu_node.csv"));
    List<Task> tasks = new ArrayList<>();
    for (String[] row : rows(directory.resolve("openb_pod_list_default.csv"))) {
      int devices = Integer.parseInt(row[3]);
      int milli = devices == 0 ? 0 : Integer.parseInt(row[4]);
      long cpu = Long.parseLong(row[1]);
      tasks.add(new Task(cpu, Long.parseLong(row[2]), new Want(devices, milli, cpu)));
    }
    List<Metric> metrics = new ArrayList<>();
    for (Policy policy : Policy.values()) {
      metrics.add(replay(nodes, tasks, policy, false));
    }
    Metric best = replay(nodes, tasks, Policy.BINPACK, true);
    metrics.add(best);
    PUBLISHED.forEach((peer, value) -> metrics.add(Metric.peer(best, peer, value)));
    return metrics;
  }

  private static Metric replay(
      List<String[]> nodes, List<Task> tasks, Policy policy, boolean fragmentation) {
    List<Double> shares = new ArrayList<>();
    for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      shares.add(replay(nodes, tasks, policy, fragmentation, new Random(seed)));
    }
    String name = policy.name().toLowerCase(java.util.Locale.ROOT);
    return Metric.own(name + (fragmentation ? " with an extension" : ""), UNIT, shares);
  }

  private static double replay(
      List<String[]> nodes, List<Task> tasks, Policy policy, boolean fragmentation, Random random) {
    SharedGpus gpus = new SharedGpus(expected(tasks));
    Placer placer =
        new Placer(
            new PlacementSettings(
                policy,
                List.of(gpus.filter()),
                fragmentation ? List.of(gpus.leastFragmentation()) : List.of()));
    long all = 0;
    for (String[] row : nodes) {
      int devices = Integer.parseInt(row[3]);
      gpus.node(row[0], devices);
      placer.put(node(row[0], Long.parseLong(row[1]), Long.parseLong(row[2]) << 20));
      all += (long) devices * SharedGpus.WHOLE;
    }
    Map<String, String> hints = fragmentation ? ONLY_EXTENSION : Map.of();
    long used = 0;
    int n = 0;
    for (Task task : arrivals(tasks, (long) (OFFERED * all), random)) {
      if (placer.place(pod("task-" + n++, task, hints)) instanceof Fits fits) {
        gpus.take(fits.node(), task.gpus());
        used += task.wants();
      }
    }
    return 100.0 * used / all;
  }

  /**
   * The whole trace, then more of it, as long as all together ask for no more than that.
   *
   * @param most thousandths of GPUs
   */
  private static List<Task> arrivals(List<Task> trace, long most, Random random) {
    List<Task> arrivals = new ArrayList<>(trace);
    Collections.shuffle(arrivals, random);
    long offered = trace.stream().mapToLong(Task::wants).sum();
    while (true) {
      Task more = trace.get(random.nextInt(trace.size()));
      offered += more.wants();
      if (offered > most) {
        return arrivals;
      }
      arrivals.add(more);
    }
  }

  /** What the trace asks for, by number and share of GPUs; the cpu is the mean of the kind. */
  private static List<Expected> expected(List<Task> tasks) {
    Map<List<Integer>, long[]> kinds = new HashMap<>();
    for (Task task : tasks) {
      long[] sum =
          kinds.computeIfAbsent(
              List.of(task.gpus().devices(), task.gpus().milli()), k -> new long[2]);
      sum[0]++;
      sum[1] += task.cpuMillis();
    }
    List<Expected> expected = new ArrayList<>();
    kinds.forEach(
        (kind, sum) -> {
          double share = (double) sum[0] / tasks.size();
          if (share > 0.005) {
            expected.add(new Expected(new Want(kind.get(0), kind.get(1), sum[1] / sum[0]), share));
          }
        });
    return expected;
  }

  private static Node node(String name, long cpuMillis, long memoryBytes) {
    ResourceAmounts capacity = new ResourceAmounts(cpuMillis, memoryBytes, 0, Map.of());
    return new Node(
        new ObjectMeta("", name, name, 1, 0, NOON, Map.of(), Map.of()),
        SimulatedCluster.info(name, capacity, 1_000),
        false,
        List.of(),
        Node.State.READY,
        "NodeReady",
        NOON);
  }

  private static Pod pod(String name, Task task, Map<String, String> hints) {
    ResourceAmounts requests =
        new ResourceAmounts(task.cpuMillis(), task.memoryMib() << 20, 0, Map.of());
    Map<String, String> labels =
        Map.of(
            SharedGpus.COUNT, "" + task.gpus().devices(),
            SharedGpus.MILLI, "" + task.gpus().milli());
    return Pod.created(
        new ObjectMeta("default", name, name, 1, 0, NOON, labels, hints),
        SimulatedPods.spec(requests, Scheduling.NONE),
        Optional.empty());
  }

  private static List<String[]> rows(Path file) throws IOException {
    return Files.readAllLines(file).stream().skip(1).map(line -> line.split(",", -1)).toList();
  }
}
