package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Nodes drained under budgets, while pods become ready in any order or not at all. */
class DrainPropertiesTest {
  private static final int TRIES = 60;
  private static final int STEPS = 80;

  /** A cluster with one deployment or replica set under one budget. */
  private static final class Story {
    private final int replicas;
    private final int budget;
    private final String owner;
    private final Random random;
    private final World world;

    Story(long seed) {
      random = new Random(seed);
      replicas = 1 + random.nextInt(6);
      budget = random.nextInt(replicas + 1);
      world = World.withNodes(2 + random.nextInt(3));
      // Some fit beside one another, some hardly: then there is no room for a replacement.
      long cpu = List.of(100L, 900L, 1_900L).get(random.nextInt(3));
      world.ask(WorkloadSamples.create(WorkloadSamples.budget("b", budget, null)));
      PodSpec pod = Samples.podSpec("v1", cpu);
      owner = random.nextBoolean() ? Pod.Owner.DEPLOYMENT : ReplicaRun.KIND;
      world.ask(
          owner.equals(ReplicaRun.KIND)
              ? WorkloadSamples.create(WorkloadSamples.replicas("web", replicas, pod))
              : Samples.create("web", Samples.spec(replicas, pod, Samples.rolling(1, 1))));
      world.settle();
    }

    private List<Pod> pods() {
      return WorkloadSamples.pods(world, owner, "web");
    }

    private long ready() {
      return WorkloadSamples.live(world, owner, "web").stream()
          .filter(p -> p.status().isReady())
          .count();
    }

    private void step() {
      switch (random.nextInt(8)) {
        case 0 -> drain(anyNode());
        case 1 -> evictAllOn(anyNode());
        case 2 -> uncordon(anyNode());
        case 3 -> world.pass(Duration.ofSeconds(random.nextInt(120)));
        default -> someNodeObeys();
      }
    }

    private String anyNode() {
      List<String> names = List.copyOf(world.state.nodes().keySet());
      return names.get(random.nextInt(names.size()));
    }

    private void drain(String node) {
      cordon(node, true);
      evictAllOn(node);
    }

    private void uncordon(String node) {
      cordon(node, false);
    }

    private void cordon(String name, boolean cordoned) {
      Node node = world.state.nodes().get(name);
      world.ask(
          new ClientRequest.UpdateNode(
              name, node.meta().labels(), Map.of(), cordoned, List.of(), Optional.empty()));
    }

    private void evictAllOn(String node) {
      for (Pod pod : List.copyOf(world.state.podsOn(node))) {
        Optional<Long> within = random.nextBoolean() ? Optional.of(60L) : Optional.empty();
        world.ask(
            new ClientRequest.DeletePod(
                pod.name(), Optional.empty(), Optional.empty(), true, within));
      }
    }

    /** A pod of this budget's never becomes unready by itself, so that only the drain counts. */
    private void someNodeObeys() {
      List<Pod> pods =
          world.state.pods().values().stream()
              .filter(p -> p.nodeName().isPresent())
              .filter(p -> p.isDeleting() || !p.status().isReady())
              .toList();
      if (!pods.isEmpty()) {
        Pod pod = pods.get(random.nextInt(pods.size()));
        if (pod.isDeleting()) {
          world.gone(pod);
        } else {
          world.ready(pod);
        }
      }
    }
  }

  @Property(tries = TRIES)
  @Label("a drain never has fewer ready pods than the budget allows")
  void aDrainKeepsTheBudget(@ForAll long seed) {
    Story story = new Story(seed);
    long floor = Math.min(story.budget, story.ready());
    for (int i = 0; i < STEPS; i++) {
      story.step();
      assertThat(story.ready()).as("step %d", i).isGreaterThanOrEqualTo(floor);
    }
  }

  @Property(tries = TRIES)
  @Label("where the replacement has a node, only a deadline stops the old pod before it serves")
  void theReplacementComesFirst(@ForAll long seed) {
    Story story = new Story(seed);
    World world = story.world;
    for (int i = 0; i < STEPS; i++) {
      long before = story.ready();
      boolean allPlaced = world.state.unplaced().isEmpty();
      int done = world.journal.size();
      Instant then = world.now;
      story.step();
      boolean stopped =
          world.journal.subList(done, world.journal.size()).stream()
              .anyMatch(SchedulerEvent.PodDeletionRequested.class::isInstance);
      boolean waited = allPlaced && world.state.unplaced().isEmpty();
      boolean inTime = world.now.equals(then);
      if (stopped && waited && inTime && before == story.replicas) {
        assertThat(story.ready()).as("step %d", i).isGreaterThanOrEqualTo(before);
      }
    }
  }

  @Property(tries = TRIES)
  @Label("a drain with room elsewhere ends with an empty node and every pod ready")
  void aDrainComesToItsEnd(@ForAll long seed) {
    Story story = new Story(seed);
    World world = story.world;
    world.register("big1");
    world.register("big2");
    world.register("big3");
    story.drain("n1");
    for (int i = 0; i < 10; i++) {
      world.settle();
      story.evictAllOn("n1");
    }
    assertThat(world.state.podsOn("n1")).isEmpty();
    assertThat(story.ready()).isEqualTo(story.replicas);
    assertThat(story.pods()).hasSize(story.replicas);
    assertThat(world.state.moving()).isEmpty();
  }
}
