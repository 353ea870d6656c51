package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.PackedSnapshot;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the replicas of one template have in common is held once. */
class SharedSpecTest {
  private final World world = World.withNodes(2);

  @Test
  void replicasReadFromAJournalShareOneSpec() {
    world.ask(Samples.create("web", Samples.spec(5, "v1")));
    ClusterState read = ClusterState.EMPTY;
    for (SchedulerEvent event : world.journal) {
      read = read.evolve(event instanceof SchedulerEvent.PodCreated e ? copy(e) : event);
    }
    assertThat(read).isEqualTo(world.state);
    assertThat(specs(read)).hasSize(1);
  }

  @Test
  void replicasReadFromASnapshotShareOneSpec() {
    world.ask(Samples.create("web", Samples.spec(5, "v1")));
    ClusterSnapshot whole = ClusterSnapshot.of(world.state);
    ClusterSnapshot read =
        new ClusterSnapshot(
            whole.revision(),
            whole.epoch(),
            whole.namespaces(),
            whole.nodes(),
            whole.deployments(),
            whole.pods().stream().map(SharedSpecTest::copy).toList(),
            whole.events(),
            whole.objects(),
            whole.requests());
    assertThat(read.toState()).isEqualTo(world.state);
    assertThat(specs(read.toState())).hasSize(1);
  }

  @Test
  void aStoredSnapshotHasEachSpecOnceAndComesBackAsItWas() {
    world.ask(Samples.create("web", Samples.spec(5, "v1")));
    world.ask(Samples.create("api", Samples.spec(3, "v2")));
    ClusterSnapshot whole = ClusterSnapshot.of(world.state);

    PackedSnapshot packed = PackedSnapshot.of(whole);

    assertThat(packed.specs()).hasSize(2);
    assertThat(packed.pods()).hasSize(8);
    assertThat(PackedSnapshot.read(packed)).isEqualTo(whole);
    assertThat(PackedSnapshot.read(whole)).isSameAs(whole);
  }

  private static SchedulerEvent copy(SchedulerEvent.PodCreated event) {
    return new SchedulerEvent.PodCreated(copy(event.pod()), event.at());
  }

  /** An equal pod that shares no spec with any other. */
  private static Pod copy(Pod pod) {
    return new Pod(
        pod.meta(),
        pod.spec().withScheduling(pod.spec().scheduling()),
        pod.owner(),
        pod.nodeName(),
        pod.placedAt(),
        pod.deletion(),
        pod.unschedulable(),
        pod.status());
  }

  private static Set<Object> specs(ClusterState state) {
    Set<Object> specs = Collections.newSetFromMap(new IdentityHashMap<>());
    state.pods().values().forEach(pod -> specs.add(pod.spec()));
    return specs;
  }
}
