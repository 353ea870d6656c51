package io.hawser.benchmarks;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.LabelSelector;
import io.hawser.model.LabelSelector.Operator;
import io.hawser.model.LabelSelector.Requirement;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.PodReport;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import io.hawser.model.Scheduling;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a decision costs in a namespace of ever more pods, all of them under one quota, those of its
 * deployments under one disruption budget: a pod is admitted, a pod is drained (evicted, its
 * replacement becomes ready, it stops). Deployments of {@value #REPLICAS} pods; processor time of
 * one thread.
 */
final class NamespaceGrowth {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
  private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");
  private static final ResourceAmounts NODE =
      new ResourceAmounts(64_000, 256L << 30, 1L << 40, Map.of());
  private static final int PODS_PER_NODE = 500;
  private static final int SPARE_NODES = 5;
  private static final int REPLICAS = 50;

  private static final int[] PODS = {1_000, 10_000, 100_000};

  /** Decisions measured in a round, and before the first one for the compiler. */
  private static final int MEASURED = 100;

  private static final int WARM_UP = 1_000;

  private final int pods;
  private final SimulatedCluster cluster = new SimulatedCluster();
  private int made;
  private int drained;

  private NamespaceGrowth(int pods) {
    this.pods = pods;
    for (int i = 0; i < pods / PODS_PER_NODE + SPARE_NODES; i++) {
      cluster.addNode("node-" + i, Map.of(), NODE, 2 * PODS_PER_NODE);
    }
    for (int i = 0; i < pods / REPLICAS; i++) {
      cluster.request(MillionsBenchmark.deployment(deployment(i), REPLICAS));
    }
    for (String node : cluster.state().nodes().keySet()) {
      cluster.report(
          node, cluster.state().podsOn(node).stream().map(NamespaceGrowth::runs).toList());
    }
    cluster.request(new ClientRequest.CreateObject(quota()));
    cluster.request(new ClientRequest.CreateObject(budget()));
    if (cluster.state().objects().count() != 2) {
      throw new IllegalStateException("no quota or no budget");
    }
  }

  /**
   * @return microseconds a pod
   */
  static List<Metric> measure(int rounds) {
    NamespaceGrowth small = new NamespaceGrowth(PODS[0]);
    small.micros(WARM_UP, small::admit);
    small.micros(WARM_UP, small::drain);
    List<Metric> metrics = new ArrayList<>();
    for (int pods : PODS) {
      NamespaceGrowth namespace = new NamespaceGrowth(pods);
      List<Double> admitted = new ArrayList<>();
      List<Double> gone = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        admitted.add(namespace.micros(MEASURED, namespace::admit));
        gone.add(namespace.micros(MEASURED, namespace::drain));
      }
      Metric admission = Metric.own("admitted into " + pods + " pods", "µs", admitted);
      Metric drain = Metric.own("drained of " + pods + " pods", "µs", gone);
      metrics.add(admission);
      metrics.add(drain);
      System.out.printf(
          Locale.ROOT,
          "namespace of %,8d pods: %10.1f µs a pod admitted %10.1f µs a pod drained%n",
          pods,
          admission.median(),
          drain.median());
    }
    return metrics;
  }

  private double micros(int times, Runnable decisions) {
    long start = CPU.getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      decisions.run();
    }
    return (CPU.getCurrentThreadCpuTime() - start) / 1e3 / times;
  }

  /** One that the budget does not mean. */
  private void admit() {
    cluster.createPod(
        "single-" + made++, Map.of(), SimulatedPods.spec(100, 64L << 20, Scheduling.NONE));
    if (!cluster.state().unplaced().isEmpty()) {
      throw new IllegalStateException("not admitted and placed: " + cluster.anyReason());
    }
  }

  /** One pod of one deployment after the other; none is left behind on its way. */
  private void drain() {
    ObjectName owner = new ObjectName("default", deployment(drained++ % (pods / REPLICAS)));
    Pod pod = cluster.state().podsOf(owner).iterator().next();
    cluster.request(
        new ClientRequest.DeletePod(pod.name(), Optional.empty(), Optional.empty(), true));
    Pod replacement =
        cluster.state().podsOf(owner).stream()
            .filter(p -> !p.status().isReady())
            .findFirst()
            .orElseThrow();
    List<Pod> stopping =
        cluster.report(replacement.nodeName().orElseThrow(), List.of(runs(replacement)));
    if (stopping.size() != 1) {
      throw new IllegalStateException(pod.name() + " is not stopped, but " + stopping);
    }
    cluster.nodesStop(stopping);
  }

  private static PodReport runs(Pod pod) {
    return new PodReport(pod.name(), pod.uid(), RunningPods.status(pod, 0, LONG_AGO), false);
  }

  private static String deployment(int n) {
    return "web-" + n;
  }

  private static ResourceQuota quota() {
    Map<String, Long> hard =
        Map.of("pods", 1_000_000L, "requests.cpu", 1L << 40, "limits.memory", 1L << 60);
    return new ResourceQuota(meta("quota"), hard, ResourceQuota.Status.NONE);
  }

  private static PodDisruptionBudget budget() {
    return new PodDisruptionBudget(
        meta("budget"),
        new LabelSelector(Map.of(), List.of(new Requirement("app", Operator.EXISTS, List.of()))),
        Optional.of(Amount.percent(90)),
        Optional.empty(),
        PodDisruptionBudget.Status.NONE);
  }

  private static ObjectMeta meta(String name) {
    return new ObjectMeta("default", name, "", 0, 0, LONG_AGO, Map.of(), Map.of());
  }
}
