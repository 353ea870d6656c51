package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.create;
import static io.hawser.scheduler.core.WorkloadSamples.jobSpec;
import static io.hawser.scheduler.core.WorkloadSamples.live;
import static io.hawser.scheduler.core.WorkloadSamples.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SchedulerEvent.DeploymentStatusChanged;
import io.hawser.model.ApiObject;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.Job;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.ReplicaSet;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Work that one decision is too small for. */
class ContinuationTest {
  private static final int MANY = 2 * Limits.MAX_PODS_PER_DECISION + 1;

  private World world = World.withNodes(2);

  @Test
  void itLooksAtNothingButWhatWasPutOff() {
    world.ask(Samples.create("waits", Samples.spec(1, "v1")));
    world.now =
        world.now.plus(Duration.ofSeconds(DeploymentSpec.DEFAULT_PROGRESS_DEADLINE_SECONDS + 1));
    Decision first =
        SchedulerCore.decide(
            world.state,
            new SchedulerInput.Requested(
                world.now, 1, Samples.create("large", Samples.spec(MANY, "v1"))));
    ClusterState state = world.state;
    for (SchedulerEvent event : first.events()) {
      state = state.evolve(event);
    }

    assertThat(first.putOff())
        .containsExactly(ObjectKey.of(Pod.Owner.DEPLOYMENT, Samples.name("large")));
    assertThat(statuses(SchedulerCore.decide(state, first.continuation(world.now, 2))))
        .containsExactly(Samples.name("large"));
    assertThat(statuses(SchedulerCore.decide(state, new SchedulerInput.Tick(world.now, 2))))
        .as("what waits for time is the clock's")
        .containsExactly(Samples.name("large"), Samples.name("waits"));
  }

  private static List<ObjectName> statuses(Decision decision) {
    return decision.events().stream()
        .filter(DeploymentStatusChanged.class::isInstance)
        .map(e -> ((DeploymentStatusChanged) e).name())
        .toList();
  }

  @Test
  void aLargeDeploymentIsMadeReplacedAndEndedToTheLast() {
    world.ask(Samples.create("web", Samples.spec(MANY, Samples.podSpec("v1", 1), all())));
    assertThat(world.livePods("web")).hasSize(MANY);
    world.ask(Samples.update("web", Samples.spec(MANY, Samples.podSpec("v2", 1), all())));
    assertThat(world.livePods("web"))
        .hasSize(MANY)
        .allMatch(p -> p.spec().containers().get(0).image().equals("v2"));
    world.ask(Samples.scale("web", 0));
    assertThat(world.livePods("web")).isEmpty();
  }

  /** All old pods may go at once. */
  private static DeploymentSpec.Strategy all() {
    return Samples.rolling(0, MANY);
  }

  @Test
  void aLargeReplicaSetIsMadeAndEndedToTheLast() {
    madeAndEnded(replicas(MANY), replicas(0));
  }

  private static ReplicaSet replicas(int replicas) {
    ReplicaSet.Spec spec =
        new ReplicaSet.Spec(
            replicas,
            new LabelSelector(Samples.LABELS, List.of()),
            WorkloadSamples.template("v1"),
            0);
    return new ReplicaSet(WorkloadSamples.meta("w"), spec, ReplicaSet.Status.NONE);
  }

  @Test
  void aLargeJobIsMadeAndEndedToTheLast() {
    Job.Spec spec = jobSpec(MANY, MANY, false);
    Job.Spec suspended =
        new Job.Spec(
            MANY,
            spec.completions(),
            false,
            spec.backoffLimit(),
            Optional.empty(),
            Optional.empty(),
            true,
            List.of(),
            spec.template());
    madeAndEnded(WorkloadSamples.job("w", spec), WorkloadSamples.job("w", suspended));
  }

  @Test
  void aLargeParallelStatefulSetIsMadeToTheLast() {
    world.ask(create(WorkloadSamples.stateful("w", "v1", MANY, true, 0)));
    assertThat(live(world, "StatefulSet", "w")).hasSize(MANY);
  }

  @Test
  void aDaemonSetOfManyNodesIsMadeToTheLast() {
    world = World.withNodes(MANY);
    world.ask(create(WorkloadSamples.daemon("w", "v1", 1)));
    assertThat(live(world, "DaemonSet", "w")).hasSize(MANY);
  }

  private void madeAndEnded(ApiObject large, ApiObject none) {
    world.ask(create(large));
    assertThat(live(world, large.key().kind(), "w")).hasSize(MANY);
    world.ask(update(none));
    assertThat(live(world, large.key().kind(), "w")).isEmpty();
  }
}
