package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.create;
import static io.hawser.scheduler.core.WorkloadSamples.meta;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.DeploymentSpec;
import io.hawser.model.LimitRange;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.PriorityClass;
import io.hawser.model.Refusal;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import io.hawser.model.Scheduling;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuotaTest {
  private final World world = World.withNodes(3);

  private void quota(Map<String, Long> hard) {
    world.ask(create(new ResourceQuota(meta("q"), hard, ResourceQuota.Status.NONE)));
  }

  private ResourceQuota stored() {
    return world.state.objects().all(ResourceQuota.class).iterator().next();
  }

  private static ResourceAmounts cpu(long millis) {
    return new ResourceAmounts(millis, 0, 0, Map.of());
  }

  @Test
  void aDeploymentGetsOnlyWhatTheQuotaHasLeftAndMoreOnceThereIs() {
    quota(Map.of("pods", 5L, "requests.cpu", 300L));
    world.ask(Samples.create("web", Samples.spec(4, "v1")));
    world.settle();
    assertThat(world.livePods("web")).as("100m each").hasSize(3);
    assertThat(stored().status().used()).containsEntry("requests.cpu", 300L);
    Refusal refusal = world.refused(Samples.createPod("p", Samples.podSpec("v1", 100)));
    assertThat(refusal.reason()).isEqualTo(Refusal.Reason.FORBIDDEN);
    assertThat(refusal.message())
        .contains(
            "exceeded quota: q", "requested: requests.cpu=100m", "limited: requests.cpu=300m");

    world.ask(
        WorkloadSamples.update(
            new ResourceQuota(meta("q"), Map.of("pods", 5L), ResourceQuota.Status.NONE)));
    world.pass(Duration.ofSeconds(1));
    world.settle();
    assertThat(world.livePods("web")).hasSize(4);
  }

  @Test
  void amountsAreToldAsUsersWriteThem() {
    quota(Map.of("pods", 2L, "requests.memory", 100L << 20));
    world.ask(Samples.createPod("p", Samples.podSpec("v1", 100)));
    assertThat(world.refused(Samples.createPod("q", Samples.podSpec("v1", 100))).message())
        .contains(
            "requested: requests.memory=64Mi, used: requests.memory=64Mi, limited:"
                + " requests.memory=100Mi")
        .doesNotContain("pods=");
  }

  @Test
  void whatAQuotaHoldsBackIsToldOnceAndInACondition() {
    quota(Map.of("pods", 1L));
    world.ask(Samples.create("web", Samples.spec(3, "v1")));
    world.settle();
    assertThat(world.deployment("web").status().conditions())
        .anyMatch(
            c ->
                c.type().equals("ReplicaFailure")
                    && c.reason().equals("FailedCreate")
                    && c.message().contains("exceeded quota: q"));
    world.pass(Duration.ofSeconds(1));
    world.pass(Duration.ofSeconds(1));
    assertThat(refusals("Deployment")).isEqualTo(1);
    world.pass(Duration.ofMinutes(6));
    assertThat(refusals("Deployment")).as("it lasts").isEqualTo(2);

    world.ask(
        WorkloadSamples.update(
            new ResourceQuota(meta("q"), Map.of("pods", 9L), ResourceQuota.Status.NONE)));
    world.pass(Duration.ofSeconds(1));
    world.settle();
    assertThat(world.deployment("web").status().conditions())
        .noneMatch(c -> c.type().equals("ReplicaFailure"));
  }

  @Test
  void aDaemonSetsRefusedPodsAreToldToo() {
    quota(Map.of("pods", 0L));
    world.ask(create(WorkloadSamples.daemon("d", "v1", 1)));
    assertThat(refusals("DaemonSet")).isEqualTo(1);
  }

  private long refusals(String kind) {
    return world.state.events().stream()
        .filter(e -> e.kind().equals(kind) && e.reason().equals("FailedCreate"))
        .count();
  }

  @Test
  void aPodOfAnUnknownPriorityClassIsNotMade() {
    PodSpec spec = Samples.podSpec("v1", 0).withScheduling(ofClass("hi"));
    assertThat(world.refused(Samples.createPod("p", spec)).message())
        .contains("no PriorityClass with name hi was found");
    world.ask(Samples.create("web", Samples.spec(2, spec, DeploymentSpec.Strategy.DEFAULT)));
    world.settle();
    assertThat(world.livePods("web")).isEmpty();

    world.ask(
        create(
            new PriorityClass(
                new ObjectMeta("", "hi", "", 0, 0, Instant.EPOCH, Map.of(), Map.of()),
                10,
                false,
                "",
                true)));
    world.pass(Duration.ofSeconds(1));
    world.settle();
    assertThat(world.livePods("web")).hasSize(2);
    PodSpec system = spec.withScheduling(ofClass("system-node-critical"));
    world.ask(Samples.createPod("s", system));
    assertThat(world.pod("s").spec()).isEqualTo(system);
  }

  private static Scheduling ofClass(String name) {
    return new Scheduling(
        Scheduling.NodeAffinity.NONE,
        Scheduling.PodAffinity.NONE,
        Scheduling.PodAffinity.NONE,
        List.of(),
        Optional.empty(),
        Optional.of(name),
        Scheduling.PreemptionPolicy.PREEMPT_LOWER_PRIORITY);
  }

  @Test
  void aLimitRangeGivesDefaultsAndBounds() {
    world.ask(
        create(new LimitRange(meta("r"), cpu(500), cpu(200), ResourceAmounts.NONE, cpu(1_000))));
    PodSpec plain = Samples.podSpec("v1", 0);
    world.ask(Samples.createPod("p", plain));
    Pod pod = world.pod("p");
    assertThat(pod.spec().containers().get(0).requests().cpuMillis()).isEqualTo(200);
    assertThat(pod.spec().containers().get(0).limits().cpuMillis()).isEqualTo(500);
    PodSpec large =
        plain.withContainers(
            plain.containers().stream()
                .map(c -> c.withResources(ResourceAmounts.NONE, cpu(2_000)))
                .toList());
    assertThat(world.refused(Samples.createPod("big", large)).message())
        .contains("maximum cpu usage per Container is 1, but limit is 2");
  }
}
