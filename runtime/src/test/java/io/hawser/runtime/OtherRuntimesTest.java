package io.hawser.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.machine.ProcessorPriority;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods whose containers are run by another OCI runtime of the machine. */
@Tag("kernel")
final class OtherRuntimesTest {
  private TestNode node;
  private RuntimeConfig config;

  @BeforeEach
  void open() throws IOException {
    node = TestNode.create(Duration.ofSeconds(30));
    TestNode.importBusybox(node.config.imageDir());
    config =
        node.config.with(Map.of("crun", crun(), "runc", runc(), "gone", Path.of("/nowhere/gone")));
    node.runtime = ContainerRuntime.open(config);
    assertTrue(ProcessorPriority.set(ProcessorPriority.AGENT), "no CAP_SYS_NICE");
  }

  @AfterEach
  void close() {
    ProcessorPriority.set(0);
    node.close();
  }

  /** Debian's crun refuses hybrid cgroup layouts: it gets a namespace without that mount. */
  private Path crun() throws IOException {
    Path script = node.base.resolve("crun");
    String hide =
        Files.exists(Path.of("/sys/fs/cgroup/unified/cgroup.procs"))
            ? "exec unshare -m sh -c 'umount /sys/fs/cgroup/unified; exec crun \"$@\"' sh \"$@\"\n"
            : "exec crun \"$@\"\n";
    Files.writeString(script, "#!/bin/sh\n" + hide);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script;
  }

  private static Path runc() {
    return Stream.of("/usr/bin/runc", "/usr/sbin/runc")
        .map(Path::of)
        .filter(Files::exists)
        .findFirst()
        .orElse(Path.of("/usr/bin/runc"));
  }

  private static void assumeInstalled(String program) {
    assumeTrue(
        Stream.of("/usr/bin/", "/usr/sbin/").anyMatch(d -> Files.exists(Path.of(d + program))),
        program + " is not installed");
  }

  private void sandbox(String podUid, String handler) {
    node.runtime.createSandbox(new SandboxSpec(podUid, podUid, false).by(Optional.of(handler)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void itRunsAndItsOutputCodeAndLimitsAreAsEver(String handler) {
    assumeInstalled(handler);
    sandbox("other", handler);
    String script =
        "echo out; echo err >&2; cat /proc/1/cmdline | tr '\\0' ' '; hostname; id -u;"
            + " grep -c . /proc/self/cgroup >/dev/null; touch /written && echo wrote;"
            + " echo nice $(cut -d' ' -f19 /proc/self/stat);"
            + " grep NoNewPrivs /proc/self/status; grep Seccomp: /proc/self/status;"
            + " mkdir /tmp/x; mount -t tmpfs none /tmp/x || echo refused; exit 7";
    ContainerSpec spec =
        TestNode.with(
            TestNode.spec("other", "main", "sh", "-c", script),
            new ContainerSpec.Limits(100, 500, 64 << 20, 50));
    Container container = node.runtime.start(spec);
    ExitStatus exit = TestNode.await(container.exit());
    String log = TestNode.log(container);
    assertEquals(7, exit.code(), log);
    for (String expected :
        List.of(
            "out", "err", "other", "wrote", "nice 0", "NoNewPrivs:\t1", "Seccomp:\t2", "refused")) {
      assertTrue(log.contains(expected), expected + " is missing in: " + log);
    }
    container.remove();
    node.runtime.settle();
    assertFalse(Files.exists(state(handler).resolve("other.main.0")), "the runtime still knows it");
    assertEquals(List.of(), roots());
  }

  private Path state(String handler) {
    return config.stateDir().resolve("runtimes").resolve(handler);
  }

  private List<String> roots() {
    return Mounts.under(config.stateDir()).stream().filter(m -> m.endsWith(".root")).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void execSignalsAndStopReachIt(String handler) throws Exception {
    assumeInstalled(handler);
    sandbox("other", handler);
    String script = "trap 'echo told; exit 3' TERM; echo ready; while :; do sleep 0.1; done";
    Container container = node.runtime.start(TestNode.spec("other", "main", "sh", "-c", script));
    try (ExecSession session =
        container.exec(new ExecSpec(List.of("sh", "-c", "cat; echo $0; exit 5"), true, false))) {
      session.stdin().write("typed\n".getBytes(StandardCharsets.UTF_8));
      session.stdin().close();
      String said = new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals("typed\nsh\n", said);
      assertEquals(5, TestNode.await(session.exit()).code());
    }
    Awaitility.await().until(() -> TestNode.log(container).contains("ready"));
    assertEquals(3, TestNode.await(container.stop(Duration.ofSeconds(20))).code());
    assertTrue(TestNode.log(container).contains("told"), TestNode.log(container));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aSuccessorTakesItOver(String handler) throws Exception {
    assumeInstalled(handler);
    node.runtime.close();
    String script = "trap 'exit 9' TERM; while :; do echo on; sleep 0.1; done";
    Process first = NodeProcess.start(config, Optional.of(handler), script);
    first.destroyForcibly().waitFor();
    node.runtime = ContainerRuntime.open(config);
    Container container = node.runtime.recover().get(0).containers().get(0);
    try (ExecSession session = container.exec(new ExecSpec(List.of("true"), false, false))) {
      assertEquals(0, TestNode.await(session.exit()).code());
    }
    Awaitility.await().until(() -> TestNode.log(container).contains("on\n"));
    int expected = ExitPins.KEPT_BY_KERNEL ? 9 : 255;
    assertEquals(expected, TestNode.await(container.stop(Duration.ofSeconds(20))).code());
    node.runtime.removeSandbox("pod");
    assertEquals(List.of(), roots());
  }

  @Test
  void aFailedStartTellsTheRuntimesOwnWordsAndLeavesNothing() {
    assumeInstalled("runc");
    sandbox("other", "runc");
    RuntimeFault fault =
        assertThrows(
            RuntimeFault.class,
            () -> node.runtime.start(TestNode.spec("other", "main", "/no/such/program")));
    assertTrue(fault.getMessage().contains("runc create"), fault.getMessage());
    assertTrue(fault.getMessage().contains("/no/such/program"), fault.getMessage());
    assertEquals(List.of(), roots());
    assertFalse(Files.exists(state("runc").resolve("other.main.0")));
  }

  @Test
  void anUnknownHandlerOrMissingProgramIsSaid() {
    String unknown =
        assertThrows(RuntimeFault.class, () -> sandbox("other", "nothing")).getMessage();
    assertTrue(unknown.contains("no runtime for handler \"nothing\""), unknown);
    String missing = assertThrows(RuntimeFault.class, () -> sandbox("other", "gone")).getMessage();
    assertTrue(missing.contains("/nowhere/gone"), missing);
    assertTrue(node.runtime.sandbox("other").isEmpty());
  }
}
