package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.NodeLoad;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ContainerSize;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Strategy;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.ResourceAmounts;
import io.hawser.scheduler.core.placement.PodCounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Whatever happens in whatever order; jqwik prints the seed of a story that fails. */
class SchedulerPropertiesTest {
  private static final int STEPS = 60;
  private static final List<String> NODES = List.of("n1", "n2", "n3", "n4");

  private interface Check {
    void after(World world, ClusterState before);
  }

  @Property(tries = 150)
  @Label("the capacity of a node is never exceeded")
  void capacityIsNeverExceeded(@ForAll long seed) {
    story(
        seed,
        (world, before) -> {
          for (Node node : world.state.nodes().values()) {
            ResourceAmounts sum = ResourceAmounts.NONE;
            int pods = 0;
            for (Pod pod : world.state.podsOn(node.name())) {
              if (pod.isActive()) {
                sum = sum.plus(pod.spec().effectiveRequests());
                pods++;
              }
            }
            assertThat(sum.cpuMillis()).isLessThanOrEqualTo(node.info().capacity().cpuMillis());
            assertThat(sum.memoryBytes()).isLessThanOrEqualTo(node.info().capacity().memoryBytes());
            assertThat(pods).isLessThanOrEqualTo(node.info().maxPods());
            NodeLoad load = world.state.loadOf(node.name());
            assertThat(load.requested()).isEqualTo(sum);
            assertThat(load.pods()).isEqualTo(pods);
          }
        });
  }

  @Property(tries = 50)
  @Label("no pod waits for a size that its node has room for")
  void noSizeWaitsThatFits(@ForAll long seed) {
    story(
        seed,
        (world, before) -> {
          for (Pod pod : world.state.pods().values()) {
            boolean listed = world.state.resizing().contains(pod.name());
            assertThat(listed).isEqualTo(pod.resize().isPresent());
            if (pod.resize().isPresent()) {
              Node node = world.state.nodes().get(pod.nodeName().orElseThrow());
              long more =
                  pod.desiredSpec().effectiveRequests().cpuMillis()
                      - pod.spec().effectiveRequests().cpuMillis();
              long used = world.state.loadOf(node.name()).requested().cpuMillis();
              assertThat(more).isGreaterThan(node.info().capacity().cpuMillis() - used);
            }
          }
        });
  }

  @Property(tries = 150)
  @Label("every pending pod has a reason")
  void everyPendingPodHasAReason(@ForAll long seed) {
    story(
        seed,
        (world, before) ->
            assertThat(world.state.unplaced())
                .allMatch(name -> world.state.pods().get(name).unschedulable().isPresent()));
  }

  @Property(tries = 150)
  @Label("the events alone give the state, also by way of a snapshot")
  void replayedEventsGiveTheState(@ForAll long seed) {
    World world = story(seed, (w, before) -> {});
    ClusterState replayed = ClusterState.EMPTY;
    int half = world.journal.size() / 2;
    for (SchedulerEvent event : world.journal.subList(0, half)) {
      replayed = replayed.evolve(event);
    }
    replayed = ClusterSnapshot.of(replayed).toState();
    for (SchedulerEvent event : world.journal.subList(half, world.journal.size())) {
      replayed = replayed.evolve(event);
    }
    assertThat(replayed).isEqualTo(world.state);
  }

  @Property(tries = 150)
  @Label("counts kept from decision to decision are those of a recount")
  void keptCountsEqualARecount(@ForAll long seed) {
    story(
        seed,
        (world, before) -> {
          for (Deployment d : world.state.deployments().values()) {
            PodCounts.Tally kept = world.memory.counts().of(world.state, d.name());
            PodCounts.Tally anew = new PodCounts().of(world.state, d.name());
            assertThat(inNumbers(kept, d)).isEqualTo(inNumbers(anew, d));
            assertThat(kept.live(d.meta().uid()).newestReady())
                .isAfterOrEqualTo(anew.live(d.meta().uid()).newestReady());
          }
        });
  }

  private static List<Object> inNumbers(PodCounts.Tally tally, Deployment d) {
    String uid = d.meta().uid();
    String hash = d.currentRevision().templateHash();
    return List.of(
        tally.live(uid).pods(),
        tally.live(uid).ready(),
        tally.live(uid, hash).pods(),
        tally.live(uid, hash).ready(),
        tally.isAllOf(uid, hash));
  }

  @Property(tries = 150)
  @Label("applying the same spec twice changes nothing")
  void applyingTwiceChangesNothing(@ForAll long seed) {
    World world = story(seed, (w, before) -> {});
    for (Deployment d : List.copyOf(world.state.deployments().values())) {
      long revision = world.state.revision();
      world.ask(
          new ClientRequest.UpdateDeployment(
              d.name(),
              d.meta().labels(),
              d.meta().annotations(),
              d.spec(),
              Optional.empty(),
              Optional.empty()));
      assertThat(world.state.revision()).isEqualTo(revision);
    }
  }

  @Property(tries = 150)
  @Label("a decision about nothing that changed decides nothing")
  void aTickAfterATickDecidesNothing(@ForAll long seed) {
    story(
        seed,
        (world, before) -> {
          world.pass(Duration.ZERO);
          long revision = world.state.revision();
          world.pass(Duration.ZERO);
          assertThat(world.state.revision()).isEqualTo(revision);
        });
  }

  @Property(tries = 200)
  @Label("a rollout never takes ready pods below the minimum, nor makes pods above the maximum")
  void aRolloutStaysWithinItsBounds(@ForAll long seed) {
    Random random = new Random(seed);
    int replicas = 1 + random.nextInt(8);
    Strategy strategy = strategy(random);
    int surge = strategy.maxSurge().of(replicas, true);
    int unavailable = strategy.maxUnavailable().of(replicas, false);
    int minimum = replicas - (surge == 0 && unavailable == 0 ? 1 : unavailable);
    World world = World.withNodes(4);
    world.ask(Samples.create("web", Samples.spec(replicas, Samples.podSpec("v0", 50), strategy)));
    world.settle();
    for (int i = 1; i < 60; i++) {
      if (random.nextInt(10) == 0) {
        String image = "v" + random.nextInt(4);
        world.ask(
            Samples.update("web", Samples.spec(replicas, Samples.podSpec(image, 50), strategy)));
      } else {
        someNodeDoesSomething(world, random, false);
      }
      world.pass(Duration.ofSeconds(random.nextInt(2)));
      assertThat(world.readyPods("web")).as("step %d", i).isGreaterThanOrEqualTo(minimum);
      assertThat(world.livePods("web")).as("step %d", i).hasSizeLessThanOrEqualTo(replicas + surge);
    }
    world.settle();
    assertThat(world.deployment("web").status().availableReplicas()).isEqualTo(replicas);
    assertThat(world.deployment("web").status().updatedReplicas()).isEqualTo(replicas);
  }

  private static World story(long seed, Check check) {
    Random random = new Random(seed);
    World world = new World(seed);
    for (int i = 0; i < STEPS; i++) {
      ClusterState before = world.state;
      step(world, random);
      check.after(world, before);
    }
    return world;
  }

  private static void step(World world, Random random) {
    String node = NODES.get(random.nextInt(NODES.size()));
    String name = "d" + random.nextInt(3);
    DeploymentSpec spec =
        Samples.spec(
            random.nextInt(8),
            Samples.podSpec("v" + random.nextInt(3), 200 + 400L * random.nextInt(3)),
            random.nextInt(4) == 0 ? Samples.recreate() : strategy(random));
    switch (random.nextInt(13)) {
      case 0, 1 -> world.register(node);
      case 2 -> world.nodeGone(node);
      case 3 -> world.ask(Samples.create(name, spec));
      case 4 -> world.ask(Samples.update(name, spec));
      case 5 -> world.ask(Samples.scale(name, random.nextInt(10)));
      case 6 -> world.ask(random.nextInt(3) == 0 ? Samples.delete(name) : cordon(node, random));
      case 7 -> world.ask(Samples.createPod("p" + random.nextInt(5), spec.template().spec()));
      case 12 -> resizeSomePod(world, random);
      case 8 -> world.pass(Duration.ofSeconds(random.nextInt(20)));
      default -> someNodeDoesSomething(world, random, true);
    }
  }

  /** To a size that its node may have, have not now, or never have. */
  private static void resizeSomePod(World world, Random random) {
    List<Pod> pods = List.copyOf(world.state.pods().values());
    if (!pods.isEmpty()) {
      Pod pod = pods.get(random.nextInt(pods.size()));
      ContainerSize size = ContainerSize.of(pod.spec().containers().get(0));
      ResourceAmounts cpu =
          new ResourceAmounts(
              200 + 400L * random.nextInt(12), size.requests().memoryBytes(), 0, Map.of());
      world.ask(
          new ClientRequest.ResizePod(
              pod.name(),
              List.of(new ContainerSize(size.name(), cpu, size.limits())),
              Optional.empty()));
    }
  }

  private static ClientRequest cordon(String node, Random random) {
    return new ClientRequest.UpdateNode(
        node, Map.of(), Map.of(), random.nextBoolean(), List.of(), Optional.empty());
  }

  private static Strategy strategy(Random random) {
    int surge = random.nextInt(3);
    return Samples.rolling(surge, surge == 0 ? 1 + random.nextInt(2) : random.nextInt(3));
  }

  private static void someNodeDoesSomething(World world, Random random, boolean mayFail) {
    List<Pod> placed =
        world.state.pods().values().stream().filter(p -> p.nodeName().isPresent()).toList();
    if (placed.isEmpty()) {
      return;
    }
    Pod pod = placed.get(random.nextInt(placed.size()));
    if (pod.isDeleting()) {
      world.gone(pod);
    } else if (mayFail && random.nextInt(4) == 0) {
      world.report(
          pod.nodeName().get(),
          Samples.report(
              pod, Samples.ended(random.nextBoolean() ? PodPhase.FAILED : PodPhase.SUCCEEDED)));
    } else if (!pod.status().isReady()) {
      world.ready(pod);
    }
  }
}
