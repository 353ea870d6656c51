package io.hawser.benchmarks;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectName;
import io.hawser.model.PodTemplate;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Scheduling;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * HashiCorp's "two million containers" in the pure core: deployments on 6,100 simulated nodes,
 * decided and folded into the state in one thread, without a journal. Shows how time and memory
 * grow.
 */
final class MillionsBenchmark implements Benchmark {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
  private static final int NODES = 6_100;
  private static final int REPLICAS = 10_000;
  private static final int[] STEPS = {1_000, 10_000, 100_000, 500_000, 1_000_000, 2_000_000};

  @Override
  public String name() {
    return "millions";
  }

  @Override
  public String description() {
    return "containers placed on 6,100 simulated nodes in the pure core, time and memory"
        + " [largest number]";
  }

  @Override
  public List<Metric> run(List<String> arguments) {
    int most = arguments.isEmpty() ? 2_000_000 : Integer.parseInt(arguments.get(0));
    SimulatedCluster cluster = new SimulatedCluster();
    ResourceAmounts node = new ResourceAmounts(64_000, 256L << 30, 1L << 40, Map.of());
    for (int i = 0; i < NODES; i++) {
      cluster.addNode("node-" + i, Map.of(), node, 500);
    }
    List<Metric> metrics = new ArrayList<>();
    long empty = usedBytes();
    long start = CPU.getCurrentThreadCpuTime();
    int deployments = 0;
    for (int step : STEPS) {
      if (step <= most) {
        while (cluster.placed() < step) {
          long wanted = Math.min(REPLICAS, step - cluster.placed());
          cluster.request(deployment("web-" + deployments++, (int) wanted));
        }
        double seconds = (CPU.getCurrentThreadCpuTime() - start) / 1e9;
        double mebibytes = (usedBytes() - empty) / 1048576.0;
        System.out.printf(
            Locale.ROOT,
            "%,10d containers %9.1f s %8.1f µs each %8.0f MiB %6.0f bytes each%n",
            step,
            seconds,
            seconds * 1e6 / step,
            mebibytes,
            mebibytes * 1048576 / step);
        metrics.add(Metric.own(step + " containers", "s", List.of(seconds)));
        metrics.add(Metric.own(step + " containers", "MiB", List.of(mebibytes)));
      }
    }
    return metrics;
  }

  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  static ClientRequest deployment(String name, int replicas) {
    Map<String, String> labels = Map.of("app", name);
    DeploymentSpec spec =
        new DeploymentSpec(
            replicas,
            new LabelSelector(labels, List.of()),
            new PodTemplate(labels, Map.of(), SimulatedPods.spec(100, 64L << 20, Scheduling.NONE)),
            DeploymentSpec.Strategy.DEFAULT,
            0,
            DeploymentSpec.DEFAULT_PROGRESS_DEADLINE_SECONDS,
            DeploymentSpec.DEFAULT_REVISION_HISTORY_LIMIT,
            false);
    return new ClientRequest.CreateDeployment(
        new ObjectName("default", name), labels, Map.of(), spec);
  }

  /** A template that differs by one label. */
  static PodTemplate relabelled(PodTemplate template, String label, String value) {
    Map<String, String> labels = new HashMap<>(template.labels());
    labels.put(label, value);
    return new PodTemplate(labels, template.annotations(), template.spec());
  }
}
