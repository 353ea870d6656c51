package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.Node;
import io.hawser.model.NodeLossPolicy;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.model.PodTemplate;
import io.hawser.model.Taint;
import io.hawser.model.Toleration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NodeLossPolicyTest {
  private static final int REPLICAS = 4;
  private static final int STEPS = 40;
  private static final Duration WAIT = Duration.ofSeconds(100);
  private final World world = World.withNodes(3);

  @Test
  void aToleratedLossIsWaitedForAndThenReplaced() {
    Pod lost = loseOne(Optional.of(WAIT), "");
    assertThat(world.state.pod(lost.name()))
        .hasValueSatisfying(p -> assertThat(ready(p)).isFalse());
    world.pass(WAIT.minusSeconds(1));
    assertThat(world.state.pod(lost.name())).isPresent();
    assertThat(world.livePods("web")).hasSize(REPLICAS);

    world.pass(Duration.ofSeconds(1));
    assertThat(world.state.pod(lost.name())).isEmpty();
    assertThat(world.livePods("web")).hasSize(REPLICAS).noneMatch(p -> isOn(p, lost));
  }

  @Test
  void aNodeBackInTimeGoesOnWithItsPods() {
    Pod lost = loseOne(Optional.of(WAIT), "");
    world.pass(WAIT.minusSeconds(1));
    comeBack(lost, true);
    world.settle();
    assertThat(world.state.pod(lost.name()).map(Pod::uid)).hasValue(lost.uid());
    assertThat(world.livePods("web")).hasSize(REPLICAS);
  }

  @Test
  void aLossThatIsToleratedForEverIsNeverReplaced() {
    Pod lost = loseOne(Optional.empty(), "");
    world.pass(Duration.ofDays(30));
    assertThat(world.state.pod(lost.name())).isPresent();
  }

  @Test
  void aPatienceBeyondTheEndOfTimeIsForEver() {
    Pod lost = loseOne(Optional.of(Duration.ofSeconds(Long.MAX_VALUE)), "");
    world.pass(Duration.ofDays(30));
    assertThat(world.state.pod(lost.name())).isPresent();
  }

  @Test
  void theOlderOneStaysWhenItIsReady() {
    Pod lost = loseOne(Optional.of(Duration.ZERO), "older");
    assertThat(world.pod(lost.name().name()).isWrittenOff()).isTrue();
    assertThat(world.livePods("web").stream().filter(p -> !p.isWrittenOff())).hasSize(REPLICAS);
    world.settle();

    comeBack(lost, true);
    assertThat(world.livePods("web")).hasSize(REPLICAS).anyMatch(p -> p.uid().equals(lost.uid()));
  }

  @Test
  void theOlderOneGoesWhenItDoesNotRunAnyMore() {
    Pod lost = loseOne(Optional.of(Duration.ZERO), "older");
    world.settle();
    comeBack(lost, false);
    assertThat(world.state.pod(lost.name())).hasValueSatisfying(p -> assertThat(p.isDeleting()));
    world.settle();
    assertThat(world.state.pod(lost.name())).isEmpty();
    assertThat(world.livePods("web")).hasSize(REPLICAS);
  }

  @Test
  void theHealthierOneStays() {
    Pod lost = loseOne(Optional.of(Duration.ZERO), "healthier");
    // Its replacement has not become ready yet.
    comeBack(lost, true);
    assertThat(world.livePods("web")).hasSize(REPLICAS).anyMatch(p -> p.uid().equals(lost.uid()));

    World other = World.withNodes(3);
    Pod away = loseOne(other, Optional.of(Duration.ZERO), "healthier");
    other.settle();
    comeBack(other, away, true);
    assertThat(other.livePods("web")).hasSize(REPLICAS).noneMatch(p -> p.uid().equals(away.uid()));
  }

  @Test
  void oneThatIsWrittenOffIsForgottenInTheEnd() {
    Pod lost = loseOne(Optional.of(Duration.ZERO), "older");
    world.pass(Limits.WRITTEN_OFF_KEPT);
    assertThat(world.state.pod(lost.name())).isEmpty();
  }

  @Test
  void aSchedulerThatTakesOverGivesTheNodeTheWholeTimeToStopWhatMustNotRunTwice() {
    world.ask(WorkloadSamples.create(WorkloadSamples.stateful("db", "v1", 1, false, 0)));
    world.settle();
    Pod member = world.pod("db-0");
    world.nodeGone(member.nodeName().orElseThrow());
    world.pass(Limits.FENCE_BOUND.minusSeconds(5));
    // Its clock is ahead by ten seconds.
    world.now = world.now.plusSeconds(10);
    world.decide(new SchedulerInput.SchedulerStarts(world.now, 5, "n9"));
    world.pass(Duration.ofSeconds(1));
    assertThat(world.pod("db-0").uid()).isEqualTo(member.uid());

    world.pass(Limits.FENCE_BOUND);
    assertThat(world.pod("db-0").uid()).isNotEqualTo(member.uid());
  }

  @Property(tries = 100)
  @Label(
      "no pod is given up before its wait is over, and in the end there are as many as asked for")
  void theWaitIsKeptAndNothingIsLostOrDoubled(@ForAll long seed) {
    Random random = new Random(seed);
    World story = World.withNodes(3);
    List<Optional<Duration>> waits =
        List.of(Optional.of(Duration.ZERO), Optional.of(WAIT), Optional.empty());
    Optional<Duration> wait = waits.get(random.nextInt(3));
    String keep = List.of("newer", "older", "healthier", "").get(random.nextInt(4));
    story.ask(Samples.create("web", spec(wait, keep)));
    for (int i = 0; i < STEPS; i++) {
      String node = "n" + (1 + random.nextInt(3));
      boolean ready = story.state.nodes().get(node).isReady();
      switch (random.nextInt(4)) {
        case 0 -> story.nodeGone(node);
        case 1 -> story.pass(Duration.ofSeconds(random.nextInt(60)));
        case 2 -> story.nodesObey();
        default -> {
          if (!ready) {
            returns(story, node, random);
          }
        }
      }
      assertThat(story.state.pods().values())
          .filteredOn(p -> p.isWrittenOff() && !p.isDeleting())
          .allMatch(p -> !story.state.nodes().get(p.nodeName().orElseThrow()).isReady());
    }
    for (Node node : List.copyOf(story.state.nodes().values())) {
      if (!node.isReady()) {
        returns(story, node.name(), random);
      }
    }
    story.settle();
    assertThat(story.livePods("web")).hasSize(REPLICAS).noneMatch(Pod::isWrittenOff);
    assertThat(story.readyPods("web")).isEqualTo(REPLICAS);
    assertWaitsWereKept(story, wait);
  }

  private static void assertWaitsWereKept(World story, Optional<Duration> wait) {
    ClusterState state = ClusterState.EMPTY;
    for (SchedulerEvent event : story.journal) {
      if (event instanceof SchedulerEvent.PodRemoved removed) {
        Pod pod = state.pods().get(removed.name());
        Optional<Node> node = pod.nodeName().map(state.nodes()::get);
        if (node.filter(n -> !n.isReady()).isPresent() && !pod.isDeleting()) {
          assertThat(wait).isPresent();
          assertThat(removed.at()).isAfterOrEqualTo(node.get().since().plus(wait.get()));
        }
      }
      state = state.evolve(event);
    }
  }

  /** With all, some or none of what it ran. */
  private static void returns(World story, String node, Random random) {
    List<PodReport> reports = new ArrayList<>();
    for (Pod pod : story.state.podsOn(node)) {
      if (random.nextBoolean()) {
        reports.add(Samples.report(pod, Samples.running(story.now)));
      }
    }
    story.decide(
        new SchedulerInput.NodeRegisters(
            story.now, random.nextLong(), Samples.node(node), reports));
  }

  private Pod loseOne(Optional<Duration> wait, String keep) {
    return loseOne(world, wait, keep);
  }

  private static Pod loseOne(World world, Optional<Duration> wait, String keep) {
    world.ask(Samples.create("web", spec(wait, keep)));
    world.settle();
    Pod pod = world.state.podsOn("n2").iterator().next();
    world.pass(Duration.ofSeconds(1));
    world.nodeGone("n2");
    return pod;
  }

  private void comeBack(Pod pod, boolean ready) {
    comeBack(world, pod, ready);
  }

  private static void comeBack(World world, Pod pod, boolean ready) {
    var status =
        ready
            ? Samples.running(pod.meta().createdAt())
            : Samples.ended(io.hawser.model.PodPhase.RUNNING);
    world.decide(
        new SchedulerInput.NodeRegisters(
            world.now, 7, Samples.node("n2"), List.of(Samples.report(pod, status))));
  }

  private static DeploymentSpec spec(Optional<Duration> wait, String keep) {
    List<Toleration> tolerations =
        wait.equals(Optional.of(Duration.ZERO))
            ? List.of()
            : List.of(
                new Toleration(
                    NodeLossPolicy.UNREACHABLE,
                    true,
                    "",
                    Optional.of(Taint.Effect.NO_EXECUTE),
                    wait.map(Duration::toSeconds)));
    Map<String, String> annotations =
        keep.isEmpty() ? Map.of() : Map.of(NodeLossPolicy.ON_NODE_RETURN, keep);
    DeploymentSpec plain =
        Samples.spec(
            REPLICAS,
            Samples.podSpec("v1", 100, Map.of(), tolerations, Optional.empty(), List.of()),
            DeploymentSpec.Strategy.DEFAULT);
    return new DeploymentSpec(
        plain.replicas(),
        plain.selector(),
        new PodTemplate(Samples.LABELS, annotations, plain.template().spec()),
        plain.strategy(),
        0,
        plain.progressDeadlineSeconds(),
        plain.revisionHistoryLimit(),
        false);
  }

  private static boolean ready(Pod pod) {
    return pod.status().isReady();
  }

  private static boolean isOn(Pod pod, Pod other) {
    return pod.nodeName().equals(other.nodeName());
  }
}
