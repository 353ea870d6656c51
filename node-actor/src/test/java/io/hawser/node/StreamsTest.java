package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.ExecOpened;
import io.hawser.cluster.protocol.NodeProtocol.ExecRefused;
import io.hawser.cluster.protocol.NodeProtocol.ExecStreams;
import io.hawser.cluster.protocol.NodeProtocol.LogOpened;
import io.hawser.cluster.protocol.NodeProtocol.LogRefused;
import io.hawser.cluster.protocol.NodeProtocol.LogStream;
import io.hawser.cluster.protocol.NodeProtocol.OpenAttach;
import io.hawser.cluster.protocol.NodeProtocol.OpenExec;
import io.hawser.cluster.protocol.NodeProtocol.OpenLog;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.model.ObjectName;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.SourceQueueWithComplete;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs and exec of a pod with a fake runtime. */
class StreamsTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final ObjectName NAME = new ObjectName("default", "pod-a");

  @TempDir Path dir;
  private final ActorTestKit kit = ActorTestKit.create();
  private FakeRuntime runtime;
  private ActorRef<NodeProtocol.Command> node;

  @BeforeEach
  void startPod() throws Exception {
    Files.createDirectories(dir.resolve("logs"));
    runtime = new FakeRuntime(dir.resolve("logs"));
    TestProbe<SchedulerProtocol.Command> scheduler =
        kit.createTestProbe(SchedulerProtocol.Command.class);
    node =
        kit.spawn(
            NodeActor.create(Pods.settings(dir.resolve("state")), runtime, scheduler.getRef()));
    node.tell(
        new Assign(
            1,
            1,
            List.of(Pods.pod("a", Pods.spec(RestartPolicy.ON_FAILURE, Pods.container("main"))))));
    await().atMost(SOON).until(() -> runtime.runs("a", "main", 0));
    // The actor knows of it a moment later.
    await().atMost(SOON).until(() -> open(query(false)) instanceof LogStream);
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private static OpenLog query(boolean follow) {
    return new OpenLog(
        NAME,
        Optional.empty(),
        follow,
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        null);
  }

  private LogOpened open(OpenLog q) {
    TestProbe<LogOpened> probe = kit.createTestProbe(LogOpened.class);
    node.tell(
        new OpenLog(
            q.pod(),
            q.container(),
            q.follow(),
            q.previous(),
            q.timestamps(),
            q.tailLines(),
            q.sinceTime(),
            q.limitBytes(),
            probe.getRef()));
    return probe.receiveMessage(SOON);
  }

  private CompletionStage<String> read(OpenLog q) {
    return ((LogStream) open(q))
        .lines()
        .getSource()
        .runFold(ByteString.emptyByteString(), ByteString::concat, kit.system())
        .thenApply(ByteString::utf8String);
  }

  private static String get(CompletionStage<String> text) throws Exception {
    return text.toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  private static OpenLog tail(int lines) {
    OpenLog q = query(false);
    return new OpenLog(
        NAME,
        q.container(),
        false,
        false,
        false,
        Optional.of(lines),
        Optional.empty(),
        Optional.empty(),
        null);
  }

  @Test
  void wholeLogAndItsLastLinesAreRead() throws Exception {
    for (int i = 1; i <= 5; i++) {
      runtime.running("a", "main").log("line " + i);
    }
    assertThat(get(read(query(false)))).isEqualTo("line 1\nline 2\nline 3\nline 4\nline 5\n");
    assertThat(get(read(tail(2)))).isEqualTo("line 4\nline 5\n");
    assertThat(get(read(tail(0)))).isEmpty();
    assertThat(get(read(tail(99)))).startsWith("line 1\n");
  }

  @Test
  void timestampsSinceAndLimitApply() throws Exception {
    runtime.running("a", "main").log("old");
    Instant time = Instant.parse("2026-01-01T00:00:00Z");
    assertThat(
            get(
                read(
                    new OpenLog(
                        NAME,
                        Optional.of("main"),
                        false,
                        false,
                        true,
                        Optional.empty(),
                        Optional.of(time),
                        Optional.of(12L),
                        null))))
        .isEqualTo("2026-01-01T0");
    assertThat(
            get(
                read(
                    new OpenLog(
                        NAME,
                        Optional.empty(),
                        false,
                        false,
                        false,
                        Optional.empty(),
                        Optional.of(time.plusSeconds(1)),
                        Optional.empty(),
                        null))))
        .isEmpty();
  }

  @Test
  void followedLogSurvivesRotationAndRestartAndEndsWithTheContainer() throws Exception {
    FakeRuntime.FakeContainer first = runtime.running("a", "main");
    first.log("one");
    CompletionStage<String> followed = read(query(true));
    first.log("two");
    Files.move(first.logFile(), first.logFile().resolveSibling(first.id() + ".log.1"));
    first.log("three");
    first.exit(1);
    await().atMost(SOON).until(() -> runtime.runs("a", "main", 1));
    FakeRuntime.FakeContainer second = runtime.running("a", "main");
    second.log("four");
    second.exit(0);
    assertThat(get(followed)).isEqualTo("one\ntwo\nthree\nfour\n");
    assertThat(
            get(
                read(
                    new OpenLog(
                        NAME,
                        Optional.empty(),
                        false,
                        true,
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        null))))
        .isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void whatIsNotHereIsRefused() {
    OpenLog q = query(false);
    LogOpened noPod =
        open(
            new OpenLog(
                new ObjectName("default", "none"),
                q.container(),
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                null));
    assertThat(((LogRefused) noPod).refusal().reason()).isEqualTo(Refusal.Reason.NOT_FOUND);
    LogOpened noContainer =
        open(
            new OpenLog(
                NAME,
                Optional.of("side"),
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                null));
    assertThat(((LogRefused) noContainer).refusal().message()).contains("choose one of: [main]");
  }

  private ExecOpened exec(boolean stdin, String... command) {
    TestProbe<ExecOpened> probe = kit.createTestProbe(ExecOpened.class);
    node.tell(new OpenExec(NAME, Optional.empty(), List.of(command), stdin, false, probe.getRef()));
    return probe.receiveMessage(SOON);
  }

  private static ByteString message(int channel, String text) {
    return ByteString.fromArray(new byte[] {(byte) channel}).concat(ByteString.fromString(text));
  }

  @Test
  void execAnswersOutputThenItsStatus() throws Exception {
    runtime.execs = spec -> 3;
    ExecStreams streams = (ExecStreams) exec(false, "echo", "hello");
    List<ByteString> all =
        streams
            .output()
            .getSource()
            .runWith(Sink.seq(), kit.system())
            .toCompletableFuture()
            .get(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(all.get(0)).isEqualTo(message(1, "echo hello"));
    assertThat(all.get(1).utf8String())
        .isEqualTo(
            "\u0003{\"metadata\":{},\"status\":\"Failure\",\"message\":\"command terminated with"
                + " non-zero exit code: exit code 3\",\"reason\":\"NonZeroExitCode\","
                + "\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"3\"}]}}");
    assertThat(all).hasSize(2);
  }

  @Test
  void stdinResizeAndItsEndReachTheProcess() throws Exception {
    ExecStreams streams = (ExecStreams) exec(true, "cat");
    ConcurrentLinkedQueue<String> got = new ConcurrentLinkedQueue<>();
    CompletionStage<Done> done =
        streams.output().getSource().runForeach(b -> got.add(b.utf8String()), kit.system());
    SourceQueueWithComplete<ByteString> input =
        Source.<ByteString>queue(16, OverflowStrategy.fail())
            .toMat(streams.input().getSink(), Keep.left())
            .run(kit.system());
    input.offer(message(4, "{\"Width\":80,\"Height\":24}"));
    input.offer(message(4, "nonsense"));
    input.offer(message(0, "hello"));
    await().atMost(SOON).until(() -> got.contains("\u0001hello"));
    assertThat(runtime.calls).contains("resize 80x24");
    input.offer(ByteString.fromArray(new byte[] {(byte) 255, 0}));
    done.toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(got).contains("\u0003{\"metadata\":{},\"status\":\"Success\"}");
  }

  @Test
  void clientThatGoesEndsTheProcessAndFreesItsPlace() throws Exception {
    SharedKillSwitch clients = KillSwitches.shared("clients");
    for (int i = 0; i < NodeLimits.EXEC_SESSIONS; i++) {
      ExecStreams streams = (ExecStreams) exec(true, "cat");
      streams.output().getSource().via(clients.flow()).runWith(Sink.ignore(), kit.system());
    }
    assertThat(((ExecRefused) exec(true, "cat")).refusal().reason())
        .isEqualTo(Refusal.Reason.TOO_MANY_REQUESTS);
    clients.shutdown();
    await().atMost(SOON).until(() -> runtime.count("exec closed") == NodeLimits.EXEC_SESSIONS);
    await().atMost(SOON).until(() -> exec(false, "echo") instanceof ExecStreams);
  }

  @Test
  void attachCarriesBothWaysAndEndsWithSuccess() throws Exception {
    TestProbe<ExecOpened> probe = kit.createTestProbe(ExecOpened.class);
    node.tell(new OpenAttach(NAME, Optional.empty(), true, probe.getRef()));
    ExecStreams streams = (ExecStreams) probe.receiveMessage(SOON);
    ConcurrentLinkedQueue<String> got = new ConcurrentLinkedQueue<>();
    CompletionStage<Done> done =
        streams.output().getSource().runForeach(b -> got.add(b.utf8String()), kit.system());
    SourceQueueWithComplete<ByteString> input =
        Source.<ByteString>queue(16, OverflowStrategy.fail())
            .toMat(streams.input().getSink(), Keep.left())
            .run(kit.system());
    input.offer(message(0, "hello"));
    await().atMost(SOON).until(() -> got.contains("\u0001hello"));
    input.offer(ByteString.fromArray(new byte[] {(byte) 255, 0}));
    done.toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(got).contains("\u0003{\"metadata\":{},\"status\":\"Success\"}");
  }

  @Test
  void execInAContainerThatEndedIsRefused() {
    runtime.running("a", "main").exit(0);
    assertThat(((ExecRefused) exec(false, "echo")).refusal().message()).contains("is not running");
  }
}
