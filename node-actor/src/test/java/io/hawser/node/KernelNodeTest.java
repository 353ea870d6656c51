package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.protocol.NodeProtocol.ExecOpened;
import io.hawser.cluster.protocol.NodeProtocol.ExecStreams;
import io.hawser.cluster.protocol.NodeProtocol.LogOpened;
import io.hawser.cluster.protocol.NodeProtocol.LogStream;
import io.hawser.cluster.protocol.NodeProtocol.OpenAttach;
import io.hawser.cluster.protocol.NodeProtocol.OpenExec;
import io.hawser.cluster.protocol.NodeProtocol.OpenLog;
import io.hawser.model.AssignedPod;
import io.hawser.model.ContainerSize;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.EnvVar;
import io.hawser.model.PodIsolation;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.PodStatus.StateKind;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.RuntimeClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.SourceQueueWithComplete;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The whole node with real containers. */
@Tag("kernel")
class KernelNodeTest {
  private RealNode node;

  @BeforeEach
  void start() throws Exception {
    node = new RealNode();
  }

  @AfterEach
  void stop() {
    Path base = node.base;
    node.close();
    assertThat(base).doesNotExist();
  }

  private static AssignedPod httpd(String uid) {
    PodContainer main =
        Pods.with(Pods.with(Pods.container("main")).env(List.of()))
            .probes(Optional.empty(), Optional.empty(), Optional.of(Pods.http("http", 10)));
    return Pods.pod(uid, Pods.spec(RestartPolicy.ALWAYS, main));
  }

  private static AssignedPod shell(String uid, RestartPolicy policy, String script) {
    return Pods.pod(
        uid,
        Pods.spec(policy, Pods.with(Pods.container("main")).env(List.of("/bin/sh", "-c", script))));
  }

  private static boolean isReady(PodReport report) {
    return report.status().isReady();
  }

  private static ContainerStatus only(PodReport report) {
    return report.status().containers().get(0);
  }

  /**
   * Gone, or a zombie: the earlier agent was this same JVM, which the new one does not reap for.
   */
  private static boolean hasEnded(int pid) throws IOException {
    Path stat = Path.of("/proc/" + pid + "/stat");
    return !Files.exists(stat) || Files.readString(stat).contains(") Z ");
  }

  private String logs(String pod, boolean previous) throws Exception {
    TestProbe<LogOpened> probe = node.kit.createTestProbe(LogOpened.class);
    node.node.tell(
        new OpenLog(
            new ObjectName("default", pod),
            Optional.empty(),
            false,
            previous,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            probe.getRef()));
    return ((LogStream) probe.receiveMessage(RealNode.SOON))
        .lines()
        .getSource()
        .runFold(ByteString.emptyByteString(), ByteString::concat, node.kit.system())
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS)
        .utf8String();
  }

  @Test
  void webServerBecomesReadyIsKilledAndRestartsAndStopsWithoutRemains() throws Exception {
    AssignedPod pod = httpd("web1");
    node.assign(1, pod);
    PodReport ready = node.until("web1", KernelNodeTest::isReady);
    assertThat(ready.status().podIp().get()).startsWith("10.232.");
    int pid = node.pid("web1.main.0");
    new ProcessBuilder("/bin/kill", "-KILL", Integer.toString(pid)).start().waitFor();
    PodReport restarted = node.until("web1", r -> only(r).restartCount() == 1 && isReady(r));
    assertThat(only(restarted).lastState().get().exitCode()).contains(137);
    assertThat(node.pid("web1.main.1")).isNotEqualTo(pid);
    node.assign(2, Convergence.stopping(pod, 1));
    node.until("web1", PodReport::gone);
    assertThat(node.runtime.sandbox("web1")).isEmpty();
    assertThat(node.base.resolve("node/volumes/web1")).doesNotExist();
    try (var pods = Files.list(node.base.resolve("node/pods"))) {
      assertThat(pods).isEmpty();
    }
  }

  @Test
  void containerAboveItsMemoryLimitIsOomKilled() {
    PodContainer greedy =
        Pods.with(
                Pods.with(Pods.container("main"))
                    .env(
                        List.of(
                            "/bin/sh", "-c", "exec dd if=/dev/zero of=/dev/null bs=200M count=1")))
            .memoryLimit(24L * 1024 * 1024);
    node.assign(1, Pods.pod("oom", Pods.spec(RestartPolicy.NEVER, greedy)));
    PodReport failed = node.until("oom", r -> r.status().phase() == PodPhase.FAILED);
    assertThat(only(failed).state().reason()).contains("OOMKilled");
  }

  @Test
  void logsOfThisAndThePreviousStartAreRead() throws Exception {
    PodContainer crashing =
        Pods.with(Pods.container("main"))
            .env(
                List.of("/bin/sh", "-c", "echo run in $POD on $HOSTNAME; exit 1"),
                new EnvVar("POD", Optional.empty(), Optional.of("metadata.name")));
    node.assign(1, Pods.pod("crash", Pods.spec(RestartPolicy.ALWAYS, crashing)));
    PodReport waiting =
        node.until("crash", r -> only(r).state().reason().equals(Optional.of("CrashLoopBackOff")));
    assertThat(only(waiting).restartCount()).isEqualTo(1);
    assertThat(logs("pod-crash", false)).isEqualTo("run in pod-crash on pod-crash\n");
    assertThat(logs("pod-crash", true)).isEqualTo("run in pod-crash on pod-crash\n");
  }

  @Test
  void runningContainerAndItsPodGetOtherLimitsWithoutARestart() throws Exception {
    AssignedPod small = sized(withOverhead(httpd("web1"), 16), 64);
    node.assign(1, small);
    node.until("web1", KernelNodeTest::isReady);
    assertThat(node.memoryLimit("web1")).isEqualTo((64 + 16) << 20);
    int pid = node.pid("web1.main.0");
    node.assign(2, sized(small, 128));
    PodReport resized = node.until("web1", r -> only(r).resized().isPresent());
    assertThat(only(resized).restartCount()).isZero();
    assertThat(node.pid("web1.main.0")).isEqualTo(pid);
    String limit =
        "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null";
    assertThat(String.join("", exec(false, List.of("sh", "-c", limit), List.of())))
        .contains("134217728");
    assertThat(node.memoryLimit("web1")).isEqualTo((128 + 16) << 20);
  }

  /** As a runtime class gives it; the runtime stays the node's own. */
  private static AssignedPod withOverhead(AssignedPod pod, long memoryMib) {
    RuntimeClass runtime =
        new RuntimeClass(
            new ObjectMeta("", "large", "", 0, 0, Instant.EPOCH, Map.of(), Map.of()),
            "large",
            new ResourceAmounts(0, memoryMib << 20, 0, Map.of()),
            Map.of(),
            List.of());
    return new AssignedPod(
        pod.name(),
        pod.uid(),
        pod.labels(),
        pod.annotations(),
        pod.spec().in(runtime),
        Optional.empty());
  }

  private static AssignedPod sized(AssignedPod pod, long memoryMib) {
    ResourceAmounts memory = new ResourceAmounts(0, memoryMib << 20, 0, Map.of());
    return new AssignedPod(
        pod.name(),
        pod.uid(),
        pod.labels(),
        pod.annotations(),
        pod.spec().resized(List.of(new ContainerSize("main", memory, memory))),
        Optional.empty());
  }

  @Test
  void execRunsInTheContainerWithATerminalOrWithout() throws Exception {
    node.assign(1, httpd("web1"));
    node.until("web1", KernelNodeTest::isReady);
    assertThat(exec(false, List.of("hostname"), List.of()))
        .containsExactly("\u0001pod-web1\n", "\u0003{\"metadata\":{},\"status\":\"Success\"}");
    assertThat(
            String.join(
                "", exec(false, List.of("sh", "-c", "cat >&2; exit 4"), List.of("to stderr"))))
        .contains("\u0002to stderr")
        .contains("\"message\":\"4\"");
    assertThat(String.join("", exec(false, List.of("nope"), List.of())))
        .contains("\u0002hawser: exec in web1.main.0: execve(nope) failed: ENOENT")
        .contains("\"message\":\"127\"");
    assertThat(String.join("", exec(true, List.of("sh"), List.of("stty size; tty; exit\n"))))
        .contains("33 120")
        .contains("/dev/pts/0")
        .contains("Success");
  }

  private List<String> exec(boolean tty, List<String> command, List<String> input)
      throws Exception {
    TestProbe<ExecOpened> probe = node.kit.createTestProbe(ExecOpened.class);
    node.node.tell(
        new OpenExec(
            new ObjectName("default", "pod-web1"),
            Optional.of("main"),
            command,
            !input.isEmpty(),
            tty,
            probe.getRef()));
    return talk(probe.receiveMessage(RealNode.SOON), tty, input);
  }

  /** What came over the session's channels, from its first message to its last. */
  private List<String> talk(ExecOpened opened, boolean tty, List<String> input) throws Exception {
    assertThat(opened).isInstanceOf(ExecStreams.class);
    ExecStreams streams = (ExecStreams) opened;
    ConcurrentLinkedQueue<String> got = new ConcurrentLinkedQueue<>();
    CompletionStage<Done> done =
        streams.output().getSource().runForeach(b -> got.add(b.utf8String()), node.kit.system());
    SourceQueueWithComplete<ByteString> queue =
        Source.<ByteString>queue(16, OverflowStrategy.fail())
            .toMat(streams.input().getSink(), Keep.left())
            .run(node.kit.system());
    if (tty) {
      queue.offer(ByteString.fromString("\u0004{\"Width\":120,\"Height\":33}"));
    }
    input.forEach(text -> queue.offer(ByteString.fromString("\u0000" + text)));
    if (!tty) {
      queue.offer(ByteString.fromArray(new byte[] {(byte) 255, 0}));
    }
    done.toCompletableFuture().get(20, TimeUnit.SECONDS);
    return List.copyOf(got);
  }

  @Test
  void firstProcessIsAttachedByItsTerminalAndALogKeepsWhatItShowed() throws Exception {
    PodContainer shell = Pods.with(Pods.container("main")).env(List.of("/bin/sh"));
    node.assign(1, Pods.pod("tty", Pods.spec(RestartPolicy.NEVER, Pods.interactive(shell))));
    node.until("tty", KernelNodeTest::isReady);
    TestProbe<ExecOpened> probe = node.kit.createTestProbe(ExecOpened.class);
    node.node.tell(
        new OpenAttach(
            new ObjectName("default", "pod-tty"), Optional.empty(), true, probe.getRef()));
    List<String> got =
        talk(
            probe.receiveMessage(RealNode.SOON),
            true,
            List.of("echo pid $$ of $(hostname); stty size; exit 3\n"));
    assertThat(String.join("", got)).contains("pid 1 of pod-tty", "33 120", "Success");
    PodReport ended = node.until("tty", r -> r.status().phase() == PodPhase.FAILED);
    assertThat(only(ended).state().exitCode()).contains(3);
    assertThat(logs("pod-tty", false)).contains("pid 1 of pod-tty");
  }

  @Test
  void restartedAgentAdoptsWithoutRestartingAnything() {
    node.assign(1, httpd("web1"));
    node.until("web1", KernelNodeTest::isReady);
    int pid = node.pid("web1.main.0");
    node.restart();
    PodReport adopted = node.until("web1", KernelNodeTest::isReady);
    assertThat(only(adopted).restartCount()).isZero();
    assertThat(node.pid("web1.main.0")).isEqualTo(pid);
    assertThat(ProcessHandle.of(pid).orElseThrow().isAlive()).isTrue();
    node.assign(2, Convergence.stopping(httpd("web1"), 0));
    node.until("web1", PodReport::gone);
    await().atMost(RealNode.SOON).until(() -> hasEnded(pid));
  }

  @Test
  void initContainerHandsAFileOverInAnEmptyDirectory() throws Exception {
    PodSpec.Volume volume =
        new PodSpec.Volume("data", Optional.of(new PodSpec.EmptyDir("", 0)), Optional.empty());
    PodContainer.VolumeMount mount =
        new PodContainer.VolumeMount("data", "/data", false, Optional.empty());
    PodContainer init =
        Pods.with(
                Pods.with(Pods.container("init"))
                    .env(List.of("/bin/sh", "-c", "echo from init > /data/file")))
            .mounts(mount);
    PodContainer main =
        Pods.with(Pods.with(Pods.container("main")).env(List.of("/bin/sh", "-c", "cat /data/file")))
            .mounts(mount);
    node.assign(
        1, Pods.pod("v", Pods.spec(RestartPolicy.NEVER, List.of(init), List.of(volume), main)));
    PodReport done = node.until("v", r -> r.status().phase() == PodPhase.SUCCEEDED);
    assertThat(done.status().initContainers().get(0).state().kind())
        .isEqualTo(StateKind.TERMINATED);
    assertThat(logs("pod-v", false)).isEqualTo("from init\n");
  }

  @Test
  void podWhoseVolumeOutgrowsItsLimitIsEvicted() throws Exception {
    PodSpec.Volume volume =
        new PodSpec.Volume(
            "data", Optional.of(new PodSpec.EmptyDir("", 1 << 20)), Optional.empty());
    String script = "dd if=/dev/urandom of=/data/file bs=1M count=3; exec sleep 1000";
    PodContainer main =
        Pods.with(Pods.with(Pods.container("main")).env(List.of("/bin/sh", "-c", script)))
            .mounts(new PodContainer.VolumeMount("data", "/data", false, Optional.empty()));
    AssignedPod pod =
        Pods.pod("e", Pods.spec(RestartPolicy.ALWAYS, List.of(), List.of(volume), main));
    node.assign(1, pod);
    PodReport evicted =
        node.until(
            "e",
            r ->
                r.status().phase() == PodPhase.FAILED
                    && only(r).state().kind() == StateKind.TERMINATED);
    assertThat(evicted.status().reason()).contains("Evicted");
    assertThat(evicted.status().message())
        .contains("Usage of EmptyDir volume \"data\" exceeds the limit \"1Mi\".");
    node.restart();
    node.assign(2, pod);
    node.until("e", r -> r.status().phase() == PodPhase.FAILED);
    assertThat(node.runtime.container("e.main.1")).isEmpty();
    node.assign(3, Convergence.stopping(pod, 0));
    node.until("e", PodReport::gone);
  }

  /** The pod says nothing of users, so it has its own: root inside is nobody outside. */
  @Test
  void groupOwnsAMemoryVolumeOfAPodWithUsersOfItsOwn() throws Exception {
    PodSpec.Volume volume =
        new PodSpec.Volume(
            "data", Optional.of(new PodSpec.EmptyDir("Memory", 1 << 20)), Optional.empty());
    PodContainer.VolumeMount mount =
        new PodContainer.VolumeMount("data", "/data", false, Optional.of("sub"));
    String script =
        "id -G; stat -c '%a %g' /data/..; touch /data/x && stat -c %u /data/x;"
            + " awk '{ print ($2 > 0x6fffffff) }' /proc/self/uid_map;"
            + " dd if=/dev/zero of=/data/y bs=1M count=2 2>&1 | grep -o 'No space.*'";
    PodContainer main =
        Pods.with(Pods.with(Pods.container("main")).env(List.of("/bin/sh", "-c", script)))
            .mounts(mount);
    PodIsolation group =
        new PodIsolation(
            Optional.empty(), false, false, false, Optional.of(2345L), List.of(77L), Map.of());
    PodSpec spec =
        Pods.isolated(Pods.spec(RestartPolicy.NEVER, List.of(), List.of(volume), main), group);
    node.assign(1, Pods.pod("g", spec));
    node.until("g", r -> r.status().phase() == PodPhase.SUCCEEDED);
    String text = logs("pod-g", false);
    assertThat(text.lines().findFirst().orElseThrow()).contains("2345").contains("77");
    assertThat(text.lines().skip(2)).containsExactly("0", "1", "No space left on device");
  }

  @Test
  void fencedNodeStartsNothingAgain() {
    node.assign(1, shell("s", RestartPolicy.ALWAYS, "exec sleep 1000"));
    node.until("s", KernelNodeTest::isReady);
    int pid = node.pid("s.main.0");
    org.apache.pekko.actor.CoordinatedShutdown.get(node.kit.system())
        .runAll(org.apache.pekko.actor.CoordinatedShutdown.clusterDowningReason())
        .toCompletableFuture()
        .join();
    await().atMost(RealNode.SOON).until(() -> hasEnded(pid));
    assertThat(node.runtime.container("s.main.1")).isEmpty();
  }
}
