package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.ReplicaSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Important pods come to a cluster full of others, of which some can run elsewhere. */
class PreemptionPropertiesTest {
  private static final int TRIES = 60;
  private static final int NODES = 4;
  private static final int CAPACITY = 4_000;
  private static final String PIN = "pin";

  /** A settled cluster of replica sets, deployments, stateful sets and pods by hand. */
  private static World crowded(Random random) {
    World world = WorkloadSamples.labelledNodes(NODES, PIN);
    // Pods of one size are in each other's stead, so that it matters more often which goes.
    boolean alike = random.nextInt(3) > 0;
    for (int i = 0; i < 9; i++) {
      long cpu = alike ? 900 : 400 + 100 * random.nextInt(12);
      boolean pinned = random.nextBoolean();
      Map<String, String> where =
          pinned ? Map.of(PIN, "n" + (1 + random.nextInt(NODES))) : Map.of();
      PodSpec spec = WorkloadSamples.pod(cpu, random.nextInt(2), where);
      int replicas = 1 + random.nextInt(2);
      world.ask(
          switch (random.nextInt(4)) {
            case 0 -> WorkloadSamples.create(WorkloadSamples.replicas("r" + i, replicas, spec));
            case 1 -> WorkloadSamples.create(WorkloadSamples.members("s" + i, replicas, spec));
            case 2 -> Samples.create("d" + i, Samples.spec(replicas, spec, Samples.rolling(1, 0)));
            default -> Samples.createPod("bare" + i, spec);
          });
      world.settle();
    }
    return world;
  }

  private static long cpu(Pod pod) {
    return pod.spec().effectiveRequests().cpuMillis();
  }

  private static int priority(Pod pod) {
    return pod.spec().scheduling().priority().orElse(0);
  }

  private static boolean hasRoomElsewhere(ClusterState state, Pod pod) {
    return pod.owner().isPresent()
        && pod.spec().nodeSelector().isEmpty()
        && state.nodes().keySet().stream()
            .filter(node -> !pod.nodeName().equals(Optional.of(node)))
            .anyMatch(node -> used(state, node) + cpu(pod) <= CAPACITY);
  }

  private static long used(ClusterState state, String node) {
    return state.podsOn(node).stream().filter(Pod::isActive).mapToLong(p -> cpu(p)).sum();
  }

  private static Set<ObjectName> victims(List<SchedulerEvent> events) {
    return events.stream()
        .flatMap(
            e ->
                e instanceof SchedulerEvent.PodDeletionRequested d && isPreemption(d.reason())
                    ? java.util.stream.Stream.of(d.name())
                    : e instanceof SchedulerEvent.PodMoveRequested m
                            && isPreemption(m.move().reason())
                        ? java.util.stream.Stream.of(m.name())
                        : java.util.stream.Stream.empty())
        .collect(Collectors.toSet());
  }

  private static boolean isPreemption(String reason) {
    return reason.startsWith("preempted by ");
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF)
  @Label("who runs nowhere else goes only where the room of those that do would not be enough")
  void whoCanRunElsewhereGoesFirst(@ForAll long seed) {
    Random random = new Random(seed);
    World world = crowded(random);
    ClusterState before = world.state;
    long wanted = 2_000 + 100 * random.nextInt(20);
    int done = world.journal.size();
    world.ask(Samples.createPod("winner", WorkloadSamples.pod(wanted, 10, Map.of())));
    Set<ObjectName> victims = victims(world.journal.subList(done, world.journal.size()));
    for (ObjectName name : victims) {
      Pod victim = before.pods().get(name);
      if (!hasRoomElsewhere(before, victim)) {
        String node = victim.nodeName().orElseThrow();
        long kept =
            before.podsOn(node).stream()
                .filter(p -> !hasRoomElsewhere(before, p) || priority(p) > priority(victim))
                .mapToLong(p -> cpu(p))
                .sum();
        assertThat(kept + wanted).as("beside %s", victim.name()).isGreaterThan(CAPACITY);
      }
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("what owners want runs again wherever there is room, and no name of a member twice")
  void whoWasPushedOutRunsElsewhere(@ForAll long seed) {
    Random random = new Random(seed);
    World world = crowded(random);
    for (int i = 0; i < 3; i++) {
      world.ask(
          Samples.createPod(
              "winner" + i, WorkloadSamples.pod(1_500 + 100 * random.nextInt(20), 10, Map.of())));
      for (int step = 0; step < 5; step++) {
        if (random.nextBoolean()) {
          world.nodesObey();
        }
        world.pass(Duration.ofSeconds(random.nextInt(20)));
      }
    }
    world.settle();
    assertThat(world.state.moving()).isEmpty();
    for (ApiObject object : world.state.objects().all(ReplicaSet.class)) {
      ReplicaSet set = (ReplicaSet) object;
      assertThat(world.state.podsOf(set.key())).hasSize(set.spec().replicas());
      assertThat(set.status().replicas()).isEqualTo(set.spec().replicas());
    }
    for (ObjectName name : world.state.unplaced()) {
      Pod pod = world.state.pods().get(name);
      String only = pod.spec().nodeSelector().get(PIN);
      assertThat(world.state.nodes().keySet())
          .filteredOn(node -> only == null || node.equals(only))
          .allMatch(node -> used(world.state, node) + cpu(pod) > CAPACITY);
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("a victim that is moved is stopped only when another one serves, or after its patience")
  void aMoveKeepsAsManyServing(@ForAll long seed) {
    Random random = new Random(seed);
    World world = crowded(random);
    world.ask(
        Samples.createPod(
            "winner", WorkloadSamples.pod(2_000 + 100 * random.nextInt(20), 10, Map.of())));
    for (int step = 0; step < 20; step++) {
      ClusterState before = world.state;
      int done = world.journal.size();
      if (random.nextBoolean()) {
        world.nodesObey();
      } else {
        world.pass(Duration.ofSeconds(1));
      }
      ClusterState state = before;
      for (SchedulerEvent event : world.journal.subList(done, world.journal.size())) {
        if (event instanceof SchedulerEvent.PodDeletionRequested e
            && state.pods().get(e.name()).move().isPresent()) {
          Pod pod = state.pods().get(e.name());
          Pod.Move move = pod.move().get();
          boolean noRoom = siblings(state, pod).stream().anyMatch(p -> p.nodeName().isEmpty());
          long ready = siblings(state, pod).stream().filter(p -> p.status().isReady()).count();
          assertThat(noRoom || !move.until().isAfter(world.now) || ready > move.serving())
              .as("%s with %d ready of %d", pod.name(), ready, move.serving())
              .isTrue();
        }
        state = state.evolve(event);
      }
    }
  }

  private static List<Pod> siblings(ClusterState state, Pod pod) {
    return state.podsOf(pod.ownerKey().orElseThrow()).stream()
        .filter(p -> p.isActive() && !p.isDeleting())
        .toList();
  }
}
