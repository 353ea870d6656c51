package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.machine.MachineCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class AdoptionTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private TestNode node;
  private Process process;

  @BeforeEach
  void importImage() {
    node = TestNode.create(Duration.ofSeconds(60));
    TestNode.importBusybox(node.config.imageDir());
  }

  @AfterEach
  void remove() {
    if (process != null) {
      process.destroyForcibly();
    }
    if (node.runtime == null) {
      node.runtime = ContainerRuntime.open(node.config);
    }
    node.close();
  }

  private void killAndReopen() throws Exception {
    process.destroyForcibly().waitFor();
    node.runtime = ContainerRuntime.open(node.config);
  }

  private static List<Container> sorted(Recovered recovered) {
    return recovered.containers().stream().sorted(Comparator.comparing(Container::name)).toList();
  }

  @Test
  void runningContainersAreTakenOverWithLogsExecAndExitCode() throws Exception {
    process =
        NodeProcess.start(
            node.config,
            "i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); echo line $i; sleep 0.05; done; exit 42",
            "exit 9");
    Path log = node.config.stateDir().resolve("pods/pod/logs/c0.0.log");
    await().atMost(DEADLINE).untilAsserted(() -> assertThat(log).content().contains("line 3"));
    Path ended = node.config.stateDir().resolve("pods/pod/containers/c1.0/container.json");
    await()
        .atMost(DEADLINE)
        .untilAsserted(() -> assertThat(ended).content().contains("\"code\":9"));
    killAndReopen();

    List<Recovered> recovered = node.runtime.recover();
    assertThat(recovered).hasSize(1);
    assertThat(recovered.get(0).sandbox().podUid()).isEqualTo("pod");
    List<Container> containers = sorted(recovered.get(0));
    assertThat(TestNode.await(containers.get(1).exit()).code()).isEqualTo(9);
    Container running = containers.get(0);
    assertThat(running.exit().toCompletableFuture()).isNotDone();

    try (ExecSession exec =
        running.exec(new ExecSpec(List.of("touch", "/tmp/stop"), false, false))) {
      assertThat(TestNode.await(exec.exit()).code()).isZero();
    }
    assertThat(TestNode.await(running.exit()).code()).isEqualTo(42);
    List<String> lines = TestNode.log(running).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i)).isEqualTo("line " + (i + 1)); // none lost, none twice
    }
    assertThat(node.runtime.createSandbox(new SandboxSpec("pod", "pod", false)).ip())
        .isEqualTo(recovered.get(0).sandbox().ip());
    assertThat(node.runtime.createSandbox(new SandboxSpec("other", "other", false)).ip())
        .isNotEqualTo(recovered.get(0).sandbox().ip());
  }

  @Test
  void containerThatEndedUnseenHasItsExitCodeWhereTheKernelRemembers() throws Exception {
    process =
        NodeProcess.start(node.config, "while [ ! -e /tmp/stop ]; do sleep 0.05; done; exit 6");
    Path home = node.config.stateDir().resolve("pods/pod/containers/c0.0");
    String checkpoint = Files.readString(home.resolve("container.json"));
    String pid = checkpoint.replaceAll(".*\"pid\":(\\d+).*", "$1");
    ProcessHandle container = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    process.destroyForcibly().waitFor();
    Files.createFile(Path.of("/proc", pid, "root/tmp/stop"));
    await().atMost(DEADLINE).until(() -> !container.isAlive());
    node.runtime = ContainerRuntime.open(node.config);
    Container ended = node.runtime.recover().get(0).containers().get(0);
    boolean remembers =
        MachineCheck.all().stream()
            .anyMatch(
                check ->
                    check.subject().equals("kernel") && check.level() == MachineCheck.Level.OK);
    assertThat(TestNode.await(ended.exit()).code()).isEqualTo(remembers ? 6 : 255);
    ended.remove();
  }

  @Test
  void tornCheckpointIsClearedWithItsProcess() throws Exception {
    process = NodeProcess.start(node.config, "sleep 1000");
    Path checkpoint = node.config.stateDir().resolve("pods/pod/containers/c0.0/container.json");
    String pid = Files.readString(checkpoint).replaceAll(".*\"pid\":(\\d+).*", "$1");
    process.destroyForcibly().waitFor();
    Files.writeString(checkpoint, "{\"id\":");
    node.runtime = ContainerRuntime.open(node.config);
    List<Recovered> recovered = node.runtime.recover();
    assertThat(recovered.get(0).containers()).isEmpty();
    assertThat(checkpoint.getParent()).doesNotExist();
    await()
        .atMost(DEADLINE)
        .until(() -> ProcessHandle.of(Long.parseLong(pid)).map(p -> !p.isAlive()).orElse(true));
  }

  @Test
  void sandboxWithoutItsCheckpointIsCleared() throws Exception {
    process = NodeProcess.start(node.config, "sleep 1000");
    process.destroyForcibly().waitFor();
    Files.delete(node.config.stateDir().resolve("pods/pod/sandbox.json"));
    node.runtime = ContainerRuntime.open(node.config);
    assertThat(node.runtime.recover()).isEmpty();
    assertThat(node.config.stateDir().resolve("pods/pod")).doesNotExist();
    assertThat(node.config.stateDir().resolve("ns")).isEmptyDirectory();
  }

  @Test
  void secondProcessOfANodeIsRefused() throws Exception {
    process = NodeProcess.start(node.config);
    assertThatThrownBy(() -> ContainerRuntime.open(node.config))
        .hasMessageContaining("is run by another process already");
    process.destroyForcibly().waitFor();
  }
}
