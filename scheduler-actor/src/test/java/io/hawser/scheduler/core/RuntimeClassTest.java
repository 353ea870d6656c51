package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.create;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.DaemonSet;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.PodTemplate;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import io.hawser.model.RuntimeClass;
import io.hawser.model.Taint;
import io.hawser.model.Toleration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A pod of a runtime class runs where the class says, and takes what it needs beside the rest. */
class RuntimeClassTest {
  private static final ResourceAmounts OVERHEAD = new ResourceAmounts(250, 32L << 20, 0, Map.of());
  private static final Toleration BOXES =
      new Toleration("boxes", true, "", Optional.empty(), Optional.empty());

  private final World world = World.withNodes(3);

  private void makeClass(Map<String, String> nodeSelector) {
    ObjectMeta meta = new ObjectMeta("", "sandboxed", "", 0, 0, Instant.EPOCH, Map.of(), Map.of());
    world.ask(create(new RuntimeClass(meta, "runsc", OVERHEAD, nodeSelector, List.of(BOXES))));
  }

  private static PodSpec sandboxed(long cpuMillis) {
    return Samples.podSpec("v1", cpuMillis).withRuntimeClass("sandboxed");
  }

  private void node(String name, Map<String, String> labels, Taint... taints) {
    world.ask(
        new ClientRequest.UpdateNode(
            name, labels, Map.of(), false, List.of(taints), Optional.empty()));
  }

  @Test
  void itSaysWhichNodesHaveIt() {
    makeClass(Map.of("sandbox", "yes"));
    world.ask(Samples.createPod("boxed", sandboxed(100)));
    assertThat(world.pod("boxed").nodeName()).isEmpty();
    assertThat(world.pod("boxed").spec().nodeSelector()).containsEntry("sandbox", "yes");

    node("n2", Map.of("sandbox", "yes"), new Taint("boxes", "", Taint.Effect.NO_SCHEDULE));

    assertThat(world.pod("boxed").nodeName()).contains("n2");
    assertThat(Configs.mayRead(world.state, "n2", new ObjectKey("RuntimeClass", "", "sandboxed")))
        .isTrue();
    assertThat(Configs.mayRead(world.state, "n1", new ObjectKey("RuntimeClass", "", "sandboxed")))
        .isFalse();
  }

  @Test
  void itsOverheadTakesRoomOnTheNodeAndInTheQuota() {
    makeClass(Map.of());
    world.ask(Samples.createPod("fits", sandboxed(3_750)));
    world.ask(Samples.createPod("large", sandboxed(3_751)));
    assertThat(world.pod("fits").spec().overhead()).contains(OVERHEAD);
    assertThat(world.pod("fits").nodeName()).isPresent();
    assertThat(world.pod("large").unschedulable().orElseThrow()).contains("insufficient cpu");

    world.ask(
        create(
            new ResourceQuota(
                WorkloadSamples.meta("q"),
                Map.of("requests.cpu", 8_000L),
                ResourceQuota.Status.NONE)));
    assertThat(world.refused(Samples.createPod("more", sandboxed(1))).message())
        .contains("requested: requests.cpu=251", "used: requests.cpu=8001");
  }

  @Test
  void aDeploymentsPodsShareTheSpecThatWasAdmitted() {
    makeClass(Map.of());
    world.ask(
        Samples.create("web", Samples.spec(2, sandboxed(100), DeploymentSpec.Strategy.DEFAULT)));
    world.settle();
    List<Pod> pods = world.livePods("web");
    assertThat(pods).hasSize(2);
    assertThat(pods.get(0).spec().tolerations()).containsExactly(BOXES);
    assertThat(pods.get(1).spec()).isSameAs(pods.get(0).spec());
  }

  @Test
  void aPodKeepsWhatTheClassSaidWhenItWasAdmitted() {
    makeClass(Map.of());
    world.ask(Samples.createPod("old", sandboxed(100)));
    ObjectMeta meta = new ObjectMeta("", "sandboxed", "", 0, 0, Instant.EPOCH, Map.of(), Map.of());
    world.ask(
        WorkloadSamples.update(
            new RuntimeClass(meta, "runsc", ResourceAmounts.NONE, Map.of("a", "b"), List.of())));
    world.ask(Samples.createPod("new", sandboxed(100)));
    assertThat(world.pod("old").spec().overhead()).contains(OVERHEAD);
    assertThat(world.pod("new").spec().overhead()).isEmpty();
    assertThat(world.pod("new").nodeName()).isEmpty();
  }

  @Test
  void daemonsRunOnlyWhereTheirClassIs() {
    makeClass(Map.of("sandbox", "yes"));
    node("n2", Map.of("sandbox", "yes"));
    node("n3", Map.of("sandbox", "yes"), new Taint("boxes", "", Taint.Effect.NO_SCHEDULE));
    DaemonSet plain = WorkloadSamples.daemon("d", "v1", 1);
    PodTemplate template =
        new PodTemplate(
            plain.spec().template().labels(),
            Map.of(),
            plain.spec().template().spec().withRuntimeClass("sandboxed"));
    world.ask(
        create(
            new DaemonSet(
                plain.meta(),
                new DaemonSet.Spec(plain.spec().selector(), template, false, Amount.of(1), 0, 10),
                List.of(),
                DaemonSet.Status.NONE)));
    world.settle();
    assertThat(WorkloadSamples.live(world, "DaemonSet", "d"))
        .extracting(p -> p.nodeName().orElse("?"))
        .containsExactlyInAnyOrder("n2", "n3");
  }

  @Test
  void whatContradictsTheClassIsForbidden() {
    assertThat(refusal(sandboxed(1))).contains("RuntimeClass \"sandboxed\" not found");
    makeClass(Map.of("sandbox", "yes"));
    PodSpec elsewhere =
        Samples.podSpec("v1", 1, Map.of("sandbox", "no"), List.of(), Optional.empty(), List.of())
            .withRuntimeClass("sandboxed");
    assertThat(refusal(elsewhere))
        .contains(
            "conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes;"
                + " pod.spec.nodeSelector[sandbox] = no");
    ObjectMeta meta = new ObjectMeta("", "other", "", 0, 0, Instant.EPOCH, Map.of(), Map.of());
    RuntimeClass other =
        new RuntimeClass(
            meta, "runsc", new ResourceAmounts(1, 0, 0, Map.of()), Map.of(), List.of());
    assertThat(refusal(Samples.podSpec("v1", 1).in(other)))
        .contains("spec.overhead is set, but spec.runtimeClassName is not");
    assertThat(refusal(sandboxed(1).in(other)))
        .contains("spec.overhead does not match the overhead of RuntimeClass \"sandboxed\"");
  }

  private String refusal(PodSpec spec) {
    return world.refused(Samples.createPod("p", spec)).message();
  }
}
