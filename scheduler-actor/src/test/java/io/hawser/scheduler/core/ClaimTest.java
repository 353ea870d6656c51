package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.ClaimSamples.claim;
import static io.hawser.scheduler.core.ClaimSamples.createClaim;
import static io.hawser.scheduler.core.ClaimSamples.deleteClaim;
import static io.hawser.scheduler.core.ClaimSamples.using;
import static io.hawser.scheduler.core.ClaimSamples.volumes;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol.NodeVerdict;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.AssignedPod;
import io.hawser.model.Node;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolume.ReclaimPolicy;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PersistentVolumeClaim.AccessMode;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.Refusal;
import io.hawser.model.ResourceQuota;
import io.hawser.scheduler.core.placement.Explanations;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClaimTest {
  private final World world = World.withNodes(3);

  private Pod placed(String name, PodSpec spec) {
    world.ask(Samples.createPod(name, spec));
    return world.pod(name);
  }

  private String nodeOf(String pod) {
    return world.pod(pod).nodeName().orElseThrow();
  }

  private String why(String pod) {
    assertThat(world.pod(pod).nodeName()).isEmpty();
    return world.pod(pod).unschedulable().orElseThrow();
  }

  private void stop(String pod) {
    world.ask(Samples.deletePod(Samples.name(pod)));
    world.nodesObey();
  }

  private void cordon(String name, boolean cordoned) {
    Node node = world.state.nodes().get(name);
    world.ask(
        new ClientRequest.UpdateNode(
            name, node.meta().labels(), Map.of(), cordoned, node.taints(), Optional.empty()));
  }

  private void removesVolumes(String node) {
    List<String> names = Assignments.volumesToRemove(world.state, node);
    world.decide(new SchedulerInput.PodsReported(world.now, 77, node, List.of(), names));
  }

  @Test
  void theDecisionThatPlacesThePodBindsItsClaimAndMakesTheVolume() {
    world.ask(createClaim("data"));
    assertThat(claim(world, "data").orElseThrow().isBound()).isFalse();
    int before = world.journal.size();

    Pod pod = placed("db", using("data"));

    PersistentVolumeClaim claim = claim(world, "data").orElseThrow();
    PersistentVolume volume = volumes(world).get(0);
    assertThat(volume.meta().name()).isEqualTo("pvc-" + claim.meta().uid());
    assertThat(claim.status().node()).isEqualTo(pod.nodeName());
    assertThat(claim.status().volume()).contains(volume.meta().name());
    assertThat(volume.node()).isEqualTo(nodeOf("db"));
    assertThat(volume.claim().objectName()).isEqualTo(claim.objectName());
    assertThat(world.journal.subList(before, world.journal.size()))
        .extracting(e -> (Object) e.getClass())
        .containsExactly(
            SchedulerEvent.PodCreated.class,
            SchedulerEvent.ObjectCreated.class,
            SchedulerEvent.ObjectStatusChanged.class,
            SchedulerEvent.PodPlaced.class);
    AssignedPod assigned = Assignments.of(world.state, nodeOf("db")).get(0);
    assertThat(assigned.claimVolumes()).isEqualTo(Map.of("data", volume.meta().name()));
  }

  @Test
  void aPodWaitsForAClaimThatIsNotThereAndIsPlacedOnceItIs() {
    placed("db", using("data"));
    assertThat(why("db"))
        .isEqualTo("0/3 nodes are available: persistentvolumeclaim \"data\" not found.");
    world.ask(createClaim("data"));
    assertThat(world.pod("db").nodeName()).isPresent();
  }

  @Test
  void aBoundClaimHoldsLaterPodsOnItsNodeAndTheReasonIsCounted() {
    world.ask(createClaim("data"));
    placed("a", using("data"));
    String node = nodeOf("a");
    placed("b", using("data"));
    assertThat(nodeOf("b")).isEqualTo(node);

    cordon(node, true);
    placed("c", using("data"));
    assertThat(why("c"))
        .isEqualTo(
            "0/3 nodes are available: 1 node was cordoned, 2 had volume node affinity conflict.");
    List<NodeVerdict> verdicts =
        Explanations.of(world.state, PlacementSettings.DEFAULT, Samples.name("c"), world.now)
            .orElseThrow()
            .nodes();
    assertThat(verdicts)
        .filteredOn(v -> v.reasons().equals(List.of("had volume node affinity conflict")))
        .hasSize(2);
    cordon(node, false);
    assertThat(nodeOf("c")).isEqualTo(node);
  }

  @Test
  void aPodThatNamesItsNodeGetsNoVolumeOfAnotherOne() {
    world.ask(createClaim("data"));
    placed("a", using("data"));
    String other = nodeOf("a").equals("n1") ? "n2" : "n1";
    placed("b", using("data").placedBy(Optional.of(other), Optional.empty()));
    assertThat(why("b")).contains("1 node had volume node affinity conflict");
  }

  @Test
  void aPodWithVolumesOnSeveralNodesFitsNowhere() {
    world.ask(createClaim("x"));
    world.ask(createClaim("y"));
    placed("a", using("x").placedBy(Optional.of("n1"), Optional.empty()));
    placed("b", using("y").placedBy(Optional.of("n2"), Optional.empty()));
    placed("both", using("x", "y"));
    assertThat(why("both"))
        .isEqualTo("0/3 nodes are available: 3 nodes had volume node affinity conflict.");
  }

  @Test
  void anUnboundClaimBesideABoundOneIsBoundThere() {
    world.ask(createClaim("x"));
    world.ask(createClaim("y"));
    placed("a", using("x"));
    placed("both", using("x", "y"));
    assertThat(claim(world, "y").orElseThrow().status().node()).contains(nodeOf("a"));
  }

  @Test
  void allPodsOfADeploymentFollowTheOneThatBindsTheirClaim() {
    world.ask(createClaim("data"));
    world.ask(Samples.create("web", Samples.spec(4, using("data"), Samples.rolling(1, 1))));
    assertThat(world.livePods("web")).extracting(Pod::nodeName).doesNotContain(Optional.empty());
    assertThat(world.livePods("web").stream().map(Pod::nodeName).distinct()).hasSize(1);
    assertThat(volumes(world)).hasSize(1);
  }

  @Test
  void aGangThatSharesAClaimIsPlacedTogetherOrNotAtAll() {
    world.ask(createClaim("data"));
    Map<String, String> gang = Map.of("hawser.io/gang", "g", "hawser.io/gang-size", "2");
    PodSpec half = Samples.podSpec("v1", 2_500).withVolumes(ClaimSamples.volumes("data"));
    for (String name : List.of("g1", "g2")) {
      world.ask(new ClientRequest.CreatePod(Samples.name(name), Map.of(), gang, half));
    }
    assertThat(why("g2")).contains("gang g: 1 of 2 pods have a place");
    assertThat(claim(world, "data").orElseThrow().isBound()).isFalse();
  }

  @Test
  void aClaimForOnePodMakesASecondOneWaitUntilTheFirstIsGone() {
    world.ask(WorkloadSamples.create(ClaimSamples.claim("data", AccessMode.READ_WRITE_ONCE_POD)));
    placed("a", using("data"));
    String node = nodeOf("a");
    placed("b", using("data"));
    assertThat(why("b"))
        .contains(
            "1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod"
                + " access mode");
    stop("a");
    assertThat(nodeOf("b")).isEqualTo(node);
  }

  @Test
  void aDeletedClaimStaysWhileAPodUsesItThenItsNodeRemovesTheVolume() {
    world.ask(createClaim("data"));
    placed("a", using("data"));
    String node = nodeOf("a");

    world.ask(deleteClaim("data"));
    assertThat(claim(world, "data").orElseThrow().isDeleting()).isTrue();
    assertThat(volumes(world).get(0).isReleased()).isFalse();
    placed("late", using("data"));
    assertThat(why("late")).contains("persistentvolumeclaim \"data\" is being deleted");

    stop("a");
    assertThat(claim(world, "data")).isEmpty();
    assertThat(why("late")).contains("persistentvolumeclaim \"data\" not found");
    String volume = volumes(world).get(0).meta().name();
    assertThat(volumes(world).get(0).isReleased()).isTrue();
    assertThat(Assignments.volumesToRemove(world.state, node)).containsExactly(volume);

    removesVolumes(node.equals("n1") ? "n2" : "n1");
    assertThat(volumes(world)).as("another node's word does not count").hasSize(1);
    world.decide(
        new SchedulerInput.PodsReported(world.now, 5, "n1", List.of(), List.of("pvc-unknown")));
    removesVolumes(node);
    assertThat(volumes(world)).isEmpty();
    assertThat(Assignments.volumesToRemove(world.state, node)).isEmpty();
  }

  @Test
  void aNodeIsToldOfAVolumeToRemoveByADelta() {
    world.ask(createClaim("data"));
    placed("a", using("data"));
    String node = nodeOf("a");
    stop("a");
    ClusterState before = world.state;
    int from = world.journal.size();
    world.ask(deleteClaim("data"));
    assertThat(
            Assignments.between(
                before, world.state, world.journal.subList(from, world.journal.size())))
        .containsOnlyKeys(node);
  }

  @Test
  void aRetainedVolumeStaysUntilAUserDeletesItAndItsDataLonger() {
    world.ask(createClaim("data"));
    placed("a", using("data"));
    String node = nodeOf("a");
    PersistentVolume volume = volumes(world).get(0);
    world.ask(WorkloadSamples.update(volume.withReclaimPolicy(ReclaimPolicy.RETAIN)));
    world.ask(deleteClaim("data"));
    stop("a");
    assertThat(volumes(world).get(0).isReleased()).isTrue();
    assertThat(Assignments.volumesToRemove(world.state, node)).isEmpty();

    world.ask(ClaimSamples.delete("PersistentVolume", "", volume.meta().name()));
    assertThat(volumes(world)).isEmpty();
    assertThat(Assignments.volumesToRemove(world.state, node)).isEmpty();
  }

  @Test
  void aReleasedVolumeThatIsNoLongerRetainedIsRemoved() {
    world.ask(createClaim("data"));
    placed("a", using("data"));
    String node = nodeOf("a");
    PersistentVolume volume = volumes(world).get(0);
    world.ask(WorkloadSamples.update(volume.withReclaimPolicy(ReclaimPolicy.RETAIN)));
    world.ask(deleteClaim("data"));
    stop("a");
    world.ask(WorkloadSamples.update(volume.withReclaimPolicy(ReclaimPolicy.DELETE)));
    assertThat(Assignments.volumesToRemove(world.state, node)).hasSize(1);
  }

  @Test
  void aBoundVolumeThatAUserDeletesStaysWithItsClaim() {
    world.ask(createClaim("data"));
    placed("a", using("data"));
    world.ask(ClaimSamples.delete("PersistentVolume", "", volumes(world).get(0).meta().name()));
    assertThat(volumes(world).get(0).status().deletionRequestedAt()).isPresent();
    stop("a");
    placed("b", using("data"));
    assertThat(world.pod("b").nodeName()).isPresent();
  }

  @Test
  void usersMakeNoVolumesAndChangeNoClaims() {
    world.ask(createClaim("data"));
    placed("a", using("data"));
    PersistentVolume volume = volumes(world).get(0);
    PersistentVolume other =
        PersistentVolume.of(
            ClaimSamples.claim("own", AccessMode.READ_WRITE_ONCE), "n1", "u", world.now);
    assertThat(world.refused(WorkloadSamples.create(other)).message())
        .contains("volumes are made for claims");
    PersistentVolume elsewhere =
        new PersistentVolume(
            volume.meta(),
            1,
            volume.accessModes(),
            volume.reclaimPolicy(),
            volume.storageClass(),
            volume.claim(),
            volume.node(),
            volume.status());
    assertThat(world.refused(WorkloadSamples.update(elsewhere)).message())
        .contains("only persistentVolumeReclaimPolicy");
    PersistentVolumeClaim larger =
        new PersistentVolumeClaim(
            WorkloadSamples.meta("data"),
            new PersistentVolumeClaim.Spec(
                List.of(AccessMode.READ_WRITE_ONCE), 1, PersistentVolumeClaim.LOCAL_CLASS),
            PersistentVolumeClaim.Status.NONE);
    assertThat(world.refused(WorkloadSamples.update(larger)).message())
        .contains("is immutable after creation");
    PersistentVolumeClaim foreign =
        new PersistentVolumeClaim(
            WorkloadSamples.meta("fast"),
            new PersistentVolumeClaim.Spec(List.of(AccessMode.READ_WRITE_ONCE), 1, "ssd"),
            PersistentVolumeClaim.Status.NONE);
    assertThat(world.refused(WorkloadSamples.create(foreign)).message())
        .contains("spec.storageClassName: must be \"local\"");
  }

  @Test
  void anEvictedPodWithAClaimIsStoppedByTheBudgetAndWaitsForItsNode() {
    world.ask(createClaim("data"));
    world.ask(Samples.create("web", Samples.spec(1, using("data"), Samples.rolling(1, 0))));
    world.settle();
    Pod pod = world.livePods("web").get(0);
    cordon(pod.nodeName().orElseThrow(), true);
    world.ask(WorkloadSamples.create(WorkloadSamples.budget("b", 1, null)));
    ClientRequest evict =
        new ClientRequest.DeletePod(pod.name(), Optional.empty(), Optional.empty(), true);
    assertThat(world.refused(evict).reason()).isEqualTo(Refusal.Reason.TOO_MANY_REQUESTS);

    world.ask(WorkloadSamples.update(WorkloadSamples.budget("b", 0, null)));
    world.ask(evict);
    assertThat(world.pod(pod.name().name()).isDeleting()).isTrue();
    assertThat(world.pod(pod.name().name()).move()).isEmpty();
    world.settle();
    assertThat(world.livePods("web").get(0).unschedulable().orElseThrow())
        .contains("volume node affinity conflict");
  }

  @Test
  void rebalancingMovesNoPodWithAClaim() {
    world.ask(createClaim("data"));
    world.ask(Samples.create("web", Samples.spec(3, using("data"), Samples.rolling(1, 0))));
    world.settle();
    world.decide(new SchedulerInput.Rebalances(world.now, 3, 10));
    assertThat(world.state.moving()).isEmpty();
  }

  @Test
  void aNamespacesClaimsGoWithItOnceItsPodsAreGone() {
    world.ask(new ClientRequest.CreateNamespace("shop", Map.of(), Map.of()));
    world.ask(
        WorkloadSamples.create(
            new PersistentVolumeClaim(
                new ObjectMeta("shop", "data", "", 0, 0, world.now, Map.of(), Map.of()),
                ClaimSamples.spec(AccessMode.READ_WRITE_ONCE),
                PersistentVolumeClaim.Status.NONE)));
    world.ask(
        new ClientRequest.CreatePod(
            new ObjectName("shop", "p"), Map.of(), Map.of(), using("data")));
    world.nodesObey();
    world.ask(new ClientRequest.DeleteNamespace("shop"));
    assertThat(world.state.objects().all(PersistentVolumeClaim.class)).hasSize(1);
    world.nodesObey();
    assertThat(world.state.objects().all(PersistentVolumeClaim.class)).isEmpty();
    assertThat(volumes(world).get(0).isToBeRemoved()).isTrue();
  }

  @Test
  void quotasCountClaimsAndTheirBytes() {
    world.ask(
        WorkloadSamples.create(
            new ResourceQuota(
                WorkloadSamples.meta("q"),
                Map.of("persistentvolumeclaims", 2L, "requests.storage", Samples.GIB),
                ResourceQuota.Status.NONE)));
    world.ask(createClaim("data"));
    ResourceQuota quota = world.state.objects().all(ResourceQuota.class).iterator().next();
    assertThat(quota.status().used())
        .isEqualTo(Map.of("persistentvolumeclaims", 1L, "requests.storage", Samples.GIB));
    Refusal refusal = world.refused(createClaim("more"));
    assertThat(refusal.reason()).isEqualTo(Refusal.Reason.FORBIDDEN);
    assertThat(refusal.message()).contains("exceeded quota: q, requested: requests.storage=");
    world.ask(deleteClaim("data"));
    quota = world.state.objects().all(ResourceQuota.class).iterator().next();
    assertThat(quota.status().used().values()).containsOnly(0L);
    world.pass(Duration.ofSeconds(1));
  }
}
