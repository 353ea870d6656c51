package io.hawser.benchmarks;

import io.hawser.model.LabelSelector;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.NodeAffinity;
import io.hawser.model.Scheduling.NodeOperator;
import io.hawser.model.Scheduling.NodePolicy;
import io.hawser.model.Scheduling.NodeRequirement;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.Scheduling.PodAffinity;
import io.hawser.model.Scheduling.PodTerm;
import io.hawser.model.Scheduling.PreferredPods;
import io.hawser.model.Scheduling.SpreadConstraint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The pods of Kubernetes' scheduler_perf. */
final class SimulatedPods {
  static final Map<String, String> BLUE = Map.of("color", "blue");
  private static final String HOST = "kubernetes.io/hostname";
  private static final Scheduling NONE = Scheduling.NONE;

  private SimulatedPods() {}

  /** 100 thousandths of a core, 500 MiB. */
  static PodSpec plain() {
    return spec(100, 500L << 20, NONE);
  }

  static PodSpec spec(long cpuMillis, long memoryBytes, Scheduling scheduling) {
    return spec(new ResourceAmounts(cpuMillis, memoryBytes, 0, Map.of()), scheduling);
  }

  static PodSpec spec(ResourceAmounts requests, Scheduling scheduling) {
    PodContainer container =
        new PodContainer(
            "pause",
            "registry.k8s.io/pause:3.10",
            PodContainer.ImagePullPolicy.IF_NOT_PRESENT,
            List.of(),
            List.of(),
            Optional.empty(),
            List.of(),
            List.of(new PodContainer.Port("", 80, 0, "TCP")),
            requests,
            requests,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            PodContainer.SecurityContext.DEFAULT,
            false,
            false);
    return new PodSpec(
            List.of(),
            List.of(container),
            List.of(),
            PodSpec.RestartPolicy.ALWAYS,
            30,
            Map.of(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            false,
            PodContainer.SecurityContext.DEFAULT)
        .withScheduling(scheduling);
  }

  static Scheduling spread(boolean hard) {
    return new Scheduling(
        NONE.nodeAffinity(),
        NONE.podAffinity(),
        NONE.podAntiAffinity(),
        List.of(
            new SpreadConstraint(
                5,
                SimulatedCluster.ZONE,
                hard,
                Optional.of(new LabelSelector(BLUE, List.of())),
                Optional.empty(),
                NodePolicy.HONOR,
                NodePolicy.IGNORE,
                List.of())),
        Optional.empty(),
        Optional.empty(),
        NONE.preemptionPolicy());
  }

  static Scheduling inZones(String... zones) {
    return nodes(
        new NodeTerm(
            List.of(new NodeRequirement(SimulatedCluster.ZONE, NodeOperator.IN, List.of(zones))),
            List.of()));
  }

  static Scheduling onNode(String name) {
    return nodes(
        new NodeTerm(
            List.of(),
            List.of(new NodeRequirement(Scheduling.NODE_NAME, NodeOperator.IN, List.of(name)))));
  }

  private static Scheduling nodes(NodeTerm term) {
    return new Scheduling(
        new NodeAffinity(List.of(term), List.of()),
        NONE.podAffinity(),
        NONE.podAntiAffinity(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        NONE.preemptionPolicy());
  }

  static Scheduling nearInZone() {
    return pods(new PodAffinity(List.of(term(SimulatedCluster.ZONE)), List.of()), PodAffinity.NONE);
  }

  static Scheduling awayOnNodes() {
    return pods(PodAffinity.NONE, new PodAffinity(List.of(term(HOST)), List.of()));
  }

  static Scheduling ratherNear() {
    return pods(wish(), PodAffinity.NONE);
  }

  static Scheduling ratherAway() {
    return pods(PodAffinity.NONE, wish());
  }

  private static PodAffinity wish() {
    return new PodAffinity(List.of(), List.of(new PreferredPods(1, term(HOST))));
  }

  private static PodTerm term(String key) {
    return new PodTerm(
        Optional.of(new LabelSelector(BLUE, List.of())),
        key,
        Set.of("default"),
        Optional.empty(),
        List.of(),
        List.of());
  }

  private static Scheduling pods(PodAffinity near, PodAffinity away) {
    return new Scheduling(
        NONE.nodeAffinity(),
        near,
        away,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        NONE.preemptionPolicy());
  }

  static Scheduling priority(int priority) {
    return new Scheduling(
        NONE.nodeAffinity(),
        NONE.podAffinity(),
        NONE.podAntiAffinity(),
        List.of(),
        Optional.of(priority),
        Optional.empty(),
        NONE.preemptionPolicy());
  }
}
