package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.StartAfter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Pods that start after other workloads, and what is told of pods that can't be made. */
class StartOrderTest {
  private final World world = World.withNodes(3);

  private Pod app(String after) {
    world.ask(
        new ClientRequest.CreatePod(
            Samples.name("app"),
            Map.of(),
            Map.of(StartAfter.ANNOTATION, after),
            Samples.podSpec("v1", 100)));
    return world.pod("app");
  }

  private Optional<String> reason() {
    return world.pod("app").unschedulable();
  }

  @Test
  void aPodWaitsForADeploymentThatDoesNotExistYetUntilItIsReady() {
    assertThat(app("deployment/db").nodeName()).isEmpty();
    assertThat(reason()).contains("waits for deployment/db, which does not exist");
    world.ask(Samples.create("db", Samples.spec(2, "v1")));
    world.register("n9");
    assertThat(reason()).contains("waits for deployment/db to be ready");
    assertThat(world.pod("app").nodeName()).isEmpty();
    world.livePods("db").forEach(world::ready);
    assertThat(world.pod("app").nodeName()).as("in the decision that makes it ready").isPresent();
  }

  @Test
  void allOfSeveralMustBeReady() {
    world.ask(Samples.create("db", Samples.spec(1, "v1")));
    world.ask(
        WorkloadSamples.create(WorkloadSamples.job("seed", WorkloadSamples.jobSpec(1, 1, false))));
    app("deployment/db, job/seed");
    world.livePods("db").forEach(world::ready);
    world.register("n9");
    assertThat(reason()).contains("waits for job/seed to be complete");
    WorkloadSamples.end(world, WorkloadSamples.live(world, "Job", "seed").get(0), 0);
    assertThat(world.pod("app").nodeName()).isPresent();
  }

  @Test
  void aStatefulSetAndADaemonSetAreWaitedForToo() {
    world.ask(WorkloadSamples.create(WorkloadSamples.stateful("s", "v1", 2, false, 0)));
    world.ask(WorkloadSamples.create(WorkloadSamples.daemon("d", "v1", 1)));
    app("statefulset/s,daemonset/d");
    assertThat(world.pod("app").nodeName()).isEmpty();
    world.settle();
    assertThat(world.pod("app").nodeName()).isPresent();
  }

  @Test
  void whatHasStartedStaysWhenWhatItWaitedForIsGone() {
    world.ask(Samples.create("db", Samples.spec(1, "v1")));
    world.settle();
    app("deployment/db");
    world.ask(Samples.delete("db"));
    world.settle();
    assertThat(world.pod("app").nodeName()).isPresent();
    assertThat(world.pod("app").isDeleting()).isFalse();
  }

  @Test
  void wrongNamesAreFound() {
    assertThat(StartAfter.isValid(Map.of())).isTrue();
    assertThat(StartAfter.isValid(Map.of(StartAfter.ANNOTATION, "deployment/a, job/b"))).isTrue();
    for (String wrong : List.of("", "db", "pod/x", "deployment/", "deployment/A", "job/a,,")) {
      boolean valid = StartAfter.isValid(Map.of(StartAfter.ANNOTATION, wrong));
      assertThat(valid).as(wrong).isEqualTo(wrong.equals("job/a,,"));
    }
  }

  @Test
  void aVolumeThatCantBeMountedIsAnEventOfThePod() {
    world.ask(Samples.createPod("app", Samples.podSpec("v1", 100)));
    PodStatus status = PodStatus.PENDING;
    PodStatus trouble =
        new PodStatus(
            PodPhase.PENDING,
            Optional.empty(),
            Optional.empty(),
            Optional.of(world.now),
            status.initContainers(),
            status.containers(),
            Optional.of("FailedMount"),
            Optional.of("MountVolume.SetUp failed for volume \"v\" : secret \"s\" not found"));
    Pod pod = world.pod("app");
    world.report(pod.nodeName().orElseThrow(), Samples.report(pod, trouble));
    assertThat(world.state.events())
        .anyMatch(e -> e.reason().equals("FailedMount") && e.type().equals("Warning"));
  }
}
