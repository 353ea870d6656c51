package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.PlacementHints;
import io.hawser.model.PlacementHints.Policy;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.model.Taint;
import io.hawser.model.Toleration;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private final World world = World.withNodes(3);

  @Test
  void thePendingPodSaysWhatEveryNodeLacked() {
    cordon("n1");
    world.ask(Samples.createPod("big", Samples.podSpec("v1", 5_000)));

    assertThat(world.pod("big").unschedulable())
        .contains("0/3 nodes are available: 1 node was cordoned, 2 had insufficient cpu.");
  }

  @Test
  void withoutAnyNodeThePodSaysSo() {
    World empty = new World(1);
    empty.ask(Samples.createPod("lonely", Samples.podSpec("v1", 100)));

    assertThat(empty.pod("lonely").unschedulable())
        .contains("0/0 nodes are available: no node has registered.");
  }

  @Test
  void theReasonIsWrittenOnceNotAtEveryLook() {
    world.ask(Samples.createPod("big", Samples.podSpec("v1", 5_000)));
    world.ask(Samples.createPod("small", Samples.podSpec("v1", 100)));
    long revision = world.state.revision();

    world.ready(world.pod("small"));
    world.report("n1", Samples.report(world.pod("small"), Samples.ended(PodPhase.SUCCEEDED)));

    assertThat(world.state.pods().get(Samples.name("big")).meta().resourceVersion())
        .isLessThanOrEqualTo(revision);
  }

  @Test
  void aNodeThatRegistersTakesThePendingPods() {
    World empty = new World(1);
    empty.ask(Samples.create("web", Samples.spec(3, "v1")));
    assertThat(empty.livePods("web")).allMatch(p -> p.nodeName().isEmpty());

    empty.register("n1");

    assertThat(empty.livePods("web")).allMatch(p -> p.nodeName().equals(Optional.of("n1")));
    assertThat(empty.livePods("web")).allMatch(p -> p.unschedulable().isEmpty());
  }

  @Test
  void aPodThatEndsMakesRoomForOneThatWaits() {
    for (String name : List.of("a", "b", "c")) {
      world.ask(Samples.createPod(name, Samples.podSpec("v1", 3_000)));
    }
    world.ask(Samples.createPod("waiting", Samples.podSpec("v1", 3_000)));
    assertThat(world.pod("waiting").nodeName()).isEmpty();
    Pod first = world.pod("a");

    world.ask(Samples.deletePod(first.name()));
    assertThat(world.pod("waiting").nodeName()).as("it still stops").isEmpty();
    world.gone(first);

    assertThat(world.pod("waiting").nodeName()).isEqualTo(first.nodeName());
  }

  @Test
  void anUncordonedNodeTakesPodsAgain() {
    List.of("n1", "n2", "n3").forEach(this::cordon);
    world.ask(Samples.createPod("p", Samples.podSpec("v1", 100)));
    assertThat(world.pod("p").unschedulable())
        .contains("0/3 nodes are available: 3 nodes were cordoned.");

    change("n2", false, List.of(), Map.of());

    assertThat(world.pod("p").nodeName()).contains("n2");
  }

  @Test
  void aTaintKeepsPodsOffThatDoNotTolerateIt() {
    Taint taint = new Taint("gpu", "yes", Taint.Effect.NO_SCHEDULE);
    for (String node : List.of("n1", "n2", "n3")) {
      change(node, false, List.of(taint), Map.of());
    }
    world.ask(Samples.createPod("plain", Samples.podSpec("v1", 100)));
    Toleration tolerates = new Toleration("gpu", false, "yes", Optional.empty(), Optional.empty());
    world.ask(
        Samples.createPod(
            "tolerant",
            Samples.podSpec("v1", 100, Map.of(), List.of(tolerates), Optional.empty(), List.of())));

    assertThat(world.pod("plain").unschedulable().orElseThrow())
        .isEqualTo("0/3 nodes are available: 3 nodes had the untolerated taint {gpu=yes}.");
    assertThat(world.pod("tolerant").nodeName()).isPresent();
  }

  @Test
  void aNoExecuteTaintDrivesPodsOut() {
    world.ask(Samples.create("web", Samples.spec(3, "v1")));

    change("n1", false, List.of(new Taint("bad", "", Taint.Effect.NO_EXECUTE)), Map.of());

    assertThat(world.state.podsOn("n1")).hasSize(1).allMatch(Pod::isDeleting);
    assertThat(world.livePods("web")).hasSize(3);
  }

  @Test
  void aNoExecuteTaintIsBorneForAsLongAsTheTolerationSays() {
    Taint bad = new Taint("bad", "", Taint.Effect.NO_EXECUTE);
    tolerant("patient", Optional.of(60L));
    tolerant("impatient", Optional.of(0L));
    tolerant("stoic", Optional.of(Long.MAX_VALUE));
    tolerant("eternal", Optional.empty());
    for (String node : List.of("n1", "n2", "n3")) {
      change(node, false, List.of(bad), Map.of());
    }
    assertThat(leaving()).containsExactly("impatient");
    world.pass(Duration.ofSeconds(30));
    // Written back as it is, and beside another one: its time goes on.
    for (String node : List.of("n1", "n2", "n3")) {
      change(node, false, List.of(bad), Map.of("a", "b"));
      change(node, false, List.of(bad, new Taint("x", "", Taint.Effect.NO_SCHEDULE)), Map.of());
    }
    world.pass(Duration.ofSeconds(29));
    assertThat(leaving()).containsExactly("impatient");
    world.pass(Duration.ofSeconds(1));
    assertThat(leaving()).containsExactly("impatient", "patient");
    world.pass(Duration.ofDays(1_000));
    assertThat(leaving()).containsExactly("impatient", "patient");
  }

  private void tolerant(String name, Optional<Long> seconds) {
    Toleration tolerates =
        new Toleration("bad", true, "", Optional.of(Taint.Effect.NO_EXECUTE), seconds);
    world.ask(
        Samples.createPod(
            name,
            Samples.podSpec("v1", 100, Map.of(), List.of(tolerates), Optional.empty(), List.of())));
  }

  private List<String> leaving() {
    return world.state.pods().values().stream()
        .filter(Pod::isDeleting)
        .map(p -> p.meta().name())
        .toList();
  }

  @Test
  void theClustersWeightsHoldForPodsThatDoNotSayOtherwise() {
    PlacementSettings packing =
        new PlacementSettings(
            Policy.SPREAD, Map.of("free", -1, "spread", 0), List.of(), List.of(), List.of());
    World packed = new World(1, packing);
    List.of("n1", "n2", "n3").forEach(packed::register);
    for (String name : List.of("a", "b")) {
      packed.ask(Samples.createPod(name, Samples.podSpec("v1", 100)));
    }
    assertThat(packed.pod("b").nodeName()).isEqualTo(packed.pod("a").nodeName());
    packed.ask(hinted("c", Map.of(PlacementHints.POLICY, "spread")));
    assertThat(packed.pod("c").nodeName()).isNotEqualTo(packed.pod("a").nodeName());
    packed.ask(hinted("d", Map.of(PlacementHints.WEIGHTS, "free=1")));
    assertThat(packed.pod("d").nodeName().orElseThrow())
        .isNotIn(packed.pod("a").nodeName().get(), packed.pod("c").nodeName().get());
  }

  private static ClientRequest hinted(String name, Map<String, String> annotations) {
    return new ClientRequest.CreatePod(
        Samples.name(name), Map.of(), annotations, Samples.podSpec("image-of-" + name, 100));
  }

  @Test
  void aNodeSelectorIsHeeded() {
    change("n3", false, List.of(), Map.of("disk", "ssd"));
    PodSpec spec =
        Samples.podSpec("v1", 100, Map.of("disk", "ssd"), List.of(), Optional.empty(), List.of());
    world.ask(Samples.createPod("p", spec));

    assertThat(world.pod("p").nodeName()).contains("n3");
  }

  @Test
  void aNamedNodeIsTakenEvenWhenCordonedButNotWhenFull() {
    cordon("n2");
    PodSpec spec = Samples.podSpec("v1", 3_000, Map.of(), List.of(), Optional.of("n2"), List.of());
    world.ask(Samples.createPod("first", spec));
    world.ask(Samples.createPod("second", spec));

    assertThat(world.pod("first").nodeName()).contains("n2");
    assertThat(world.pod("second").unschedulable().orElseThrow())
        .isEqualTo(
            "0/3 nodes are available: 1 node had insufficient cpu, 2 were not the named node n2.");
  }

  @Test
  void aHostPortIsGivenOutOncePerNode() {
    PodContainer.Port port = new PodContainer.Port("", 80, 8080, "TCP");
    PodSpec spec = Samples.podSpec("v1", 10, Map.of(), List.of(), Optional.empty(), List.of(port));
    for (int i = 0; i < 4; i++) {
      world.ask(Samples.createPod("p" + i, spec));
    }

    assertThat(world.pod("p3").unschedulable().orElseThrow())
        .isEqualTo("0/3 nodes are available: 3 nodes had host port TCP/8080 in use.");
  }

  @Test
  void aNodeTakesNoMoreThanItsMostPods() {
    World small = new World(1);
    small.decide(
        new SchedulerInput.NodeRegisters(
            small.now, 5, Samples.node("n1", "run-1", 64_000, 2), List.of()));
    small.ask(Samples.create("web", Samples.spec(3, "v1")));

    assertThat(small.state.podsOn("n1")).hasSize(2);
  }

  private void cordon(String node) {
    change(node, true, List.of(), Map.of());
  }

  private void change(
      String node, boolean unschedulable, List<Taint> taints, Map<String, String> labels) {
    world.ask(
        new ClientRequest.UpdateNode(
            node, labels, Map.of(), unschedulable, taints, Optional.empty()));
  }
}
