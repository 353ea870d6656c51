package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.create;
import static io.hawser.scheduler.core.WorkloadSamples.meta;
import static io.hawser.scheduler.core.WorkloadSamples.update;
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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
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

  private void resized(String name, long cpuMillis, long memory) {
    world.ask(resize(world.pod(name), "main", cpuMillis, memory));
  }

  private long cpuInForce(String name) {
    return world.pod(name).spec().effectiveRequests().cpuMillis();
  }

  private static Predicate<Pod.PendingResize> waits(boolean infeasible, String message) {
    return pending -> pending.infeasible() == infeasible && pending.message().equals(message);
  }

  @Test
  void whatTheNodeHasNoRoomForWaitsAndIsGrantedWhenOthersLeave() {
    running("p", 1_000);
    Pod other = running("other", 2_000);
    ClusterState before = world.state;
    resized("p", 2_500, MEMORY);

    assertThat(world.pod("p").resize())
        .hasValueSatisfying(
            pending ->
                assertThat(pending)
                    .matches(waits(false, "node n1 has no room now for 1500m of cpu more")));
    assertThat(cpuInForce("p")).isEqualTo(1_000);
    assertThat(world.pod("p").desiredSpec().effectiveRequests().cpuMillis()).isEqualTo(2_500);
    SchedulerEvent last = world.journal.get(world.journal.size() - 1);
    assertThat(last).isInstanceOf(SchedulerEvent.PodResizePending.class);
    assertThat(Assignments.between(before, world.state, List.of(last)))
        .as("the node hears nothing of it")
        .isEmpty();

    world.ask(Samples.deletePod(Samples.name("other")));
    assertThat(world.pod("p").resize()).as("it has not stopped yet").isPresent();
    world.gone(world.pod("other"));
    assertThat(world.pod("p").resize()).isEmpty();
    assertThat(cpuInForce("p")).isEqualTo(2_500);
    assertThat(world.state.resizing()).isEmpty();
  }

  @Test
  void whatTheNodeNeverHasRoomForIsInfeasibleUntilItIsLarger() {
    running("p", 1_000);
    resized("p", 1_000, 9L << 30);
    assertThat(world.pod("p").resize())
        .hasValueSatisfying(
            pending ->
                assertThat(pending)
                    .matches(
                        waits(
                            true,
                            "node n1 has 8589934592 bytes of memory, 9663676416 bytes are asked for")));
    world.register("n1");
    assertThat(world.pod("p").resize()).as("as large as before").isPresent();
  }

  @Test
  void theLatestRequestCountsAndThePresentSizeEndsTheWait() {
    running("p", 1_000);
    running("other", 2_000);
    resized("p", 9_000, MEMORY);
    assertThat(world.pod("p").resize().orElseThrow().infeasible()).isTrue();
    resized("p", 2_500, MEMORY);
    assertThat(world.pod("p").resize().orElseThrow().infeasible()).isFalse();
    long revision = world.state.revision();
    resized("p", 2_500, MEMORY);
    assertThat(world.state.revision()).as("asked for again").isEqualTo(revision);
    resized("p", 1_000, MEMORY);
    assertThat(world.pod("p").resize()).isEmpty();
    assertThat(cpuInForce("p")).isEqualTo(1_000);
  }

  @Test
  void whoHasWaitedLongestIsGrantedFirstAndBeforePodsWithoutANode() {
    running("first", 500);
    running("second", 500);
    running("other", 3_000);
    resized("first", 2_500, MEMORY);
    world.pass(Duration.ofSeconds(1));
    resized("second", 2_500, MEMORY);
    running("new", 3_000);
    assertThat(world.pod("new").nodeName()).isEmpty();
    world.ask(Samples.deletePod(Samples.name("other")));
    world.settle();

    assertThat(cpuInForce("first")).isEqualTo(2_500);
    assertThat(cpuInForce("second")).isEqualTo(500);
    assertThat(world.pod("second").resize()).isPresent();
    assertThat(world.pod("new").nodeName()).isEmpty();
  }

  @Test
  void aSmallerNeighbourMakesRoomAndAnEndedPodWaitsForNothing() {
    Pod pod = running("p", 1_000);
    running("other", 2_000);
    resized("p", 2_500, MEMORY);
    resized("other", 1_000, MEMORY);
    assertThat(cpuInForce("p")).isEqualTo(2_500);
    resized("p", 4_000, MEMORY);
    assertThat(world.pod("p").resize()).isPresent();
    world.report("n1", Samples.report(pod, Samples.ended(PodPhase.SUCCEEDED)));
    assertThat(world.pod("p").resize()).isEmpty();
    assertThat(world.state.resizing()).isEmpty();
  }

  @Test
  void aQuotaThatBecameSmallerIsNotExceededAndALargerOneIsUsed() {
    running("p", 1_000);
    running("other", 2_000);
    world.ask(create(quota(5_000)));
    resized("p", 2_500, MEMORY);
    world.ask(update(quota(2_000)));
    world.ask(Samples.deletePod(Samples.name("other")));
    world.settle();
    assertThat(world.pod("p").resize().orElseThrow())
        .matches(waits(false, "the quota or limits of namespace default do not allow it now"));
    assertThat(cpuInForce("p")).isEqualTo(1_000);

    world.ask(update(quota(2_500)));
    world.pass(Duration.ofSeconds(1));
    assertThat(cpuInForce("p")).isEqualTo(2_500);
  }

  private static ResourceQuota quota(long cpuMillis) {
    return new ResourceQuota(
        meta("q"), Map.of("requests.cpu", cpuMillis), ResourceQuota.Status.NONE);
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
