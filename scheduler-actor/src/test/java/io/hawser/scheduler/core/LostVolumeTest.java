package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.ClaimSamples.createClaim;
import static io.hawser.scheduler.core.ClaimSamples.deleteClaim;
import static io.hawser.scheduler.core.ClaimSamples.using;
import static io.hawser.scheduler.core.ClaimSamples.volumes;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol.Planned;
import io.hawser.cluster.protocol.SchedulerProtocol.PlannedChange;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.Job;
import io.hawser.model.PersistentVolumeClaim.AccessMode;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A claim whose volume is on a node that was lost or removed. */
class LostVolumeTest {
  private final World world = World.withNodes(3);

  private void nodeRemoved(String node) {
    world.nodeGone(node);
    world.ask(new ClientRequest.DeleteNode(node));
  }

  @Test
  void aLostNodesVolumeIsWaitedForAndThePodRunsThereAgain() {
    world.ask(createClaim("data"));
    world.ask(Samples.create("web", Samples.spec(1, using("data"), Samples.recreate())));
    world.settle();
    String node = world.livePods("web").get(0).nodeName().orElseThrow();

    world.nodeGone(node);
    Pod next = world.livePods("web").get(0);
    assertThat(next.nodeName()).isEmpty();
    assertThat(next.unschedulable().orElseThrow())
        .contains("1 node was lost, 2 had volume node affinity conflict")
        .endsWith(
            "persistentvolumeclaim \"data\" is bound to a volume on node %s, which is lost."
                .formatted(node));
    world.register(node);
    world.settle();
    assertThat(world.livePods("web").get(0).nodeName()).contains(node);
  }

  @Test
  void aLostNodesPodKeepsItsVolumeUntilItsNodeMustHaveStoppedIt() {
    world.ask(WorkloadSamples.create(ClaimSamples.claim("data", AccessMode.READ_WRITE_ONCE_POD)));
    world.ask(Samples.create("web", Samples.spec(1, using("data"), Samples.recreate())));
    world.settle();
    Pod old = world.livePods("web").get(0);
    String node = old.nodeName().orElseThrow();

    world.nodeGone(node);
    world.register(node);
    assertThat(Assignments.of(world.state, node))
        .as("it is back before the bound: the old one stops first")
        .allMatch(p -> p.uid().equals(old.uid()) && p.stopGraceSeconds().isPresent());
    world.settle();
    assertThat(world.livePods("web").get(0).nodeName()).contains(node);

    world.nodeGone(node);
    world.pass(Limits.FENCE_BOUND);
    world.register(node);
    assertThat(world.livePods("web").get(0).nodeName()).contains(node);
  }

  @Test
  void aJobsPodWithAVolumeOnALostNodeIsTriedAgainThere() {
    world.ask(createClaim("data"));
    Job.Spec plain = WorkloadSamples.jobSpec(1, 1, false);
    PodTemplate template = new PodTemplate(Map.of(), Map.of(), using("data"));
    Job.Spec spec =
        new Job.Spec(
            1,
            plain.completions(),
            false,
            plain.backoffLimit(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of(),
            template);
    world.ask(WorkloadSamples.create(WorkloadSamples.job("j", spec)));
    world.nodesObey();
    Pod first = WorkloadSamples.live(world, "Job", "j").get(0);
    String node = first.nodeName().orElseThrow();
    world.nodeGone(node);
    world.pass(Limits.FENCE_BOUND);
    world.pass(Limits.FENCE_BOUND);
    world.register(node);
    world.settle();
    Pod second = WorkloadSamples.live(world, "Job", "j").get(0);
    assertThat(second.uid()).isNotEqualTo(first.uid());
    assertThat(second.nodeName()).contains(node);
  }

  @Test
  void aDeploymentsOlderPodMayKeepItsVolumeWhenItsNodeIsBack() {
    world.ask(WorkloadSamples.create(ClaimSamples.claim("data", AccessMode.READ_WRITE_ONCE_POD)));
    DeploymentSpec plain = Samples.spec(1, using("data"), Samples.recreate());
    PodTemplate older =
        new PodTemplate(Samples.LABELS, Map.of("hawser.io/on-node-return", "older"), using("data"));
    world.ask(Samples.create("web", plain.withTemplate(older)));
    world.settle();
    Pod first = world.livePods("web").get(0);
    String node = first.nodeName().orElseThrow();
    world.nodeGone(node);
    world.pass(Limits.FENCE_BOUND);
    assertThat(world.livePods("web"))
        .filteredOn(p -> !p.isWrittenOff())
        .singleElement()
        .matches(p -> p.nodeName().isEmpty());
    world.decide(
        new SchedulerInput.NodeRegisters(
            world.now,
            11,
            Samples.node(node),
            List.of(Samples.report(first, Samples.running(world.now)))));
    world.settle();
    assertThat(world.livePods("web")).extracting(Pod::uid).containsExactly(first.uid());
  }

  @Test
  void aPlanSaysThatAPodWithAVolumeOnALostNodeWouldWait() {
    world.ask(createClaim("data"));
    world.ask(Samples.create("web", Samples.spec(1, using("data"), Samples.recreate())));
    String node = world.livePods("web").get(0).nodeName().orElseThrow();
    Planned planned =
        Planner.plan(
            world.state,
            new SchedulerInput.Tick(world.now, 9),
            PlacementSettings.DEFAULT,
            List.of(),
            List.of(node));
    assertThat(planned.changes())
        .filteredOn(c -> c.what().equals(PlannedChange.PENDING))
        .singleElement()
        .satisfies(c -> assertThat(c.reason()).contains("2 had volume node affinity conflict"));
  }

  @Test
  void aRemovedNodesClaimIsGivenUpByDeletingIt() {
    world.ask(createClaim("data"));
    world.ask(Samples.create("web", Samples.spec(1, using("data"), Samples.recreate())));
    world.settle();
    nodeRemoved(world.livePods("web").get(0).nodeName().orElseThrow());
    assertThat(world.livePods("web").get(0).unschedulable().orElseThrow())
        .endsWith("which was removed: delete the claim to give up its data.");

    world.ask(deleteClaim("data"));
    assertThat(volumes(world)).as("nobody is left who could remove it").isEmpty();
    world.ask(createClaim("data"));
    assertThat(world.livePods("web").get(0).nodeName()).isPresent();
  }

  @Test
  void aVolumeToBeRemovedGoesWithItsNode() {
    world.ask(createClaim("data"));
    world.ask(Samples.createPod("a", using("data")));
    String node = world.pod("a").nodeName().orElseThrow();
    world.ask(Samples.deletePod(Samples.name("a")));
    world.nodesObey();
    world.ask(deleteClaim("data"));
    assertThat(volumes(world)).hasSize(1);
    nodeRemoved(node);
    assertThat(volumes(world)).isEmpty();
  }
}
