package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * What happens to one pod of a deployment or replica set does not cost a look at all the others.
 * Counted in looks, which are the same on every machine; the first of many events may sort the
 * pods.
 */
class LargeOwnerTest {
  private static final int SMALL = 300;
  private static final int LARGE = 3_000;
  private static final int NODES = 30;
  private static final int MIN_READY_SECONDS = 20;

  @Test
  void aMoveCostsTheSameInALargeDeployment() {
    assertThat(looks(LARGE, 0, LargeOwnerTest::move))
        .isLessThan(2 * looks(SMALL, 0, LargeOwnerTest::move));
  }

  @Test
  void aMoveCostsTheSameWhereReadyPodsHaveToWait() {
    assertThat(looks(LARGE, MIN_READY_SECONDS, LargeOwnerTest::move))
        .isLessThan(2 * looks(SMALL, MIN_READY_SECONDS, LargeOwnerTest::move));
  }

  @Test
  void aStepOfARolloutCostsTheSameInALargeDeployment() {
    assertThat(looks(LARGE, 0, LargeOwnerTest::step))
        .isLessThan(2 * looks(SMALL, 0, LargeOwnerTest::step));
  }

  @Test
  void aCrashCostsTheSameInALargeDeployment() {
    Consumer<World> crash = world -> world.failed(ready(world));
    assertThat(looks(LARGE, 0, crash)).isLessThan(2 * looks(SMALL, 0, crash));
  }

  @Test
  void aMoveCostsTheSameInALargeReplicaSet() {
    assertThat(looks(LARGE, replicaSet(LARGE), LargeOwnerTest::move))
        .isLessThan(2 * looks(SMALL, replicaSet(SMALL), LargeOwnerTest::move));
  }

  private static ClientRequest replicaSet(int pods) {
    return WorkloadSamples.create(
        WorkloadSamples.replicas("web", pods, spec(pods, "v1", 0).template().spec()));
  }

  private static long looks(int pods, int minReadySeconds, Consumer<World> event) {
    return looks(pods, Samples.create("web", spec(pods, "v1", minReadySeconds)), event);
  }

  /** Of one, after another one and the beginning of a rollout that keeps its pods sorted. */
  private static long looks(int pods, ClientRequest creation, Consumer<World> event) {
    World world = new World(1);
    for (int i = 0; i < NODES; i++) {
      world.decide(
          new SchedulerInput.NodeRegisters(
              world.now, i, Samples.node("n" + i, "run-1", 64_000, pods), List.of()));
    }
    world.ask(creation);
    world.settle();
    event.accept(world);
    Looks looks = new Looks();
    world.state = looks.at(world.state);
    event.accept(world);
    long counted = looks.take();
    assertThat(counted).as("that it counts at all").isPositive();
    return counted;
  }

  private static DeploymentSpec spec(int pods, String image, int minReadySeconds) {
    PodSpec small = Samples.podSpec(image, new ResourceAmounts(1, 1L << 20, 0, Map.of()));
    return Samples.minReady(Samples.spec(pods, small, Samples.rolling(2, 0)), minReadySeconds);
  }

  private static Pod ready(World world) {
    return world.state.podsByOwner().values().iterator().next().stream()
        .map(world.state.pods()::get)
        .filter(p -> p.isActive() && !p.isLeaving() && p.status().isReady())
        .findFirst()
        .orElseThrow();
  }

  private static Pod newest(World world) {
    for (int i = world.journal.size() - 1; i >= 0; i--) {
      if (world.journal.get(i) instanceof SchedulerEvent.PodCreated created) {
        return world.state.pods().get(created.pod().name());
      }
    }
    throw new AssertionError("none was created");
  }

  private static void move(World world) {
    Pod pod = ready(world);
    world.ask(new ClientRequest.DeletePod(pod.name(), Optional.empty(), Optional.empty(), true));
    Pod next = newest(world);
    world.ready(next);
    world.pass(Duration.ofSeconds(MIN_READY_SECONDS));
    assertThat(world.state.pods().get(pod.name()).isDeleting()).isTrue();
    world.gone(world.state.pods().get(pod.name()));
  }

  private static void step(World world) {
    if (world.deployment("web").currentRevision().number() == 1) {
      int pods = world.deployment("web").spec().replicas();
      world.ask(Samples.update("web", spec(pods, "v2", 0)));
    }
    Pod next = newest(world);
    world.ready(next);
  }
}
