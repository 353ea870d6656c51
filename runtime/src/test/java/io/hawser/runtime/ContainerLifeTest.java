package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class ContainerLifeTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static ExitStatus run(ContainerSpec spec) {
    if (node.runtime.sandbox(spec.podUid()).isEmpty()) {
      node.sandbox(spec.podUid());
    }
    Container container = node.runtime.start(spec);
    ExitStatus status = TestNode.await(container.exit());
    container.remove();
    return status;
  }

  @Test
  void exitCodeIsTheProcess() {
    ExitStatus status = run(TestNode.spec("code", "main", "sh", "-c", "exit 7"));
    assertThat(status.code()).isEqualTo(7);
    assertThat(status.signal()).isZero();
    assertThat(status.oomKilled()).isFalse();
  }

  @Test
  void signalEndsWithItsNumberPlus128() {
    node.sandbox("signal");
    Container container = node.runtime.start(TestNode.spec("signal", "main", "sleep", "1000"));
    container.signal(9);
    ExitStatus status = TestNode.await(container.exit());
    assertThat(status.code()).isEqualTo(137);
    assertThat(status.signal()).isEqualTo(9);
    container.signal(9); // no effect, no error
  }

  @Test
  void stopWaitsForAProcessThatHandlesTheSignal() {
    node.sandbox("stop");
    Container container =
        node.runtime.start(
            TestNode.spec(
                "stop",
                "main",
                "sh",
                "-c",
                "trap 'exit 3' TERM; echo up; while :; do sleep 0.1; done"));
    await().untilAsserted(() -> assertThat(TestNode.log(container)).contains("up"));
    assertThat(TestNode.await(container.stop(Duration.ofSeconds(30))).code()).isEqualTo(3);
  }

  @Test
  void stopKillsAfterTheGrace() {
    node.sandbox("stop2");
    Container container = node.runtime.start(TestNode.spec("stop2", "main", "sleep", "1000"));
    assertThat(TestNode.await(container.stop(Duration.ofMillis(200))).signal()).isEqualTo(9);
  }

  @Test
  void processAboveItsMemoryLimitIsReportedAsOomKilled() {
    ContainerSpec spec = TestNode.spec("oom", "main", "sh", "-c", "tail /dev/zero");
    ContainerSpec.Limits limits = new ContainerSpec.Limits(0, 0, 32L << 20, 0);
    ExitStatus status = run(TestNode.with(spec, limits));
    assertThat(status.oomKilled()).isTrue();
    assertThat(status.code()).isEqualTo(137);
    assertThat(status.reason()).isEqualTo("OOMKilled");
  }

  @Test
  void forksAboveThePidsLimitFail() {
    ContainerSpec spec =
        TestNode.spec("pids", "main", "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 9 & done");
    String text = node.output(TestNode.with(spec, new ContainerSpec.Limits(0, 0, 0, 5)));
    assertThat(text).contains("can't fork");
  }

  @Test
  void cpuLimitHoldsBackAndIsAccounted() {
    node.sandbox("cpu");
    ContainerSpec spec = TestNode.spec("cpu", "main", "sh", "-c", "while :; do :; done");
    Container container =
        node.runtime.start(TestNode.with(spec, new ContainerSpec.Limits(100, 50, 0, 0)));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(container.usage().throttledNanos()).isPositive();
              assertThat(container.usage().cpuNanos()).isPositive();
              assertThat(container.usage().memoryBytes()).isPositive();
              assertThat(container.usage().pids()).isEqualTo(1);
            });
    TestNode.await(container.stop(Duration.ZERO));
  }

  @Test
  void missingCommandNamesTheStepAndLeavesNothing() {
    node.sandbox("nope");
    ContainerSpec spec = TestNode.spec("nope", "main", "/nope");
    assertThatThrownBy(() -> node.runtime.start(spec))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("execve(/nope) failed: ENOENT")
        .extracting(e -> ((RuntimeFault) e).reason())
        .isEqualTo("RunContainerError");
    assertThat(node.runtime.container(spec.id())).isEmpty();
    Path containers = node.config.stateDir().resolve("pods/nope/containers");
    assertThat(containers).isEmptyDirectory();
    assertThat(run(TestNode.spec("nope", "main", "true")).code()).isZero();
  }

  @Test
  void nameThatIsNowhereInPathIsNotFound() {
    node.sandbox("nope2");
    assertThatThrownBy(() -> node.runtime.start(TestNode.spec("nope2", "main", "nope")))
        .hasMessageContaining("execve(nope) failed: ENOENT");
  }

  @Test
  void fileThatIsNotExecutableIsRefused() {
    node.sandbox("noexec");
    assertThatThrownBy(() -> node.runtime.start(TestNode.spec("noexec", "main", "/etc/passwd")))
        .hasMessageContaining("execve(/etc/passwd) failed: EACCES");
  }

  @Test
  void imageThatIsNotThereIsNamed() {
    node.sandbox("noimage");
    ContainerSpec spec = TestNode.withImage(TestNode.spec("noimage", "main", "true"), "nope:1");
    assertThatThrownBy(() -> node.runtime.start(spec))
        .hasMessageContaining("image nope:1 is not on this machine")
        .extracting(e -> ((RuntimeFault) e).reason())
        .isEqualTo("ErrImageNeverPull");
  }

  @Test
  void volumeIsSharedAndReadOnlyWhereAsked() throws Exception {
    Path shared = Files.createDirectory(node.base.resolve("shared"));
    Files.writeString(shared.resolve("from-host"), "host\n");
    ContainerSpec spec =
        TestNode.spec(
            "volume",
            "main",
            "sh",
            "-c",
            "cat /data/from-host; echo inside > /data/x; echo y > /ro/y; cat /ro/x; cat /file");
    List<ContainerSpec.VolumeMount> mounts =
        List.of(
            new ContainerSpec.VolumeMount(shared.toString(), "/data", false),
            new ContainerSpec.VolumeMount(shared.toString(), "/ro", true),
            new ContainerSpec.VolumeMount(shared.resolve("from-host").toString(), "/file", true));
    String text = node.output(TestNode.with(spec, mounts));
    assertThat(text).contains("host\n").contains("/ro/y: Read-only file system").contains("inside");
    assertThat(shared.resolve("x")).content().isEqualTo("inside\n");
  }

  @Test
  void hostileLinkAtAMountTargetStaysInsideTheImage() throws Exception {
    Path victim = Files.createDirectory(node.base.resolve("victim"));
    Path root = Files.createDirectory(node.base.resolve("hostile"));
    TestNode.fillBusybox(root);
    Files.createSymbolicLink(root.resolve("abs"), victim);
    Files.createSymbolicLink(root.resolve("up"), Path.of("../../../../../../../.." + victim));
    node.runtime
        .images()
        .importDirectory("test/hostile:1", root, TestNode.config(List.of("/bin/sh")));
    Path source = Files.createDirectory(node.base.resolve("source"));
    Files.writeString(source.resolve("secret"), "s\n");
    for (String target : List.of("/abs/sub", "/up/sub", "/abs")) {
      String pod = "hostile" + target.replace('/', '-');
      ContainerSpec spec =
          TestNode.withImage(
              TestNode.spec(pod, "main", "cat", target + "/secret"), "test/hostile:1");
      ContainerSpec mounting =
          TestNode.with(
              spec, List.of(new ContainerSpec.VolumeMount(source.toString(), target, false)));
      node.sandbox(pod);
      try {
        Container container = node.runtime.start(mounting);
        TestNode.await(container.exit());
        assertThat(TestNode.log(container)).isEqualTo("s\n");
      } catch (RuntimeFault refused) { // a link whose target does not exist inside
        assertThat(refused).hasMessageContaining("openat2(" + target.substring(0, 3));
      }
      assertThat(victim).isEmptyDirectory();
    }
  }

  @Test
  void imageWithALinkInPlaceOfProcIsRefused() throws Exception {
    Path root = Files.createDirectory(node.base.resolve("proclink"));
    TestNode.fillBusybox(root);
    Files.delete(root.resolve("proc"));
    Files.createSymbolicLink(root.resolve("proc"), Path.of("/tmp"));
    node.runtime
        .images()
        .importDirectory("test/proclink:1", root, TestNode.config(List.of("/bin/sh")));
    node.sandbox("proclink");
    ContainerSpec spec =
        TestNode.withImage(TestNode.spec("proclink", "main", "true"), "test/proclink:1");
    assertThatThrownBy(() -> node.runtime.start(spec))
        .hasMessageContaining("openat2(/proc) failed: ELOOP");
  }

  @Test
  void idOfARemovedContainerIsFree() {
    node.sandbox("twice");
    for (int i = 0; i < 2; i++) {
      Container container = node.runtime.start(TestNode.spec("twice", "main", "true"));
      assertThat(TestNode.await(container.exit()).code()).isZero();
      container.remove();
    }
  }

  @Test
  void removedSandboxTakesItsRunningContainersAlong() {
    Sandbox sandbox = node.sandbox("gone");
    Container container = node.runtime.start(TestNode.spec("gone", "main", "sleep", "1000"));
    node.runtime.removeSandbox("gone");
    assertThat(TestNode.await(container.exit()).signal()).isEqualTo(9);
    assertThat(node.runtime.sandbox("gone")).isEmpty();
    assertThat(node.runtime.container(container.id())).isEqualTo(Optional.empty());
    assertThat(node.config.stateDir().resolve("pods/gone")).doesNotExist();
    assertThat(sandbox.ip()).startsWith("10.231.");
    node.runtime.removeSandbox("gone"); // once more: fine
  }

  @Test
  void fenceKillsEverythingAtOnce() {
    node.sandbox("fence");
    Container one = node.runtime.start(TestNode.spec("fence", "one", "sleep", "1000"));
    Container two = node.runtime.start(TestNode.spec("fence", "two", "sleep", "1000"));
    node.runtime.fence();
    assertThat(TestNode.await(one.exit()).signal()).isEqualTo(9);
    assertThat(TestNode.await(two.exit()).signal()).isEqualTo(9);
  }

  @Test
  void aFenceCanLeaveAPodAlone() {
    node.sandbox("fenced");
    node.sandbox("kept");
    Container one = node.runtime.start(TestNode.spec("fenced", "main", "sleep", "1000"));
    Container two = node.runtime.start(TestNode.spec("kept", "main", "sleep", "1000"));
    node.runtime.fence(java.util.Set.of("kept"));
    assertThat(TestNode.await(one.exit()).signal()).isEqualTo(9);
    assertThat(two.exit().toCompletableFuture()).isNotDone();
    node.runtime.fence();
    assertThat(TestNode.await(two.exit()).signal()).isEqualTo(9);
  }

  @Test
  void launchCanBeReadWithoutStartingAnything() {
    node.sandbox("describe");
    ContainerSpec spec = TestNode.spec("describe", "main", "true");
    assertThat(node.runtime.describeLaunch(spec).toString())
        .contains("mount(\"overlay\", ")
        .contains("pivot_root(\".\", \".\")")
        .contains("execve(\"/bin/true\", [true], ");
    assertThat(node.runtime.container(spec.id())).isEmpty();
  }

  @Test
  void podOnTheHostsNetworkSeesItsInterfaces() {
    node.runtime.createSandbox(new SandboxSpec("host", "host", true));
    String text =
        node.output(
            TestNode.spec("host", "main", "sh", "-c", "hostname; ls /sys/class/net; id -u"));
    String bridge = io.hawser.runtime.network.PodNetwork.bridgeName(node.config.nodeName());
    assertThat(text).contains("host\n").contains(bridge);
    node.runtime.removeSandbox("host");
  }

  @Test
  void badMountsAndNamesAreRefusedByName() {
    node.sandbox("bad");
    ContainerSpec spec = TestNode.spec("bad", "main", "true");
    assertThatThrownBy(
            () ->
                node.runtime.start(
                    TestNode.with(
                        spec, List.of(new ContainerSpec.VolumeMount("/nope", "/data", false)))))
        .hasMessageContaining("mount source /nope does not exist");
    assertThatThrownBy(
            () ->
                node.runtime.start(
                    TestNode.with(
                        spec, List.of(new ContainerSpec.VolumeMount("/tmp", "/", false)))))
        .hasMessageContaining("expected an absolute path other than /");
    assertThatThrownBy(() -> node.runtime.createSandbox(new SandboxSpec("../x", "x", false)))
        .hasMessageContaining("podUid \"../x\"");
    assertThatThrownBy(() -> node.runtime.start(TestNode.spec("no-sandbox", "main", "true")))
        .hasMessageContaining("pod no-sandbox has no sandbox");
    assertThatThrownBy(
            () ->
                node.runtime.start(
                    TestNode.with(spec, TestNode.security(List.of("NOPE"), List.of()))))
        .hasMessageContaining("unknown capability NOPE")
        .extracting(e -> ((RuntimeFault) e).reason())
        .isEqualTo("CreateContainerConfigError");
  }
}
