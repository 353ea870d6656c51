package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.Roles;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.ExecOpened;
import io.hawser.cluster.protocol.NodeProtocol.ExecStreams;
import io.hawser.cluster.protocol.NodeProtocol.LogOpened;
import io.hawser.cluster.protocol.NodeProtocol.LogStream;
import io.hawser.cluster.protocol.NodeProtocol.OpenExec;
import io.hawser.cluster.protocol.NodeProtocol.OpenLog;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.RegisterNode;
import io.hawser.model.AssignedPod;
import io.hawser.model.ObjectName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two members of a real cluster: a node with a fake runtime, and whom it works for. */
class ClusteredNodeTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path dir;
  private FakeRuntime runtime;
  private ActorTestKit controller;
  private ActorTestKit worker;
  private TestProbe<SchedulerProtocol.Command> scheduler;
  private ActorRef<NodeProtocol.Command> node;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  private static ActorTestKit member(int port, int seed, String role) {
    Config config =
        ClusterConfig.load(
            ConfigFactory.parseString("pekko.coordinated-shutdown.exit-jvm = off")
                .withFallback(
                    ClusterConfig.member(
                        "127.0.0.1", port, List.of(role), List.of("127.0.0.1:" + seed))));
    return ActorTestKit.create(ClusterConfig.SYSTEM, config);
  }

  @BeforeEach
  void join() throws Exception {
    Files.createDirectories(dir.resolve("logs"));
    runtime = new FakeRuntime(dir.resolve("logs"));
    int seed = freePort();
    controller = member(seed, seed, Roles.CONTROLLER);
    worker = member(freePort(), seed, Roles.WORKER);
    scheduler = controller.createTestProbe(SchedulerProtocol.Command.class);
    await()
        .atMost(SOON)
        .until(() -> Cluster.get(worker.system()).selfMember().status() == MemberStatus.up());
    ActorRef<SchedulerProtocol.Command> remote =
        org.apache.pekko.actor.typed.ActorRefResolver.get(worker.system())
            .resolveActorRef(
                org.apache.pekko.actor.typed.ActorRefResolver.get(controller.system())
                    .toSerializationFormat(scheduler.getRef()));
    worker.spawn(NodeActor.create(Pods.settings(dir.resolve("state")), runtime, remote));
    node = ((RegisterNode) scheduler.receiveMessage(SOON)).node();
    node.tell(new Assign(1, 1, List.of(Pods.pod("a"))));
    await().atMost(SOON).until(() -> runtime.runs("a", "main", 0));
  }

  @AfterEach
  void leave() {
    controller.shutdownTestKit();
    worker.shutdownTestKit();
  }

  @Test
  void logsAndExecCrossTheCluster() throws Exception {
    runtime.running("a", "main").log("hello from afar");
    TestProbe<LogOpened> logs = controller.createTestProbe(LogOpened.class);
    ObjectName pod = new ObjectName("default", "pod-a");
    node.tell(
        new OpenLog(
            pod,
            Optional.empty(),
            false,
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            logs.getRef()));
    assertThat(
            ((LogStream) logs.receiveMessage(SOON))
                .lines()
                .getSource()
                .runFold(ByteString.emptyByteString(), ByteString::concat, controller.system())
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .utf8String())
        .isEqualTo("hello from afar\n");

    TestProbe<ExecOpened> execs = controller.createTestProbe(ExecOpened.class);
    node.tell(new OpenExec(pod, Optional.empty(), List.of("cat"), true, false, execs.getRef()));
    ExecStreams streams = (ExecStreams) execs.receiveMessage(SOON);
    Source.from(
            List.of(
                ByteString.fromString("\u0000typed"),
                ByteString.fromArray(new byte[] {(byte) 255, 0})))
        .runWith(streams.input().getSink(), controller.system());
    assertThat(
            streams
                .output()
                .getSource()
                .runFold("", (all, b) -> all + b.utf8String(), controller.system())
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS))
        .isEqualTo("\u0001typed\u0003{\"metadata\":{},\"status\":\"Success\"}");
  }

  @Test
  void downedNodeKillsItsContainersAndStartsNoMore() {
    Cluster.get(worker.system())
        .manager()
        .tell(new Down(Cluster.get(worker.system()).selfMember().address()));
    await().atMost(SOON).until(() -> runtime.calls.contains("fence"));
    await().atMost(SOON).until(() -> worker.system().whenTerminated().isCompleted());
    assertThat(runtime.count("start")).isEqualTo(1);
    assertThat(runtime.count("stop")).isZero();
    assertThat(runtime.count("remove sandbox")).isZero();
  }

  @Test
  void aDownedNodesPodThatMayRunAloneRunsOnUnlessItIsAStatefulSets() {
    AssignedPod plain = Pods.pod("k");
    Map<String, String> keep = Map.of("hawser.io/on-lost-cluster", "keep");
    Map<String, String> member = Map.of("statefulset.kubernetes.io/pod-name", "s-0");
    node.tell(
        new Assign(
            1,
            2,
            List.of(
                Pods.pod("a"), with(plain, Map.of(), keep), with(Pods.pod("s"), member, keep))));
    await().atMost(SOON).until(() -> runtime.runs("k", "main", 0) && runtime.runs("s", "main", 0));
    Cluster.get(worker.system())
        .manager()
        .tell(new Down(Cluster.get(worker.system()).selfMember().address()));
    await().atMost(SOON).until(() -> worker.system().whenTerminated().isCompleted());
    assertThat(runtime.runs("k", "main", 0)).isTrue();
    assertThat(runtime.runs("a", "main", 0)).isFalse();
    assertThat(runtime.runs("s", "main", 0)).isFalse();
  }

  private static AssignedPod with(
      AssignedPod pod, Map<String, String> labels, Map<String, String> annotations) {
    return new AssignedPod(
        pod.name(), pod.uid(), labels, annotations, pod.spec(), pod.stopGraceSeconds());
  }

  @Test
  void nodeThatIsAskedToEndStopsItsPods() {
    worker.system().terminate();
    await().atMost(SOON).until(() -> worker.system().whenTerminated().isCompleted());
    assertThat(runtime.count("stop a.main.0")).isEqualTo(1);
    assertThat(runtime.count("remove sandbox a")).isEqualTo(1);
    assertThat(runtime.count("fence")).isZero();
  }

  @Test
  void lostSchedulerStopsNothing() {
    controller.shutdownTestKit();
    node = null;
    await()
        .during(Duration.ofSeconds(3))
        .atMost(SOON)
        .until(() -> runtime.runs("a", "main", 0) && runtime.count("stop") == 0);
  }
}
