package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.model.ImageFacts;
import io.hawser.model.NodeInfo;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.ResourceAmounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What of a node's own follows from its kernel and machine: architectures and process ids. */
class ForeignImagesTest {
  private final World world = new World(1);

  private void register(String name, String architecture, Map<String, Long> extended) {
    NodeInfo plain = Samples.node(name);
    NodeInfo info =
        new NodeInfo(
            name,
            plain.incarnation(),
            plain.address(),
            plain.ip(),
            plain.gatewayUrl(),
            plain.roles(),
            plain.podSubnet(),
            new ResourceAmounts(4_000, 8 * Samples.GIB, 0, extended),
            plain.maxPods(),
            architecture,
            plain.kernelVersion(),
            plain.osImage(),
            plain.version());
    world.decide(new SchedulerInput.NodeRegisters(world.now, 7, info, List.of()));
  }

  private static PodStatus foreign(Set<String> architectures) {
    ContainerStatus container =
        new ContainerStatus(
                "main",
                "v1",
                "",
                "",
                ContainerState.waiting("ErrImagePull", Optional.of("v1 has no manifest")),
                Optional.empty(),
                false,
                false,
                0)
            .withImageFor(architectures);
    return new PodStatus(
        PodPhase.PENDING,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(container),
        Optional.empty(),
        Optional.empty());
  }

  private void cannotRun(Pod pod) {
    world.report(
        pod.nodeName().orElseThrow(), Samples.report(pod, foreign(Set.of("amd64", "s390x"))));
  }

  @Test
  void theFirstPodThatMeetsAForeignImageIsTakenBackAndNoOtherIsPlacedThere() {
    register("arm", "arm64", Map.of());
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    Pod first = world.livePods("web").get(0);
    assertThat(first.nodeName()).contains("arm");

    cannotRun(first);
    assertThat(world.pod(first.name().name()).isDeleting()).isTrue();
    assertThat(world.livePods("web").get(0).unschedulable())
        .contains("0/1 nodes are available: 1 node was of the architecture arm64.");

    register("amd", "amd64", Map.of());
    world.ask(Samples.scale("web", 3));
    assertThat(world.livePods("web")).allMatch(p -> p.nodeName().equals(Optional.of("amd")));
  }

  @Test
  void otherImagesAndNodesOfUnknownArchitectureAreNotConcerned() {
    register("arm", "arm64", Map.of());
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    cannotRun(world.livePods("web").get(0));

    world.ask(Samples.createPod("other", Samples.podSpec("v2", 100)));
    assertThat(world.pod("other").nodeName()).contains("arm");
    register("old", "", Map.of());
    assertThat(world.livePods("web").get(0).nodeName()).contains("old");
  }

  @Test
  void whatIsKnownOfAnImageSurvivesASnapshotAndIsForgottenAfterAnHour() {
    register("arm", "arm64", Map.of());
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    cannotRun(world.livePods("web").get(0));
    world.state = ClusterSnapshot.of(world.state).toState();
    assertThat(world.state.objects().all(ImageFacts.class)).hasSize(1);
    assertThat(world.livePods("web")).allMatch(p -> p.nodeName().isEmpty());

    world.pass(Limits.IMAGE_FACTS_KEPT.plus(Duration.ofSeconds(1)));
    assertThat(world.state.objects().all(ImageFacts.class)).isEmpty();
    assertThat(world.livePods("web")).allMatch(p -> p.nodeName().equals(Optional.of("arm")));
  }

  @Test
  void aPodThatNobodyOwnsStaysWhereItIs() {
    register("arm", "arm64", Map.of());
    world.ask(Samples.createPod("alone", Samples.podSpec("v1", 100)));
    cannotRun(world.pod("alone"));
    assertThat(world.pod("alone").isDeleting()).isFalse();
    assertThat(world.state.objects().all(ImageFacts.class)).hasSize(1);
  }

  @Test
  void aPodGetsNoMoreProcessIdsThanANodeHasWhereTheNodeTells() {
    register("small", "amd64", Map.of(ResourceAmounts.PIDS, 1_000L));
    world.ask(Samples.createPod("first", pids(600)));
    world.ask(Samples.createPod("second", pids(600)));
    world.ask(Samples.createPod("plain", Samples.podSpec("v1", 100)));
    assertThat(world.pod("first").nodeName()).contains("small");
    assertThat(world.pod("second").unschedulable())
        .contains("0/1 nodes are available: 1 node had insufficient hawser.io/pids.");
    assertThat(world.pod("plain").nodeName()).contains("small");

    register("old", "amd64", Map.of());
    assertThat(world.pod("second").nodeName()).contains("old");
  }

  private static PodSpec pids(long number) {
    return Samples.podSpec(
        "v1", new ResourceAmounts(100, 0, 0, Map.of(ResourceAmounts.PIDS, number)));
  }
}
