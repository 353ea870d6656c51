package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.PodBlock;
import io.hawser.cluster.state.PodPack;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SplitSnapshot;
import io.hawser.cluster.state.StillPacked;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
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
        withPods(whole, whole.pods().stream().map(SharedSpecTest::copy).toList());
    assertThat(read.toState()).isEqualTo(world.state);
    assertThat(specs(read.toState())).hasSize(1);
  }

  @Test
  void aSnapshotsPodsNeedNoOrderAndOfTwoOfOneNameTheLaterCounts() {
    world.ask(Samples.create("web", Samples.spec(5, "v1")));
    world.ask(Samples.create("api", Samples.spec(3, "v2")));
    ClusterSnapshot whole = ClusterSnapshot.of(world.state);
    List<Pod> pods = new ArrayList<>(whole.pods());
    Collections.reverse(pods);
    pods.add(0, pods.get(4).placedOn("elsewhere", Instant.EPOCH));

    assertThat(withPods(whole, pods).toState()).isEqualTo(world.state);
  }

  @Test
  void aStoredSnapshotHasWhatPodsShareOnceAndComesBackAsItWas() {
    world.ask(Samples.create("web", Samples.spec(5, "v1")));
    world.ask(Samples.create("api", Samples.spec(3, "v2")));
    ClusterSnapshot whole = ClusterSnapshot.of(world.state);

    SplitSnapshot split = SplitSnapshot.of(whole);

    assertThat(split.blocks()).hasSize(1);
    assertThat(split.blocks().get(0).kinds()).hasSize(2);
    assertThat(split.blocks().get(0).rows()).hasSize(8);
    assertThat(SplitSnapshot.read(split)).isEqualTo(whole);
    assertThat(SplitSnapshot.read(packed(split))).isEqualTo(whole);
    assertThat(SplitSnapshot.read(whole)).isSameAs(whole);
  }

  @Test
  void blocksReadByThemselvesShareWhatTheirPodsHaveInCommon() {
    world.ask(Samples.create("web", Samples.spec(4, "v1")));
    List<Pod> pods = List.copyOf(world.state.pods().values());
    SplitSnapshot split =
        new SplitSnapshot(
            SplitSnapshot.of(ClusterSnapshot.of(world.state)).rest(),
            List.of(block(pods.subList(0, 2)), block(pods.subList(2, 4))));

    for (Object stored : List.of(split, packed(split))) {
      ClusterState read = SplitSnapshot.read(stored).toState();
      assertThat(read).isEqualTo(world.state);
      assertThat(specs(read)).hasSize(1);
    }
  }

  @Test
  void aStatusHoldsNoCopyOfWhatDidNotChange() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    Pod pod = world.state.pods().values().iterator().next();
    ClusterState before = world.state.evolve(reported(pod, 0));

    SchedulerEvent.PodStatusChanged again = reported(pod, 1);
    ClusterState after = before.evolve(again);

    PodStatus now = after.pods().get(pod.name()).status();
    assertThat(now).isEqualTo(again.status());
    assertThat(now.containers().get(0).imageId())
        .isSameAs(before.pods().get(pod.name()).status().containers().get(0).imageId())
        .isNotSameAs(again.status().containers().get(0).imageId());
  }

  /** With texts of its own, as if just read. */
  private static SchedulerEvent.PodStatusChanged reported(Pod pod, int restarts) {
    Instant at = Instant.EPOCH.plusSeconds(restarts);
    PodStatus.ContainerStatus container =
        new PodStatus.ContainerStatus(
            "main",
            "image:1",
            new String("sha256:0"),
            "id/" + restarts,
            PodStatus.ContainerState.running(at),
            Optional.empty(),
            true,
            true,
            restarts);
    PodStatus status =
        new PodStatus(
            PodPhase.RUNNING,
            Optional.of(at),
            Optional.empty(),
            Optional.of(at),
            List.of(),
            List.of(container),
            Optional.empty(),
            Optional.empty());
    return new SchedulerEvent.PodStatusChanged(pod.name(), status, at);
  }

  private static StillPacked packed(SplitSnapshot split) {
    return new StillPacked(split.rest(), split.blocks().stream().map(PodPack::of).toList());
  }

  /** Its kind is no other block's. */
  private static PodBlock block(List<Pod> pods) {
    List<Pod> sharing = List.of(copy(pods.get(0)), pods.get(1).sharing(copy(pods.get(0))));
    ClusterSnapshot some = withPods(ClusterSnapshot.of(ClusterState.EMPTY), sharing);
    return SplitSnapshot.of(some).blocks().get(0);
  }

  private static ClusterSnapshot withPods(ClusterSnapshot snapshot, List<Pod> pods) {
    return new ClusterSnapshot(
        snapshot.revision(),
        snapshot.epoch(),
        snapshot.namespaces(),
        snapshot.nodes(),
        snapshot.deployments(),
        pods,
        snapshot.events(),
        snapshot.objects(),
        snapshot.requests());
  }

  private static SchedulerEvent copy(SchedulerEvent.PodCreated event) {
    return new SchedulerEvent.PodCreated(copy(event.pod()), event.at());
  }

  /** An equal pod that shares no spec with any other. */
  private static Pod copy(Pod pod) {
    Pod waiting =
        Pod.created(pod.meta(), pod.spec().withScheduling(pod.spec().scheduling()), pod.owner());
    Pod placed =
        pod.nodeName().map(node -> waiting.placedOn(node, pod.placedAt().get())).orElse(waiting);
    Pod told = pod.unschedulable().map(placed::withUnschedulable).orElse(placed);
    return pod.deletion().map(told::withDeletion).orElse(told).withStatus(pod.status());
  }

  private static Set<Object> specs(ClusterState state) {
    Set<Object> specs = Collections.newSetFromMap(new IdentityHashMap<>());
    state.pods().values().forEach(pod -> specs.add(pod.spec()));
    return specs;
  }
}
