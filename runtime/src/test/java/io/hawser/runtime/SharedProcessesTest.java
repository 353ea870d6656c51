package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.SandboxSpec.Pids;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class SharedProcessesTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private void sandbox(String podUid, Pids pids, boolean ownUsers) {
    node.sandbox(podUid, new SandboxSpec.Sharing(ownUsers, false, pids, Map.of()));
  }

  @Test
  void containersOfAPodSeeAndSignalEachOther() {
    sandbox("pod", Pids.POD, true);
    Container victim = node.runtime.start(TestNode.spec("pod", "victim", "sleep", "4711"));
    ContainerSpec other =
        TestNode.spec(
            "pod",
            "other",
            "sh",
            "-c",
            "pid=$(pidof sleep) && tr '\\0' ' ' < /proc/$pid/cmdline && kill -9 $pid");
    assertThat(node.output(other)).isEqualTo("sleep 4711 ");
    assertThat(TestNode.await(victim.exit()).signal()).isEqualTo(9);
  }

  @Test
  void orphansAreReapedAndTheReaperStays() {
    sandbox("orphans", Pids.POD, false);
    ContainerSpec spec =
        TestNode.spec(
            "orphans",
            "main",
            "sh",
            "-c",
            "for i in 1 2 3; do (sleep 0.1 & ) ; done; kill -9 1; kill -15 1; sleep 0.5;"
                + " grep -l 'State:.Z' /proc/[0-9]*/status; ls -d /proc/1");
    assertThat(node.output(spec)).isEqualTo("/proc/1\n");
  }

  @Test
  void endOfAContainerEndsWhatItStartedAndNoOther() {
    sandbox("ends", Pids.POD, false);
    Container other = node.runtime.start(TestNode.spec("ends", "other", "sleep", "60"));
    Container main =
        node.runtime.start(
            TestNode.spec("ends", "main", "sh", "-c", "sleep 4712 & sleep 0.2; exit 3"));
    assertThat(TestNode.await(main.exit()).code()).isEqualTo(3);
    ContainerSpec look =
        TestNode.spec(
            "ends",
            "look",
            "sh",
            "-c",
            "for i in $(seq 300); do all=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ');"
                + " case $all in *471[2]*) sleep 0.1;; *) break;; esac; done; echo $all");
    assertThat(node.output(look)).contains("sleep 60").doesNotContain("4712");
    TestNode.await(other.stop(Duration.ZERO));
  }

  @Test
  void processesOfTheMachineAreSeenWhenAsked() {
    sandbox("machine", Pids.MACHINE, false);
    long own = ProcessHandle.current().pid();
    Container container =
        node.runtime.start(
            TestNode.spec(
                "machine",
                "main",
                "sh",
                "-c",
                "ls -d /proc/" + own + "; sleep 4713 & exec sleep 60"));
    await()
        .untilAsserted(() -> assertThat(TestNode.log(container)).isEqualTo("/proc/" + own + "\n"));
    TestNode.await(container.stop(Duration.ZERO));
    await("what it started is gone, too")
        .until(
            () ->
                ProcessHandle.allProcesses()
                    .map(p -> p.info().commandLine().orElse(""))
                    .noneMatch(c -> c.contains("sleep 4713")));
  }

  @Test
  void sandboxIsAdoptedWithItsReaperAndRemovedWithIt() throws Exception {
    sandbox("adopt", Pids.POD, true);
    Container before = node.runtime.start(TestNode.spec("adopt", "main", "sleep", "60"));
    node.runtime.close();
    node.runtime = ContainerRuntime.open(node.config);
    assertThat(node.runtime.recover()).anyMatch(r -> r.sandbox().podUid().equals("adopt"));
    ContainerSpec look = TestNode.spec("adopt", "look", "pidof", "sleep");
    assertThat(node.output(look)).isNotEmpty();
    node.runtime.removeSandbox("adopt");
    // Its parent, the runtime that was closed, does not reap it any more.
    Path status = Path.of("/proc", "" + before.pid(), "status");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> !Files.exists(status) || Files.readString(status).contains("State:\tZ"));
  }

  @Test
  void whatExcludesEachOtherIsRefused() {
    assertThatThrownBy(() -> sandbox("both", Pids.MACHINE, true))
        .hasMessageContaining("can't share the machine's network, ipc or processes");
    assertThat(node.runtime.sandbox("both")).isEmpty();
  }

  @Test
  void ipcOfTheMachineIsSharedWhenAsked() throws Exception {
    node.sandbox("ipc", new SandboxSpec.Sharing(false, true, Pids.CONTAINER, Map.of()));
    Path own = Files.readSymbolicLink(Path.of("/proc/self/ns/ipc"));
    ContainerSpec spec = TestNode.spec("ipc", "main", "readlink", "/proc/self/ns/ipc");
    assertThat(node.output(spec)).isEqualTo(own + "\n");
  }
}
