package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol.Planned;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.PlacementMemory;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Pods move to where they score better, a few at a time, and nobody notices. */
class RebalanceTest {
  private static final int TRIES = 40;

  private static ClientRequest rebalance(int moves) {
    return new ClientRequest.Rebalance(moves);
  }

  private static Map<String, Long> byNode(World world) {
    return world.livePods("web").stream()
        .collect(Collectors.groupingBy(p -> p.nodeName().orElseThrow(), Collectors.counting()));
  }

  @Test
  void aNodeThatCameBackGetsItsShare() {
    World world = World.withNodes(2);
    world.ask(Samples.create("web", Samples.spec(6, "v1")));
    world.settle();
    world.register("n3");
    world.ask(rebalance(10));
    assertThat(world.state.moving()).hasSize(2);
    assertThat(world.readyPods("web")).isEqualTo(6);
    world.settle();
    assertThat(byNode(world))
        .containsExactlyInAnyOrderEntriesOf(Map.of("n1", 2L, "n2", 2L, "n3", 2L));
    long revision = world.state.revision();
    world.ask(rebalance(10));
    assertThat(world.state.revision()).as("nothing is left to do").isEqualTo(revision);
  }

  @Test
  void noMorePodsMoveThanAsked() {
    World world = World.withNodes(2);
    world.ask(Samples.create("web", Samples.spec(8, "v1")));
    world.settle();
    world.register("n3");
    world.ask(rebalance(1));
    assertThat(world.state.moving()).hasSize(1);
  }

  @Test
  void aNumberOutOfBoundsIsRefused() {
    World world = World.withNodes(1);
    assertThat(world.refused(rebalance(0)).causes()).hasSize(1);
    assertThat(world.refused(rebalance(Limits.MAX_REBALANCE_MOVES + 1)).causes()).hasSize(1);
  }

  @Test
  void aCordonedNodeIsNotFilled() {
    World world = World.withNodes(2);
    world.ask(Samples.create("web", Samples.spec(4, "v1")));
    world.settle();
    world.register("n3");
    world.ask(
        new ClientRequest.UpdateNode("n3", Map.of(), Map.of(), true, List.of(), Optional.empty()));
    world.ask(rebalance(10));
    assertThat(world.state.moving()).isEmpty();
  }

  @Property(tries = TRIES)
  @Label("a rebalancing ends, takes no ready pod away, and never has more moves than asked")
  void aRebalancingEnds(@ForAll long seed) {
    World world = untidy(seed);
    long ready = world.readyPods("web") + world.readyPods("db");
    for (int i = 0; !isTidy(world); i++) {
      assertThat(i).as("rounds").isLessThan(50);
      int before = world.state.moving().size();
      world.ask(rebalance(3));
      assertThat(world.state.moving().size() - before).isLessThanOrEqualTo(3);
      for (int step = 0; step < 6; step++) {
        world.nodesObey();
        world.pass(Duration.ofSeconds(1));
        assertThat(world.readyPods("web") + world.readyPods("db")).isGreaterThanOrEqualTo(ready);
      }
    }
  }

  private static boolean isTidy(World world) {
    ClusterState before = world.state;
    world.ask(rebalance(1));
    return world.state.revision() == before.revision() && world.state.moving().isEmpty();
  }

  @Property(tries = TRIES)
  @Label("a rebalancing's plan equals what is then done")
  void aPlanEqualsWhatIsThenDone(@ForAll long seed) {
    World world = untidy(seed);
    SchedulerInput.Tick at = new SchedulerInput.Tick(world.now, seed);
    Planned planned =
        Planner.plan(world.state, at, PlacementSettings.DEFAULT, List.of(rebalance(5)), List.of());
    Decision decision =
        SchedulerCore.decide(
            world.state,
            new SchedulerInput.Requested(world.now, seed, rebalance(5)),
            new PlacementMemory(PlacementSettings.DEFAULT));
    assertThat(decision.answer().orElseThrow()).isInstanceOf(Answer.Accepted.class);
    assertThat(PlanPropertiesTest.inWords(planned))
        .isEqualTo(PlanPropertiesTest.inWords(world.state, decision));
    Decision kept =
        SchedulerCore.decide(
            world.state, new SchedulerInput.Requested(world.now, seed, rebalance(5)), world.memory);
    assertThat(kept.events()).as("with what was kept").isEqualTo(decision.events());
  }

  /** Nodes have come and gone, pods were scaled up and down. */
  private static World untidy(long seed) {
    Random random = new Random(seed);
    World world = World.withNodes(2);
    world.ask(Samples.create("web", Samples.spec(1 + random.nextInt(8), "v1")));
    world.ask(
        Samples.create(
            "db",
            Samples.spec(random.nextInt(4), Samples.podSpec("v1", 700), Samples.rolling(1, 0))));
    world.settle();
    for (int i = 0; i < 3; i++) {
      String node = "n" + (2 + random.nextInt(4));
      if (world.state.node(node).filter(n -> n.isReady()).isPresent()) {
        world.nodeGone(node);
      } else {
        world.register(node);
      }
      world.ask(Samples.scale("web", 1 + random.nextInt(8)));
      world.settle();
    }
    for (Pod pod : world.livePods("web")) {
      assertThat(pod.status().isReady()).isTrue();
    }
    return world;
  }
}
