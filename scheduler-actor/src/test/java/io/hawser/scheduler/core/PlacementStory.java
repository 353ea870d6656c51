package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.LabelSelector;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodSpec;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.NodeAffinity;
import io.hawser.model.Scheduling.NodeOperator;
import io.hawser.model.Scheduling.NodePolicy;
import io.hawser.model.Scheduling.NodeRequirement;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.Scheduling.PodAffinity;
import io.hawser.model.Scheduling.PodTerm;
import io.hawser.model.Scheduling.PreemptionPolicy;
import io.hawser.model.Scheduling.PreferredPods;
import io.hawser.model.Scheduling.SpreadConstraint;
import io.hawser.model.Taint;
import io.hawser.scheduler.core.placement.PlacementMemory;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** What may happen to a cluster whose pods want all that placement knows, drawn from a seed. */
final class PlacementStory {
  static final String ZONE = "zone";
  static final String HOST = "kubernetes.io/hostname";
  private static final List<String> CLAIMS = List.of("c0", "c1", "c2", "c3");
  private static final List<String> NODES = List.of("n1", "n2", "n3", "n4", "n5", "n6");

  /** Looks at one decision. */
  interface Check {
    void decided(ClusterState before, SchedulerInput input, Decision decision);
  }

  private final Random random;
  private final Check check;
  private final PlacementMemory memory;
  private ClusterState state = ClusterState.EMPTY;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private int made;

  PlacementStory(long seed, PlacementMemory memory, Check check) {
    this.random = new Random(seed);
    this.memory = memory;
    this.check = check;
  }

  static void play(long seed, int steps, Check check) {
    PlacementMemory memory = new PlacementMemory(PlacementSettings.DEFAULT);
    PlacementStory story = new PlacementStory(seed, memory, check);
    story.decide(new SchedulerInput.SchedulerStarts(story.now, 1, "n1"));
    NODES.subList(0, 3).forEach(story::register);
    CLAIMS.forEach(claim -> story.request(ClaimSamples.createClaim(claim)));
    for (int i = 0; i < steps; i++) {
      story.step();
    }
  }

  private void step() {
    now = now.plus(Duration.ofSeconds(1));
    switch (random.nextInt(18)) {
      case 0, 1, 2, 3, 4, 5 -> createPod();
      case 6, 7 -> deletePod();
      case 8, 9, 10 -> stopped();
      case 11 -> anyPod().ifPresent(this::ends);
      case 12 -> register(anyNode());
      case 13 -> decide(new SchedulerInput.NodeGone(now, random.nextLong(), anyNode(), "story"));
      case 14 -> changeNode();
      case 15 -> request(ClaimSamples.createClaim(anyClaim()));
      case 16 -> request(ClaimSamples.deleteClaim(anyClaim()));
      default -> createDeployment();
    }
  }

  private String anyNode() {
    return NODES.get(random.nextInt(NODES.size()));
  }

  private Optional<Pod> anyPod() {
    List<Pod> pods = List.copyOf(state.pods().values());
    return pods.isEmpty() ? Optional.empty() : Optional.of(pods.get(random.nextInt(pods.size())));
  }

  private void createPod() {
    int kind = random.nextInt(3);
    Map<String, String> annotations =
        random.nextInt(6) == 0
            ? Map.of("hawser.io/gang", "g" + kind, "hawser.io/gang-size", "3")
            : Map.of();
    request(
        new ClientRequest.CreatePod(
            Samples.name("p" + made++), Map.of("app", "a" + kind), annotations, spec()));
  }

  private void createDeployment() {
    request(
        Samples.create(
            "d" + made++, Samples.spec(1 + random.nextInt(5), spec(), Samples.rolling(1, 1))));
  }

  private PodSpec spec() {
    boolean port = random.nextInt(5) == 0;
    List<PodContainer.Port> ports =
        port ? List.of(new PodContainer.Port("", 80, 8080, "TCP")) : List.of();
    long cpu = List.of(100L, 500L, 1_500L).get(random.nextInt(3));
    return Samples.podSpec("v1", cpu, Map.of(), List.of(), Optional.empty(), ports)
        .withScheduling(scheduling())
        .withVolumes(
            random.nextInt(3) > 0
                ? List.of()
                : ClaimSamples.volumes(anyClaim(), random.nextBoolean() ? CLAIMS.get(0) : "c1"));
  }

  private String anyClaim() {
    return CLAIMS.get(random.nextInt(CLAIMS.size()));
  }

  private Scheduling scheduling() {
    NodeTerm notA =
        new NodeTerm(
            List.of(new NodeRequirement(ZONE, NodeOperator.NOT_IN, List.of("a"))), List.of());
    return new Scheduling(
        new NodeAffinity(random.nextInt(5) == 0 ? List.of(notA) : List.of(), List.of()),
        affinity(6),
        affinity(4),
        random.nextInt(3) == 0 ? List.of(spread()) : List.of(),
        random.nextInt(4) == 0 ? Optional.of(random.nextInt(3)) : Optional.empty(),
        Optional.empty(),
        random.nextInt(5) == 0 ? PreemptionPolicy.NEVER : PreemptionPolicy.PREEMPT_LOWER_PRIORITY);
  }

  private PodAffinity affinity(int oneIn) {
    return new PodAffinity(
        random.nextInt(oneIn) == 0 ? List.of(term()) : List.of(),
        random.nextInt(oneIn) == 0 ? List.of(new PreferredPods(5, term())) : List.of());
  }

  private PodTerm term() {
    return new PodTerm(
        Optional.of(selector()),
        random.nextBoolean() ? ZONE : HOST,
        Set.of(),
        Optional.empty(),
        List.of(),
        List.of());
  }

  private LabelSelector selector() {
    return new LabelSelector(Map.of("app", "a" + random.nextInt(3)), List.of());
  }

  private SpreadConstraint spread() {
    return new SpreadConstraint(
        1 + random.nextInt(2),
        random.nextBoolean() ? ZONE : HOST,
        random.nextInt(3) > 0,
        Optional.of(selector()),
        Optional.empty(),
        random.nextBoolean() ? NodePolicy.HONOR : NodePolicy.IGNORE,
        random.nextBoolean() ? NodePolicy.HONOR : NodePolicy.IGNORE,
        List.of());
  }

  private void deletePod() {
    anyPod().ifPresent(pod -> request(Samples.deletePod(pod.name())));
  }

  /** Whatever is to stop has stopped. */
  private void stopped() {
    for (Pod pod : List.copyOf(state.pods().values())) {
      if (pod.isDeleting() && pod.nodeName().isPresent() && random.nextInt(3) > 0) {
        report(pod, new PodReport(pod.name(), pod.uid(), pod.status(), true));
      }
    }
  }

  private void ends(Pod pod) {
    if (pod.nodeName().isPresent()) {
      report(pod, Samples.report(pod, Samples.ended(PodPhase.SUCCEEDED)));
    }
  }

  private void report(Pod pod, PodReport report) {
    decide(
        new SchedulerInput.PodsReported(
            now, random.nextLong(), pod.nodeName().orElseThrow(), List.of(report)));
  }

  private void register(String node) {
    decide(new SchedulerInput.NodeRegisters(now, random.nextLong(), Samples.node(node), List.of()));
    label(node, false, List.of());
  }

  private void changeNode() {
    String node = anyNode();
    List<Taint> taints =
        random.nextInt(3) == 0
            ? List.of(new Taint("t", "", Taint.Effect.values()[random.nextInt(2)]))
            : List.of();
    label(node, random.nextInt(3) == 0, taints);
  }

  private void label(String name, boolean cordoned, List<Taint> taints) {
    Node node = state.nodes().get(name);
    if (node != null) {
      Map<String, String> labels =
          random.nextInt(5) == 0
              ? Map.of(HOST, name)
              : Map.of(HOST, name, ZONE, List.of("a", "b", "c").get(random.nextInt(3)));
      request(
          new ClientRequest.UpdateNode(name, labels, Map.of(), cordoned, taints, Optional.empty()));
    }
  }

  private void request(ClientRequest request) {
    decide(new SchedulerInput.Requested(now, random.nextLong(), request));
  }

  private void decide(SchedulerInput input) {
    boolean more = true;
    SchedulerInput next = input;
    while (more) {
      Decision decision = SchedulerCore.decide(state, next, memory);
      check.decided(state, next, decision);
      for (SchedulerEvent event : decision.events()) {
        state = state.evolve(event);
      }
      more = decision.unfinished();
      next = decision.continuation(now, random.nextLong());
    }
  }
}
