package io.hawser.benchmarks;

import io.hawser.model.PodSpec;
import io.hawser.model.Scheduling;
import java.util.List;
import java.util.Map;

/**
 * One case of Kubernetes' scheduler_perf: a cluster is prepared, then pods are created one by one,
 * each in a decision of its own.
 *
 * @param kubernetes lowest throughput that scheduler_perf accepts of Kubernetes in this case, pods
 *     a second; 0: none is known
 */
record SchedulerCase(
    String name, int nodes, int zones, int before, int measured, int kubernetes, Step step) {

  /** Creates the n-th measured pod. */
  interface Step {
    void create(SchedulerTarget cluster, int n);
  }

  private static final int NODES = 5_000;
  private static final int DAEMON_NODES = 15_000;

  static List<SchedulerCase> all() {
    return List.of(
        basic(NODES, 10_000),
        labelled("spread-required", 5_000, 5_000, 460, SimulatedPods.spread(true)),
        labelled("spread-preferred", 5_000, 5_000, 0, SimulatedPods.spread(false)),
        labelled("node-affinity", 5_000, 10_000, 220, SimulatedPods.inZones("zone-0", "zone-1")),
        labelled("pod-affinity", 5_000, 5_000, 35, SimulatedPods.nearInZone()),
        labelled("pod-anti-affinity", 1_000, 4_000, 60, SimulatedPods.awayOnNodes()),
        labelled("pod-affinity-preferred", 5_000, 5_000, 0, SimulatedPods.ratherNear()),
        labelled("pod-anti-affinity-preferred", 5_000, 5_000, 90, SimulatedPods.ratherAway()),
        preemption(),
        unschedulable(),
        churn(),
        daemons());
  }

  static SchedulerCase basic(int nodes, int pods) {
    PodSpec plain = SimulatedPods.plain();
    return new SchedulerCase(
        "basic",
        nodes,
        3,
        1_000,
        pods,
        680,
        (cluster, n) -> cluster.createPod("pod-" + n, Map.of(), plain));
  }

  private static SchedulerCase labelled(
      String name, int before, int measured, int kubernetes, Scheduling scheduling) {
    PodSpec spec = SimulatedPods.spec(100, 500L << 20, scheduling);
    return new SchedulerCase(
        name,
        NODES,
        3,
        before,
        measured,
        kubernetes,
        (cluster, n) -> cluster.createPod("pod-" + n, SimulatedPods.BLUE, spec));
  }

  /** Four small pods fill a node; each measured one needs three of them gone. */
  private static SchedulerCase preemption() {
    PodSpec small = SimulatedPods.spec(900, 500L << 20, SimulatedPods.priority(0));
    PodSpec large = SimulatedPods.spec(3_000, 500L << 20, SimulatedPods.priority(10));
    return new SchedulerCase(
        "preemption",
        NODES,
        3,
        0,
        4_000,
        0,
        (cluster, n) -> {
          if (n == PREPARE) {
            for (int i = 0; i < 4 * NODES; i++) {
              cluster.createPod("small-" + i, Map.of(), small);
            }
          } else {
            cluster.createPod("large-" + n, Map.of(), large);
          }
        });
  }

  /** What {@code n} is once, before anything is measured. */
  static final int PREPARE = -1;

  /** Every fifth pod fits nowhere. */
  private static SchedulerCase unschedulable() {
    PodSpec plain = SimulatedPods.plain();
    PodSpec huge = SimulatedPods.spec(9_000, 500L << 20, Scheduling.NONE);
    return new SchedulerCase(
        "unschedulable",
        NODES,
        3,
        0,
        10_000,
        0,
        (cluster, n) -> {
          if (n % 5 == 0) {
            cluster.createPod("huge-" + n, Map.of(), huge);
          }
          cluster.createPod("pod-" + n, Map.of(), plain);
        });
  }

  /** Every 500 pods a node joins and one goes, and a pod that fits nowhere is made. */
  private static SchedulerCase churn() {
    PodSpec plain = SimulatedPods.plain();
    PodSpec huge = SimulatedPods.spec(9_000, 500L << 20, SimulatedPods.priority(10));
    return new SchedulerCase(
        "mixed-churn",
        NODES,
        3,
        0,
        10_000,
        0,
        (cluster, n) -> {
          if (n >= 0 && n % 500 == 0) {
            cluster.addNode("extra-" + n, Map.of(SimulatedCluster.ZONE, "zone-0"));
            if (n > 0) {
              cluster.loseNode("extra-" + (n - 500));
            }
            cluster.createPod("huge-" + n, Map.of(), huge);
          }
          cluster.createPod("pod-" + n, Map.of(), plain);
        });
  }

  private static SchedulerCase daemons() {
    return new SchedulerCase(
        "daemonset",
        DAEMON_NODES,
        3,
        0,
        2 * DAEMON_NODES,
        0,
        (cluster, n) -> {
          String node = "node-" + Math.floorMod(n, DAEMON_NODES);
          PodSpec spec = SimulatedPods.spec(100, 500L << 20, SimulatedPods.onNode(node));
          cluster.createPod("daemon-" + n, Map.of(), spec);
        });
  }
}
