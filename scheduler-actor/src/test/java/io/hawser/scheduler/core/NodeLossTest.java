package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeLossTest {
  private final World world = World.withNodes(3);

  @Test
  void aLostNodesPodsAreReplacedInTheSameDecision() {
    world.ask(Samples.create("web", Samples.spec(6, "v1")));
    world.settle();

    world.nodeGone("n2");

    assertThat(world.state.podsOn("n2")).isEmpty();
    assertThat(world.livePods("web"))
        .hasSize(6)
        .allMatch(p -> p.nodeName().isPresent())
        .noneMatch(p -> p.nodeName().get().equals("n2"));
  }

  @Test
  void theRemovalNamesTheNode() {
    world.ask(Samples.create("web", Samples.spec(3, "v1")));
    world.nodeGone("n2");

    assertThat(world.journal)
        .filteredOn(e -> e instanceof SchedulerEvent.PodRemoved)
        .singleElement()
        .satisfies(
            e ->
                assertThat(((SchedulerEvent.PodRemoved) e).reason())
                    .isEqualTo("node n2 lost: unreachable"));
  }

  @Test
  void aPodMadeByHandIsNotReplaced() {
    world.ask(Samples.createPod("alone", Samples.podSpec("v1", 100)));
    world.nodeGone(world.pod("alone").nodeName().orElseThrow());

    assertThat(world.state.pods()).isEmpty();
  }

  @Test
  void losingANodeTwiceChangesNothing() {
    world.nodeGone("n2");
    long revision = world.state.revision();
    world.nodeGone("n2");

    assertThat(world.state.revision()).isEqualTo(revision);
  }

  @Test
  void aReturningNodeIsToldToRunNothingOfWhatWasReplaced() {
    world.ask(Samples.create("web", Samples.spec(3, "v1")));
    world.settle();
    Pod lost = world.state.podsOn("n2").iterator().next();
    world.nodeGone("n2");

    world.decide(
        new SchedulerInput.NodeRegisters(
            world.now,
            99,
            Samples.node("n2"),
            List.of(Samples.report(lost, Samples.running(world.now)))));

    assertThat(world.state.nodes().get("n2").isReady()).isTrue();
    assertThat(Assignments.of(world.state, "n2"))
        .noneMatch(assigned -> assigned.uid().equals(lost.uid()));
  }

  @Test
  void aNodeBackWithinTheWindowKeepsItsPodsAndThoseItDidNotFindAreNotReady() {
    world.ask(Samples.create("web", Samples.spec(6, "v1")));
    world.settle();
    List<Pod> pods = List.copyOf(world.state.podsOn("n2"));
    Pod found = pods.get(0);

    world.decide(
        new SchedulerInput.NodeRegisters(
            world.now,
            99,
            Samples.node("n2", "run-2", 4_000, 110),
            List.of(Samples.report(found, found.status()))));

    assertThat(world.state.podsOn("n2")).hasSize(2);
    assertThat(world.state.pods().get(found.name()).status().isReady()).isTrue();
    assertThat(world.state.pods().get(pods.get(1).name()).status().isReady()).isFalse();
  }

  @Test
  void aPodThatVanishedWithoutBeingAskedToIsReplaced() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    world.settle();
    Pod pod = world.livePods("web").get(0);
    world.pass(Limits.FAILED_POD_REPLACE_DELAY);

    world.gone(pod);

    assertThat(world.state.pods().get(pod.name())).isNull();
    assertThat(world.livePods("web")).hasSize(1);
  }

  @Test
  void aReportOfAnUnknownOrForeignPodIsNotHeard() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    Pod pod = world.livePods("web").get(0);
    String other = pod.nodeName().get().equals("n1") ? "n2" : "n1";
    long revision = world.state.revision();

    world.report(other, Samples.report(pod, Samples.running(world.now)));
    world.report(
        pod.nodeName().get(),
        new PodReport(pod.name(), "another-uid", Samples.running(world.now), false));

    assertThat(world.state.revision()).isEqualTo(revision);
  }

  @Test
  void aPodOnlyMovesForward() {
    world.ask(Samples.createPod("job", Samples.podSpec("v1", 100)));
    Pod pod = world.pod("job");
    String node = pod.nodeName().orElseThrow();
    world.report(node, Samples.report(pod, Samples.ended(PodPhase.SUCCEEDED)));

    world.report(node, Samples.report(pod, Samples.running(world.now)));

    assertThat(world.pod("job").status().phase()).isEqualTo(PodPhase.SUCCEEDED);
  }
}
