package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Job;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Stories of all workloads at once; jqwik prints the seed of one that fails. */
class WorkloadPropertiesTest {
  private static final int STEPS = 50;
  private static final int TRIES = 40;
  private static final int HEALTHY_AT_LEAST = 2;

  private interface Check {
    void after(World world, ClusterState before, Optional<Answer> evicted);
  }

  @Property(tries = TRIES)
  @Label("a budget is never broken by an eviction")
  void aBudgetIsNeverBroken(@ForAll long seed) {
    story(
        seed,
        (world, before, evicted) -> {
          if (evicted.filter(Answer.Accepted.class::isInstance).isPresent()) {
            long was = healthy(before);
            long is = healthy(world.state);
            assertThat(is >= HEALTHY_AT_LEAST || is == was).isTrue();
          }
        });
  }

  private static long healthy(ClusterState state) {
    return state.pods().values().stream()
        .filter(p -> p.meta().labels().containsKey("app"))
        .filter(p -> p.status().isReady() && !p.isDeleting())
        .count();
  }

  @Property(tries = TRIES)
  @Label("a stateful set's name is given anew only when the old pod is gone or must be fenced")
  void aMembersNameIsNeverInTwoPlaces(@ForAll long seed) {
    World world = story(seed, (w, before, evicted) -> {});
    Map<ObjectName, Instant> lostAt = new HashMap<>();
    ClusterState state = ClusterState.EMPTY;
    for (SchedulerEvent event : world.journal) {
      if (event instanceof SchedulerEvent.NodeLost lost) {
        state.podsOn(lost.name()).stream()
            .filter(LostPods::mustBeFenced)
            .forEach(p -> lostAt.put(p.name(), lost.at()));
      } else if (event instanceof SchedulerEvent.PodRemoved removed) {
        Pod pod = state.pods().get(removed.name());
        boolean stillLost =
            pod != null
                && lostAt.containsKey(pod.name())
                && pod.nodeName().map(state.nodes()::get).filter(n -> !n.isReady()).isPresent();
        if (stillLost) {
          assertThat(removed.at())
              .isAfterOrEqualTo(lostAt.get(pod.name()).plus(Limits.FENCE_BOUND));
        }
      }
      state = state.evolve(event);
    }
  }

  @Property(tries = TRIES)
  @Label("a job never counts more successes than it asked for, and finishes only once")
  void aJobNeverCountsTooMuch(@ForAll long seed) {
    story(
        seed,
        (world, before, evicted) -> {
          for (Job job : world.state.objects().all(Job.class)) {
            assertThat(job.status().succeeded())
                .isLessThanOrEqualTo(job.spec().completions().orElse(Integer.MAX_VALUE));
            before
                .objects()
                .find(Job.class, job.objectName())
                .filter(j -> j.isFinished() && j.meta().uid().equals(job.meta().uid()))
                .ifPresent(j -> assertThat(job.isFinished()).isTrue());
          }
        });
  }

  @Property(tries = TRIES)
  @Label("the events alone give the state, also with every kind of object")
  void replayedEventsGiveTheState(@ForAll long seed) {
    World world = story(seed, (w, before, evicted) -> {});
    ClusterState replayed = ClusterState.EMPTY;
    for (SchedulerEvent event : world.journal) {
      replayed = replayed.evolve(event);
    }
    assertThat(replayed.objects()).isEqualTo(world.state.objects());
    assertThat(replayed.pods()).isEqualTo(world.state.pods());
  }

  private static World story(long seed, Check check) {
    Random random = new Random(seed);
    World world = World.withNodes(3);
    world.ask(WorkloadSamples.create(WorkloadSamples.budget("b", HEALTHY_AT_LEAST, null)));
    world.ask(WorkloadSamples.create(WorkloadSamples.stateful("s", "v1", 2, false, 0)));
    world.ask(WorkloadSamples.create(WorkloadSamples.daemon("d", "v1", 1)));
    world.ask(
        WorkloadSamples.create(
            WorkloadSamples.job("j", WorkloadSamples.jobSpec(2, 4, random.nextBoolean()))));
    for (int i = 0; i < STEPS; i++) {
      ClusterState before = world.state;
      check.after(world, before, step(world, random));
    }
    return world;
  }

  private static Optional<Answer> step(World world, Random random) {
    List<Pod> pods = List.copyOf(world.state.pods().values());
    switch (random.nextInt(8)) {
      case 0 -> world.nodesObey();
      case 1 -> world.pass(Duration.ofSeconds(1 + random.nextInt(40)));
      case 2 -> {
        String node = "n" + (1 + random.nextInt(3));
        if (world.state.nodes().get(node).isReady()) {
          world.nodeGone(node);
        } else {
          world.register(node);
        }
      }
      case 3 -> {
        if (!pods.isEmpty()) {
          Pod pod = pods.get(random.nextInt(pods.size()));
          return Optional.of(
              world.ask(
                  new ClientRequest.DeletePod(
                      pod.name(), Optional.empty(), Optional.empty(), true)));
        }
      }
      case 4 ->
          world.ask(
              WorkloadSamples.update(
                  WorkloadSamples.stateful(
                      "s", "v" + random.nextInt(3), random.nextInt(4), false, 0)));
      case 5 ->
          world.ask(
              WorkloadSamples.update(WorkloadSamples.daemon("d", "v" + random.nextInt(3), 1)));
      default ->
          pods.stream()
              .filter(p -> p.owner().filter(o -> o.kind().equals("Job")).isPresent())
              .filter(p -> p.isActive() && p.nodeName().isPresent() && p.status().isReady())
              .findFirst()
              .ifPresent(p -> WorkloadSamples.end(world, p, random.nextInt(3) == 0 ? 1 : 0));
    }
    return Optional.empty();
  }
}
