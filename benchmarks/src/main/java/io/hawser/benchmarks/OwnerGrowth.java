package io.hawser.benchmarks;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.model.ResourceAmounts;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a decision costs for one deployment of ever more pods: a pod is drained (evicted, its
 * replacement becomes ready, it stops), and a step of a rolling update (a new pod becomes ready, an
 * old one stops for it, the next one is made). Processor time of one thread.
 */
final class OwnerGrowth {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
  private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");
  private static final ResourceAmounts NODE =
      new ResourceAmounts(128_000, 256L << 30, 1L << 40, Map.of());
  private static final int PODS_PER_NODE = 500;
  private static final int SPARE_NODES = 5;
  private static final String NAME = "web";

  private static final int[] PODS = {1_000, 10_000, 100_000};

  /** Pods measured in a round, and before the first one for the compiler. */
  private static final int MEASURED = 100;

  private static final int WARM_UP = 700;

  private final SimulatedCluster cluster = new SimulatedCluster();
  private final ArrayDeque<ObjectName> placed = new ArrayDeque<>();
  private final ArrayDeque<ObjectName> old = new ArrayDeque<>();

  private OwnerGrowth(int pods) {
    for (int i = 0; i < pods / PODS_PER_NODE + SPARE_NODES; i++) {
      cluster.addNode("node-" + i, Map.of(), NODE, 2 * PODS_PER_NODE);
    }
    cluster.request(MillionsBenchmark.deployment(NAME, pods));
    for (String node : cluster.state().nodes().keySet()) {
      cluster.report(node, cluster.state().podsOn(node).stream().map(OwnerGrowth::runs).toList());
    }
    cluster.state().pods().keySet().forEach(old::add);
    cluster.tellPlaced(placed::add);
  }

  /**
   * @return microseconds a pod
   */
  static List<Metric> measure(int rounds) {
    OwnerGrowth small = new OwnerGrowth(PODS[0]);
    small.micros(WARM_UP, small::drain);
    small.update();
    small.micros(WARM_UP, small::becomesReady);
    List<Metric> metrics = new ArrayList<>();
    for (int pods : PODS) {
      OwnerGrowth owner = new OwnerGrowth(pods);
      Metric drain = owner.metric("drained of one deployment's " + pods, rounds, owner::drain);
      owner.update();
      Metric step =
          owner.metric("updated of one deployment's " + pods, rounds, owner::becomesReady);
      metrics.add(drain);
      metrics.add(step);
      System.out.printf(
          Locale.ROOT,
          "deployment of %,8d pods: %10.1f µs a pod drained %10.1f µs a pod updated%n",
          pods,
          drain.median(),
          step.median());
    }
    return metrics;
  }

  private Metric metric(String name, int rounds, Runnable decisions) {
    List<Double> micros = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      micros.add(micros(MEASURED, decisions));
    }
    return Metric.own(name, "µs", micros);
  }

  private double micros(int times, Runnable decisions) {
    long start = CPU.getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      decisions.run();
    }
    return (CPU.getCurrentThreadCpuTime() - start) / 1e3 / times;
  }

  private void drain() {
    cluster.request(
        new ClientRequest.DeletePod(old.poll(), Optional.empty(), Optional.empty(), true));
    becomesReady();
  }

  /** Begins to replace all pods by those of another template. */
  private void update() {
    ClientRequest.CreateDeployment made =
        (ClientRequest.CreateDeployment)
            MillionsBenchmark.deployment(NAME, cluster.state().pods().size());
    placed.clear();
    Map<String, List<PodReport>> gone = new TreeMap<>();
    cluster
        .ask(
            new ClientRequest.UpdateDeployment(
                made.name(),
                made.labels(),
                Map.of(),
                made.spec()
                    .withTemplate(
                        MillionsBenchmark.relabelled(made.spec().template(), "version", "2")),
                Optional.empty(),
                Optional.empty()))
        .forEach(
            pod ->
                gone.computeIfAbsent(pod.nodeName().orElseThrow(), n -> new ArrayList<>())
                    .add(new PodReport(pod.name(), pod.uid(), pod.status(), true)));
    gone.forEach(cluster::report);
  }

  private void becomesReady() {
    Pod next = cluster.state().pods().get(placed.poll());
    List<Pod> stopping = cluster.report(next.nodeName().orElseThrow(), List.of(runs(next)));
    if (stopping.size() != 1) {
      throw new IllegalStateException("for " + next.name() + " not one stops, but " + stopping);
    }
    cluster.nodesStop(stopping);
  }

  private static PodReport runs(Pod pod) {
    return new PodReport(pod.name(), pod.uid(), RunningPods.status(pod, 0, LONG_AGO), false);
  }
}
