package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.AssignDelta;
import io.hawser.cluster.protocol.SchedulerProtocol.RegisterNode;
import io.hawser.model.AssignedPod;
import io.hawser.model.ContainerSize;
import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.PodStatus.StateKind;
import io.hawser.model.Probe;
import io.hawser.model.ResourceAmounts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

/** How a node brings its pods up, keeps them so and takes them down. */
class NodeActorTest extends FakeNode {
  @Test
  void stopWhileAContainerIsStartingLeavesNothing() {
    runtime.startGate = new CountDownLatch(1);
    AssignedPod pod = Pods.pod("a");
    ActorRef<NodeProtocol.Command> node = registered(pod);
    await().atMost(SOON).until(() -> runtime.count("start a.") == 1);
    node.tell(new AssignDelta(1, 1, 2, List.of(stopping(pod, 3)), List.of()));
    runtime.startGate.countDown();
    until("a", PodReport::gone);
    assertThat(runtime.calls).contains("stop a.main.0 3");
    assertThat(runtime.containers).isEmpty();
  }

  @Test
  void removalThatFailsIsTriedAgain() {
    runtime.failRemovals.set(1);
    AssignedPod pod = Pods.pod("a");
    ActorRef<NodeProtocol.Command> node = registered(pod);
    until("a", FakeNode::isReady);
    node.tell(new AssignDelta(1, 1, 2, List.of(stopping(pod, 3)), List.of()));
    until("a", PodReport::gone);
    assertThat(runtime.count("remove sandbox a")).isEqualTo(2);
  }

  @Test
  void firstRestartIsImmediateTheSecondWaits() {
    registered(Pods.pod("a"));
    until("a", FakeNode::isReady);
    runtime.running("a", "main").exit(3);
    PodReport restarted = until("a", r -> isReady(r) && only(r).restartCount() == 1);
    assertThat(only(restarted).lastState().get().exitCode()).contains(3);
    assertThat(only(restarted).lastState().get().reason()).contains("Error");
    runtime.running("a", "main").exit(3);
    PodReport waiting =
        until("a", r -> only(r).state().reason().equals(Optional.of("CrashLoopBackOff")));
    assertThat(only(waiting).state().message().get()).contains("back-off 10s");
    assertThat(waiting.status().phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(waiting.status().isReady()).isFalse();
    assertThat(runtime.calls).contains("remove a.main.0");
  }

  @Test
  void podThatNeverRestartsSucceedsOrFails() {
    registered(
        Pods.pod("ok", Pods.spec(RestartPolicy.NEVER, Pods.container("main"))),
        Pods.pod("bad", Pods.spec(RestartPolicy.NEVER, Pods.container("main"))));
    until("ok", FakeNode::isReady);
    until("bad", FakeNode::isReady);
    runtime.running("ok", "main").exit(0);
    runtime.running("bad", "main").exit(1);
    until("ok", r -> r.status().phase() == PodPhase.SUCCEEDED);
    until("bad", r -> r.status().phase() == PodPhase.FAILED);
  }

  @Test
  void initContainersRunOneAfterAnotherBeforeTheOthers() {
    registered(
        Pods.pod(
            "a",
            Pods.spec(
                RestartPolicy.ALWAYS,
                List.of(Pods.container("one"), Pods.container("two")),
                List.of(),
                Pods.container("main"))));
    PodReport first =
        until("a", r -> r.status().initContainers().get(0).state().kind() == StateKind.RUNNING);
    assertThat(only(first).state().reason()).contains("PodInitializing");
    assertThat(runtime.count("start")).isEqualTo(1);
    runtime.running("a", "one").exit(0);
    until("a", r -> r.status().initContainers().get(1).state().kind() == StateKind.RUNNING);
    runtime.running("a", "two").exit(0);
    until("a", FakeNode::isReady);
    assertThat(runtime.calls)
        .filteredOn(c -> c.startsWith("start"))
        .containsExactly("start a.one.0", "start a.two.0", "start a.main.0");
  }

  @Test
  void missingImageIsExplainedAndTriedAgain() {
    PodContainer container = Pods.with(Pods.container("main")).image("none:9");
    ActorRef<NodeProtocol.Command> node =
        registered(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, container)));
    PodReport report =
        until("a", r -> only(r).state().reason().equals(Optional.of("ErrImagePull")));
    assertThat(only(report).state().message().get()).contains("none:9");
    assertThat(report.status().phase()).isEqualTo(PodPhase.PENDING);
    TestProbe<NodeProtocol.LogOpened> logs = kit.createTestProbe(NodeProtocol.LogOpened.class);
    node.tell(
        new NodeProtocol.OpenLog(
            report.name(),
            Optional.empty(),
            false,
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            logs.getRef()));
    assertThat(((NodeProtocol.LogRefused) logs.receiveMessage()).refusal().message())
        .contains("is waiting to start: ErrImagePull");
    runtime.images.add("none:9");
    until("a", FakeNode::isReady);
  }

  @Test
  void startThatTheRuntimeRefusesShowsItsReason() {
    runtime.failStarts.set(1);
    registered(Pods.pod("a"));
    PodReport report =
        until("a", r -> only(r).state().reason().equals(Optional.of("RunContainerError")));
    assertThat(only(report).state().message().get()).contains("execve(/x) failed: ENOENT");
    until("a", FakeNode::isReady);
    assertThat(runtime.runs("a", "main", 0)).isTrue();
  }

  @Test
  void readinessFollowsItsProbe() {
    runtime.execs = spec -> 1;
    PodContainer container =
        Pods.with(Pods.container("main"))
            .probes(Optional.empty(), Optional.empty(), Optional.of(Pods.exec(1, 1, "check")));
    registered(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, container)));
    PodReport up = until("a", r -> r.status().phase() == PodPhase.RUNNING);
    assertThat(up.status().isReady()).isFalse();
    runtime.execs = spec -> 0;
    until("a", FakeNode::isReady);
    runtime.execs = spec -> 1;
    PodReport unready = until("a", r -> !isReady(r));
    assertThat(unready.status().message())
        .contains("container main: readiness probe failed: command [check] exited with 1");
    assertThat(runtime.runs("a", "main", 0)).isTrue();
  }

  @Test
  void aGrpcProbeThatFindsNobodySaysSo() {
    Probe grpc =
        new Probe(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new Probe.Grpc(50051, "")),
            0,
            1,
            1,
            1,
            1);
    PodContainer container =
        Pods.with(Pods.container("main"))
            .probes(Optional.empty(), Optional.empty(), Optional.of(grpc));
    registered(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, container)));
    PodReport report = until("a", r -> r.status().message().isPresent());
    assertThat(report.status().message().get()).contains("failed to connect service");
  }

  @Test
  void failedLivenessKillsAndRestarts() {
    PodContainer container =
        Pods.with(Pods.container("main"))
            .probes(Optional.empty(), Optional.of(Pods.exec(1, 1, "check")), Optional.empty());
    registered(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, container)));
    until("a", FakeNode::isReady);
    AtomicInteger failures = new AtomicInteger(1);
    runtime.execs = spec -> failures.getAndSet(0);
    await().atMost(SOON).until(() -> runtime.count("stop a.main.0 30") == 1);
    PodReport restarted = until("a", r -> only(r).restartCount() == 1 && isReady(r));
    assertThat(only(restarted).lastState().get().exitCode()).contains(143);
  }

  @Test
  void containerIsNotReadyBeforeItsStartupProbePasses() {
    runtime.execs = spec -> 1;
    PodContainer container =
        Pods.with(Pods.container("main"))
            .probes(Optional.of(Pods.exec(1, 30, "check")), Optional.empty(), Optional.empty());
    registered(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, container)));
    PodReport up = until("a", r -> r.status().phase() == PodPhase.RUNNING);
    assertThat(only(up).started()).isFalse();
    runtime.execs = spec -> 0;
    assertThat(only(until("a", FakeNode::isReady)).started()).isTrue();
  }

  @Test
  void restartedAgentAdoptsWhatRunsBeforeItHearsOfAScheduler() {
    AssignedPod pod = Pods.pod("a");
    new Checkpoint(dir.resolve("state")).write(Assignment.of(4, 9, List.of(pod, Pods.pod("b"))));
    runtime.left("a", "main", 2, Instant.now().minusSeconds(60));
    ActorRef<NodeProtocol.Command> node = node();
    RegisterNode register = scheduler.expectMessageClass(RegisterNode.class);
    assertThat(register.pods()).hasSize(1);
    assertThat(register.pods().get(0).status().isReady()).isTrue();
    assertThat(only(register.pods().get(0)).restartCount()).isEqualTo(2);
    node.tell(new Assign(3, 10, List.of()));
    node.tell(new Assign(4, 9, List.of(pod, Pods.pod("b"))));
    until("b", FakeNode::isReady);
    assertThat(runtime.count("start a.")).isZero();
    runtime.running("a", "main").exit(1);
    until("a", r -> only(r).state().reason().equals(Optional.of("CrashLoopBackOff")));
  }

  @Test
  void leftoverThatIsNotAssignedIsKeptUntilTheSchedulerSpeaks() {
    runtime.left("x", "main", 0, Instant.now());
    ActorRef<NodeProtocol.Command> node = node();
    scheduler.expectMessageClass(RegisterNode.class);
    assertThat(runtime.sandboxes).containsKey("x");
    node.tell(new Assign(1, 1, List.of()));
    await().atMost(SOON).until(() -> runtime.sandboxes.isEmpty());
  }

  @Test
  void lostSandboxIsMadeAgain() {
    registered(Pods.pod("a"));
    until("a", FakeNode::isReady);
    runtime.sandboxes.clear();
    runtime.running("a", "main").exit(1);
    until("a", r -> isReady(r) && only(r).restartCount() == 1);
    assertThat(runtime.count("sandbox a")).isEqualTo(2);
  }

  @Test
  void usageIsAnswered() {
    ActorRef<NodeProtocol.Command> node = registered(Pods.pod("a"));
    until("a", FakeNode::isReady);
    TestProbe<NodeProtocol.NodeUsage> probe = kit.createTestProbe(NodeProtocol.NodeUsage.class);
    await()
        .atMost(NodeLimits.SAMPLE_EVERY.plus(SOON))
        .until(
            () -> {
              node.tell(new NodeProtocol.ReadUsage(probe.getRef()));
              return probe.receiveMessage().containers().containsKey("default/pod-a/main");
            });
  }

  @Test
  void aLaunchIsToldWithoutTheValuesOfVariables() {
    PodContainer main =
        Pods.with(Pods.container("main"))
            .env(
                List.of("/bin/web", "--password=$(PASSWORD)"),
                new PodContainer.EnvVar("PASSWORD", Optional.of("s3cret"), Optional.empty()));
    ActorRef<NodeProtocol.Command> node =
        registered(Pods.pod("a", Pods.spec(RestartPolicy.ALWAYS, main)));
    until("a", FakeNode::isReady);
    NodeProtocol.LaunchDescribed told = describe(node, "pod-a", "main");
    assertThat(told.refusal()).isEmpty();
    assertThat(told.calls())
        .singleElement()
        .satisfies(
            call -> {
              assertThat(call.step()).isEqualTo("execve(/bin/web)");
              assertThat(call.syscall()).isEqualTo("execve");
              assertThat(call.arguments().toString())
                  .contains("--password=(hidden)", "PASSWORD=(hidden)")
                  .doesNotContain("s3cret");
            });
    assertThat(runtime.count("start a.")).isEqualTo(1);
    assertThat(describe(node, "pod-a", "other").refusal().orElseThrow().message())
        .contains("container other is not valid for pod pod-a");
    assertThat(describe(node, "pod-b", "main").refusal().orElseThrow().message())
        .contains("is not on node");
  }

  private NodeProtocol.LaunchDescribed describe(
      ActorRef<NodeProtocol.Command> node, String pod, String container) {
    TestProbe<NodeProtocol.LaunchDescribed> probe =
        kit.createTestProbe(NodeProtocol.LaunchDescribed.class);
    node.tell(
        new NodeProtocol.DescribeLaunch(
            new ObjectName("default", pod), Optional.of(container), probe.getRef()));
    return probe.receiveMessage(SOON);
  }

  @Test
  void aRunningContainerIsResizedInPlace() {
    AssignedPod pod = Pods.pod("a");
    ActorRef<NodeProtocol.Command> node = registered(pod);
    until("a", FakeNode::isReady);
    node.tell(new AssignDelta(1, 1, 2, List.of(sized(pod, 500)), List.of()));
    PodReport resized = until("a", r -> only(r).resized().isPresent());
    assertThat(only(resized).resized().get().limits().cpuMillis()).isEqualTo(500);
    assertThat(only(resized).restartCount()).isZero();
    assertThat(runtime.count("start a.")).isEqualTo(1);
    assertThat(runtime.count("update a.main.0 cpu 500")).isEqualTo(1);

    runtime.running("a", "main").exit(1);
    until("a", r -> isReady(r) && only(r).restartCount() == 1);
    assertThat(runtime.running("a", "main").spec.limits().cpuLimitMillis()).isEqualTo(500);
  }

  @Test
  void aRefusedSizeIsTheReasonThatThePodShows() {
    AssignedPod pod = Pods.pod("a");
    ActorRef<NodeProtocol.Command> node = registered(pod);
    until("a", FakeNode::isReady);
    runtime.failUpdates.set(1);
    node.tell(new AssignDelta(1, 1, 2, List.of(sized(pod, 500)), List.of()));
    PodReport report = until("a", r -> r.status().message().isPresent());
    assertThat(report.status().message().get())
        .contains("container main: not resized", "write(memory.max) failed: EBUSY");
    assertThat(report.status().isReady()).isTrue();
    assertThat(only(report).resized()).isEmpty();
    // Asked again with the next change, not only by time.
    node.tell(new AssignDelta(1, 2, 3, List.of(sized(pod, 700)), List.of()));
    until("a", r -> only(r).resized().isPresent() && r.status().message().isEmpty());
  }

  private static AssignedPod sized(AssignedPod pod, long cpuMillis) {
    ResourceAmounts cpu = new ResourceAmounts(cpuMillis, 0, 0, Map.of());
    return new AssignedPod(
        pod.name(),
        pod.uid(),
        pod.labels(),
        pod.annotations(),
        pod.spec().resized(List.of(new ContainerSize("main", cpu, cpu))),
        Optional.empty());
  }
}
