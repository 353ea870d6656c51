package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.SchedulerProtocol.Explained;
import io.hawser.cluster.protocol.SchedulerProtocol.NodeVerdict;
import io.hawser.cluster.protocol.SchedulerProtocol.Planned;
import io.hawser.model.Refusal;
import io.hawser.scheduler.core.placement.Explanations;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlannerTest {
  @Test
  void aPlanWithoutANodeSaysWhereItsPodsGo() {
    World world = World.withNodes(3);
    world.ask(Samples.create("web", Samples.spec(3, "v1")));

    Planned planned =
        Planner.plan(
            world.state,
            new SchedulerInput.Tick(world.now, 9),
            PlacementSettings.DEFAULT,
            List.of(),
            List.of("n1"));

    assertThat(PlanPropertiesTest.inWords(planned))
        .containsExactly("placed Deployment web n2", "removed Deployment web n1");
    assertThat(world.state.podsOn("n1")).as("nothing was done").hasSize(1);
  }

  @Test
  void anUnknownNodeAndARefusedRequestAreSaid() {
    World world = World.withNodes(1);

    Planned planned =
        Planner.plan(
            world.state,
            new SchedulerInput.Tick(world.now, 9),
            PlacementSettings.DEFAULT,
            List.of(Samples.scale("nothing", 3)),
            List.of("n7"));

    assertThat(planned.refusals()).hasSize(2);
    assertThat(planned.refusals().get(0)).contains("n7");
    assertThat(planned.refusals().get(1)).contains("nothing");
  }

  @Test
  void aRehearsalIsAnsweredAsTheRequestWouldBe() {
    World world = World.withNodes(1);
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    SchedulerInput.Tick at = new SchedulerInput.Tick(world.now, 9);

    Answer again =
        Planner.rehearse(
            world.state,
            at,
            PlacementSettings.DEFAULT,
            Samples.create("web", Samples.spec(2, "v1")));
    Answer other =
        Planner.rehearse(
            world.state,
            at,
            PlacementSettings.DEFAULT,
            Samples.create("api", Samples.spec(2, "v1")));

    assertThat(((Answer.Refused) again).refusal().reason())
        .isEqualTo(Refusal.Reason.ALREADY_EXISTS);
    assertThat(other).isInstanceOf(Answer.Accepted.class);
    assertThat(world.state.deployments()).as("nothing was done").hasSize(1);
  }

  @Test
  void anExplanationHasALineForEveryNode() {
    World world = World.withNodes(3);
    world.ask(Samples.createPod("a", Samples.podSpec("v1", 3_000)));
    world.ask(Samples.createPod("b", Samples.podSpec("v1", 3_500)));
    String taken = world.pod("a").nodeName().orElseThrow();

    Explained explained =
        Explanations.of(world.state, PlacementSettings.DEFAULT, Samples.name("b"), world.now)
            .orElseThrow();

    assertThat(explained.nodes()).hasSize(3);
    assertThat(explained.node()).isEqualTo(world.pod("b").nodeName());
    assertThat(explained.nodes().get(0).node()).isEqualTo(explained.node().orElseThrow());
    NodeVerdict last = explained.nodes().get(2);
    assertThat(last.node()).isEqualTo(taken);
    assertThat(last.reasons()).containsExactly("had insufficient cpu");
    NodeVerdict best = explained.nodes().get(0);
    assertThat(best.parts().values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(best.score());
  }
}
