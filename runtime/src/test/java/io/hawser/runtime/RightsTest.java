package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.Isolation.CapabilitySets;
import io.hawser.runtime.Isolation.ClockOffsets;
import io.hawser.runtime.Isolation.Device;
import io.hawser.runtime.Isolation.Rights;
import io.hawser.runtime.Isolation.Rlimit;
import io.hawser.runtime.Isolation.Seccomp;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Capabilities, filters, limits of the process, devices, clocks. */
@Tag("kernel")
class RightsTest {
  private static final String NO_DIRECTORIES =
      "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"],"
          + " \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28}]}";
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static Isolation with(Seccomp seccomp) {
    return new Isolation(false, seccomp, Rights.DEFAULT, Isolation.Files.DEFAULT);
  }

  private static Isolation with(Rights rights) {
    return new Isolation(false, Seccomp.DEFAULT, rights, Isolation.Files.DEFAULT);
  }

  private static Rights rights(List<Rlimit> rlimits, Optional<Integer> oom, List<Long> groups) {
    return new Rights(Optional.empty(), groups, rlimits, oom, Map.of(), Optional.empty());
  }

  private static ContainerSpec as1000(ContainerSpec spec) {
    return TestNode.with(
        spec,
        new ContainerSpec.Security(
            Optional.of(1000L), Optional.empty(), false, false, List.of(), List.of()));
  }

  @Test
  void profileInJsonIsInForceAndForExecToo() throws Exception {
    Isolation filtered = with(Seccomp.of(NO_DIRECTORIES));
    ContainerSpec spec =
        TestNode.spec("json", "main", "sh", "-c", "mkdir /x; touch /y && echo made").with(filtered);
    assertThat(node.output(spec)).contains("No space left on device").contains("made");
    Container container =
        node.runtime.start(TestNode.spec("json", "other", "sleep", "60").with(filtered));
    ExecSession exec = container.exec(new ExecSpec(List.of("mkdir", "/z"), false, false));
    assertThat(new String(exec.stderr().readAllBytes(), StandardCharsets.UTF_8))
        .contains("No space left on device");
    TestNode.await(container.stop(Duration.ZERO));
  }

  @Test
  void unconfinedHasNoFilter() {
    ContainerSpec spec =
        TestNode.spec("free", "main", "grep", "Seccomp:", "/proc/self/status")
            .with(with(Seccomp.UNCONFINED));
    assertThat(node.output(spec)).isEqualTo("Seccomp:\t0\n");
  }

  @Test
  void wrongProfileNamesItsField() {
    ContainerSpec spec =
        TestNode.spec("wrong", "main", "true").with(with(Seccomp.of("{\"defaultAction\": \"X\"}")));
    node.sandbox("wrong");
    assertThatThrownBy(() -> node.runtime.start(spec))
        .hasMessageContaining("defaultAction: unknown action \"X\"");
  }

  @Test
  void ambientCapabilitiesReachAnotherUser() {
    Set<String> bind = Set.of("CAP_NET_BIND_SERVICE");
    CapabilitySets sets = new CapabilitySets(bind, bind, bind, bind, bind);
    Rights rights =
        new Rights(
            Optional.of(sets), List.of(), List.of(), Optional.empty(), Map.of(), Optional.empty());
    ContainerSpec spec =
        as1000(TestNode.spec("ambient", "main", "cat", "/proc/self/status")).with(with(rights));
    assertThat(node.output(spec))
        .contains("CapAmb:\t0000000000000400")
        .contains("CapEff:\t0000000000000400")
        .contains("CapBnd:\t0000000000000400");
  }

  @Test
  void limitsOfTheProcessAreSetAndARaiseIsRefusedByName() {
    List<Rlimit> limits =
        List.of(new Rlimit("RLIMIT_NOFILE", 77, 88), new Rlimit("RLIMIT_CORE", 0, 0));
    ContainerSpec spec =
        TestNode.spec("rlimit", "main", "sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -c")
            .with(with(rights(limits, Optional.empty(), List.of())));
    assertThat(node.output(spec)).isEqualTo("77\n88\n0\n");
    List<Rlimit> unknown = List.of(new Rlimit("RLIMIT_X", 1, 1));
    ContainerSpec other =
        TestNode.spec("rlimit", "other", "true")
            .with(with(rights(unknown, Optional.empty(), List.of())));
    assertThatThrownBy(() -> node.runtime.start(other)).hasMessageContaining("rlimit \"RLIMIT_X\"");
  }

  @Test
  void scoreForTheKillerAndGroupsAreSet() {
    ContainerSpec spec =
        TestNode.spec("oom", "main", "sh", "-c", "cat /proc/self/oom_score_adj; id -G")
            .with(with(rights(List.of(), Optional.of(777), List.of(4000L, 4001L))));
    assertThat(node.output(spec)).isEqualTo("777\n0 4000 4001\n");
    ContainerSpec other =
        TestNode.spec("oom", "other", "sh", "-c", "cat /proc/self/oom_score_adj; id -G")
            .with(spec.isolation());
    assertThat(node.output(as1000(other))).isEqualTo("777\n1001 2000 4000 4001\n");
  }

  /** Where it needs a right the agent lacks, the container starts all the same. */
  @Test
  void scoreBelowTheAgentsIsNoError() {
    ContainerSpec spec =
        TestNode.spec("oom2", "main", "cat", "/proc/self/oom_score_adj")
            .with(with(rights(List.of(), Optional.of(-997), List.of())));
    assertThat(node.output(spec)).matches("-?\\d+\n");
  }

  @Test
  void clockOfItsOwnStartsElsewhere() throws Exception {
    Rights rights =
        new Rights(
            Optional.empty(),
            List.of(),
            List.of(),
            Optional.empty(),
            Map.of(),
            Optional.of(new ClockOffsets(0, Duration.ofDays(1000).toNanos())));
    ContainerSpec spec =
        TestNode.spec("clock", "main", "sh", "-c", "cut -d. -f1 /proc/uptime; sleep 60")
            .with(with(rights));
    node.sandbox("clock");
    Container container = node.runtime.start(spec);
    ExecSession exec =
        container.exec(new ExecSpec(List.of("cut", "-d.", "-f1", "/proc/uptime"), false, false));
    String inExec = new String(exec.stdout().readAllBytes(), StandardCharsets.UTF_8);
    await().until(() -> TestNode.log(container).endsWith("\n"));
    TestNode.await(container.stop(Duration.ZERO));
    long days = 1000L * 24 * 3600;
    assertThat(Long.parseLong(TestNode.log(container).strip())).isGreaterThan(days);
    assertThat(Long.parseLong(inExec.strip())).isGreaterThan(days);
  }

  @Test
  void deviceThatIsGivenCanBeUsedAndNoOther() {
    Device loops = new Device("/dev/sub/loops", 'c', 10, 237, 0600, 0, 7, "rw");
    Isolation.Files files =
        new Isolation.Files(Optional.empty(), List.of(), List.of(loops), Optional.empty());
    String script =
        "stat -c '%t:%T %u:%g' /dev/sub/loops; true < /dev/sub/loops && echo open;"
            + " mknod /tmp/mem c 1 1; cat /tmp/mem; ls /dev/kmsg /dev/loop-control";
    ContainerSpec spec = TestNode.spec("device", "main", "sh", "-c", script);
    Isolation given = new Isolation(false, Seccomp.DEFAULT, Rights.DEFAULT, files);
    assertThat(node.output(spec.with(given)))
        .contains("a:ed 0:7\nopen\n")
        .contains("cat: can't open '/tmp/mem': Operation not permitted")
        .contains("ls: /dev/kmsg: No such file");
  }

  @Test
  void privilegedHasWhatTheAgentHas() {
    Isolation privileged =
        new Isolation(true, Seccomp.DEFAULT, Rights.DEFAULT, Isolation.Files.DEFAULT);
    String script =
        "grep -E 'Seccomp:|NoNewPrivs|CapEff' /proc/self/status; ls /dev/kmsg;"
            + " true < /dev/kmsg && echo open; mount -t tmpfs none /tmp && echo mounted;"
            + " echo 1 > /proc/sys/kernel/hung_task_timeout_secs_ 2>&1 | head -1;"
            + " touch /proc/sys/kernel/panic && echo writable; umount /tmp";
    assertThat(node.output(TestNode.spec("priv", "main", "sh", "-c", script).with(privileged)))
        .contains("CapEff:\t000001ff")
        .contains("Seccomp:\t0")
        .contains("NoNewPrivs:\t0")
        .contains("open\n")
        .contains("mounted\n")
        .contains("writable\n");
  }

  @Test
  void sysctlsOfThePodAndOfTheContainerAreSet() {
    node.sandbox(
        "sysctl",
        new SandboxSpec.Sharing(
            false,
            false,
            SandboxSpec.Pids.CONTAINER,
            Map.of("net.ipv4.ip_unprivileged_port_start", "80")));
    Rights rights =
        new Rights(
            Optional.empty(),
            List.of(),
            List.of(),
            Optional.empty(),
            Map.of("kernel.shm_rmid_forced", "1"),
            Optional.empty());
    ContainerSpec spec =
        TestNode.spec(
                "sysctl",
                "main",
                "cat",
                "/proc/sys/net/ipv4/ip_unprivileged_port_start",
                "/proc/sys/kernel/shm_rmid_forced")
            .with(with(rights));
    assertThat(node.output(spec)).isEqualTo("80\n1\n");
    assertThatThrownBy(
            () ->
                node.sandbox(
                    "sysctl2",
                    new SandboxSpec.Sharing(
                        false, false, SandboxSpec.Pids.CONTAINER, Map.of("net.nope", "1"))))
        .hasMessageContaining("sysctl net.nope: this kernel has none");
    assertThat(node.runtime.sandbox("sysctl2")).isEmpty();
  }
}
