package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.create;
import static io.hawser.scheduler.core.WorkloadSamples.meta;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ContainerSize;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.Refusal;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Pods that are resized where they are; a node of the test has four cores and 8 GiB. */
class PodResizeTest {
  private static final long MEMORY = 64L << 20;

  private final World world = World.withNodes(1);

  private Pod running(String name, long cpuMillis) {
    world.ask(Samples.createPod(name, Samples.podSpec("v1", cpuMillis)));
    world.settle();
    return world.pod(name);
  }

  private static ClientRequest resize(Pod pod, String container, long cpuMillis, long memory) {
    return new ClientRequest.ResizePod(
        pod.name(),
        List.of(
            new ContainerSize(
                container,
                new ResourceAmounts(cpuMillis, memory, 0, Map.of()),
                ResourceAmounts.NONE)),
        Optional.empty());
  }

  private String refused(ClientRequest request) {
    Refusal refusal = world.refused(request);
    assertThat(refusal.reason()).isEqualTo(Refusal.Reason.FORBIDDEN);
    return refusal.message();
  }

  @Test
  void theNodeIsToldTheNewSizeAndCountsIt() {
    Pod pod = running("p", 1_000);
    ClusterState before = world.state;
    world.ask(resize(pod, "main", 3_000, MEMORY));

    assertThat(world.pod("p").uid()).isEqualTo(pod.uid());
    assertThat(world.state.loadOf("n1").requested().cpuMillis()).isEqualTo(3_000);
    Assignments.Delta delta =
        Assignments.between(before, world.state, List.of(lastResize())).get("n1");
    assertThat(delta.removed()).isEmpty();
    assertThat(delta.changed())
        .singleElement()
        .satisfies(
            a -> {
              assertThat(a.uid()).isEqualTo(pod.uid());
              assertThat(a.stopGraceSeconds()).isEmpty();
              assertThat(a.spec().effectiveRequests().cpuMillis()).isEqualTo(3_000);
            });
    assertThat(running("next", 2_000).nodeName()).as("the room is taken").isEmpty();
    world.ask(resize(world.pod("p"), "main", 500, MEMORY));
    world.settle();
    assertThat(world.pod("next").nodeName()).as("and given back").isPresent();
  }

  private SchedulerEvent lastResize() {
    return world.journal.stream()
        .filter(SchedulerEvent.PodResized.class::isInstance)
        .reduce((a, b) -> b)
        .orElseThrow();
  }

  @Test
  void theSameSizeWritesNothing() {
    Pod pod = running("p", 1_000);
    long revision = world.state.revision();
    world.ask(resize(pod, "main", 1_000, MEMORY));
    assertThat(world.state.revision()).isEqualTo(revision);
  }

  @Test
  void moreThanTheNodeHasIsRefused() {
    Pod pod = running("p", 1_000);
    running("other", 2_000);
    assertThat(refused(resize(pod, "main", 2_500, MEMORY)))
        .contains("node n1 has no room: cpu 1500m more is asked for, 1000m is left");
    assertThat(refused(resize(pod, "main", 1_000, 9L << 30)))
        .contains("node n1 has no room", "of memory more are asked for");
  }

  @Test
  void moreThanTheQuotaIsRefusedButThePodItselfIsNotCountedTwice() {
    Pod pod = running("p", 1_000);
    Map<String, Long> hard = Map.of("pods", 1L, "requests.cpu", 1_500L);
    world.ask(create(new ResourceQuota(meta("q"), hard, ResourceQuota.Status.NONE)));
    assertThat(refused(resize(pod, "main", 1_600, MEMORY))).contains("exceeded quota: q");
    world.ask(resize(pod, "main", 1_500, MEMORY));
    assertThat(world.pod("p").spec().effectiveRequests().cpuMillis()).isEqualTo(1_500);
    assertThat(world.state.objects().all(ResourceQuota.class).iterator().next().status().used())
        .containsEntry("requests.cpu", 1_500L);
  }

  @Test
  void whatMustStayIsNamed() {
    Pod pod = running("p", 1_000);
    assertThat(refused(resize(pod, "other", 1, 1))).contains("no container other");
    assertThat(refused(resize(pod, "main", 0, 0))).contains("quality of service class");
    ResourceAmounts disk = new ResourceAmounts(1_000, MEMORY, 1 << 20, Map.of());
    assertThat(
            refused(
                new ClientRequest.ResizePod(
                    pod.name(),
                    List.of(new ContainerSize("main", disk, ResourceAmounts.NONE)),
                    Optional.empty())))
        .contains("only cpu and memory");
    world.report("n1", Samples.report(pod, Samples.ended(PodPhase.SUCCEEDED)));
    assertThat(refused(resize(pod, "main", 500, MEMORY))).contains("has ended");
  }
}
