package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.AssignedPod;
import io.hawser.model.Lifecycle;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.Probe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers' hooks and sidecars and the order of a pod's end, over a fake runtime. */
class HooksTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path dir;
  private final ActorTestKit kit = ActorTestKit.create();
  private FakeRuntime runtime;
  private Machine machine;
  private TestProbe<PodReport> reports;
  private PodWork work;
  private ActorRef<PodActor.Command> actor;

  @BeforeEach
  void makeRuntime() throws Exception {
    Files.createDirectories(dir.resolve("logs"));
    runtime = new FakeRuntime(dir.resolve("logs"));
    machine = new Machine(Pods.settings(dir), runtime);
    machine.leftovers();
    reports = kit.createTestProbe(PodReport.class);
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private void run(AssignedPod pod) {
    work = machine.begin(pod);
    actor = kit.spawn(PodActor.create(machine, work, reports.getRef()));
  }

  private void stopPod(long grace) {
    work.assign(Convergence.stopping(work.assigned(), grace));
    actor.tell(new PodActor.AssignmentChanged());
  }

  private static PodContainer container(String name, Lifecycle lifecycle, boolean sidecar) {
    PodContainer base = Pods.container(name);
    return new PodContainer(
        name,
        base.image(),
        base.imagePullPolicy(),
        base.command(),
        base.args(),
        base.workingDir(),
        base.env(),
        base.ports(),
        base.requests(),
        base.limits(),
        base.volumeMounts(),
        base.startupProbe(),
        base.livenessProbe(),
        base.readinessProbe(),
        base.securityContext(),
        base.stdin(),
        base.tty(),
        List.of(),
        lifecycle,
        sidecar,
        false);
  }

  private static Optional<Lifecycle.Handler> exec(String command) {
    return Optional.of(
        new Lifecycle.Handler(
            Optional.of(new Probe.Exec(List.of(command))),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  private void await(java.util.concurrent.Callable<Boolean> condition) {
    org.awaitility.Awaitility.await().atMost(SOON).until(condition);
  }

  private int at(String call) {
    return runtime.calls.indexOf(call);
  }

  @Test
  void preStopEndsBeforeTheContainerIsTold() {
    Lifecycle lifecycle = new Lifecycle(exec("start"), exec("stop"));
    run(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, container("main", lifecycle, false))));
    await(() -> work.status().isReady());
    assertThat(runtime.calls).contains("exec a.main.0 [start]");
    stopPod(30);
    await(() -> runtime.calls.contains("remove sandbox a"));
    assertThat(at("exec a.main.0 [stop]")).isBetween(0, at(stopCall("a.main.0")));
  }

  @Test
  void aReadyPodServesOnNotReadyAnyMoreUntilItsEndpointsHaveLeft() {
    run(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, container("main", Lifecycle.NONE, false))));
    await(() -> work.status().isReady());
    long told = System.nanoTime();
    stopPod(30);
    await(() -> !work.status().isReady());
    await(() -> runtime.calls.stream().anyMatch(c -> c.startsWith("stop a.main.0")));
    assertThat(Duration.ofNanos(System.nanoTime() - told))
        .isGreaterThanOrEqualTo(NodeLimits.ENDPOINTS_LEAVE);
    await(() -> runtime.calls.contains("remove sandbox a"));
  }

  @Test
  void aPodThatMustGoAtOnceDoesNotServeOn() {
    run(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, container("main", Lifecycle.NONE, false))));
    await(() -> work.status().isReady());
    stopPod(30);
    stopPod(0);
    await(() -> runtime.calls.contains("remove sandbox a"));
    assertThat(stopCall("a.main.0")).as("the first it hears").isEqualTo("stop a.main.0 0");
  }

  private String stopCall(String container) {
    return runtime.calls.stream()
        .filter(c -> c.startsWith("stop " + container))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aPostStartThatFailsKillsTheContainerWhichWasNeverReady() {
    runtime.execs = spec -> 1;
    Lifecycle lifecycle = new Lifecycle(exec("start"), Optional.empty());
    run(Pods.pod("a", Pods.spec(RestartPolicy.NEVER, container("main", lifecycle, false))));
    await(
        () ->
            work.status().phase() == PodPhase.SUCCEEDED
                || work.status().phase() == PodPhase.FAILED);
    assertThat(runtime.count("stop a.main.0")).isPositive();
    assertThat(work.status().containers().get(0).state().message().orElse(""))
        .contains("PostStartHook failed");
  }

  @Test
  void aSidecarStartsBeforeAndStopsAfterTheOthers() {
    run(
        Pods.pod(
            "a",
            Pods.spec(
                RestartPolicy.ALWAYS,
                List.of(container("side", Lifecycle.NONE, true)),
                List.of(),
                Pods.container("main"))));
    await(() -> work.status().isReady());
    assertThat(at("start a.side.0")).isLessThan(at("start a.main.0"));
    stopPod(30);
    await(() -> runtime.calls.contains("remove sandbox a"));
    assertThat(at(stopCall("a.main.0"))).isLessThan(at(stopCall("a.side.0")));
  }

  @Test
  void aSidecarIsStartedAgainWhateverThePolicyAndEndsWithTheLastOfTheOthers() {
    run(
        Pods.pod(
            "a",
            Pods.spec(
                RestartPolicy.NEVER,
                List.of(container("side", Lifecycle.NONE, true)),
                List.of(),
                Pods.container("main"))));
    await(() -> work.status().isReady());
    runtime.running("a", "side").exit(0);
    await(() -> runtime.count("start a.side.1") == 1);
    runtime.running("a", "main").exit(0);
    await(() -> work.status().phase() == PodPhase.SUCCEEDED);
    await(() -> runtime.count("stop a.side.1") == 1);
    assertThat(runtime.count("start a.side")).isEqualTo(2);
  }
}
