package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("kernel")
class GuardTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private TestNode node;
  private Process process;

  @AfterEach
  void remove() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
    if (node != null) {
      if (node.runtime == null) {
        node.runtime = ContainerRuntime.open(node.config);
      }
      node.close();
    }
  }

  private void startNode(Duration window, String... scripts) throws Exception {
    node = TestNode.create(window);
    TestNode.importBusybox(node.config.imageDir());
    process = NodeProcess.start(node.config, scripts);
  }

  /** Processes of this node by what they have in their arguments. */
  private List<ProcessHandle> guards() {
    // Each has a child that looks whether its JVM is frozen.
    return ProcessHandle.allProcesses()
        .filter(this::isGuard)
        .filter(p -> p.parent().filter(this::isGuard).isEmpty())
        .toList();
  }

  private boolean isGuard(ProcessHandle handle) {
    String script = node.config.stateDir().resolve("guard.sh").toString();
    try {
      String arguments = Files.readString(Path.of("/proc", "" + handle.pid(), "cmdline"));
      return arguments.startsWith("/bin/sh\0" + script);
    } catch (IOException e) {
      return false;
    }
  }

  private ProcessHandle container() throws IOException {
    String checkpoint =
        Files.readString(node.config.stateDir().resolve("pods/pod/containers/c0.0/container.json"));
    long pid = Long.parseLong(checkpoint.replaceAll(".*\"pid\":(\\d+).*", "$1"));
    return ProcessHandle.of(pid).orElseThrow();
  }

  @Test
  void containersDieWhenNobodyComesBackWithinTheWindow() throws Exception {
    startNode(Duration.ofMillis(500), "trap '' TERM; while :; do sleep 1; done");
    ProcessHandle container = container();
    assertThat(guards()).hasSize(1);
    process.destroyForcibly().waitFor();
    await().atMost(DEADLINE).until(() -> !container.isAlive());
    await().atMost(DEADLINE).until(() -> guards().isEmpty());
  }

  @Test
  void containersDieAlsoWhenTheNodesDirectoryIsTakenAway() throws Exception {
    startNode(Duration.ofMillis(500), "trap '' TERM; while :; do sleep 1; done");
    ProcessHandle container = container();
    process.destroyForcibly().waitFor();
    Files.delete(node.config.stateDir().resolve("owner"));
    await().atMost(DEADLINE).until(() -> !container.isAlive());
  }

  /** The guard alone, with a {@code cat} that takes the owner file away just before it is read. */
  @Test
  void anOwnerFileThatGoesWhileItIsReadIsNobodys(@TempDir Path directory) throws Exception {
    Path owner = Files.writeString(directory.resolve("owner"), "token");
    Path cat = directory.resolve("bin/cat");
    Files.createDirectories(cat.getParent());
    Files.writeString(cat, "#!/bin/sh\nrm -f " + owner + "\nexec /bin/cat \"$@\"\n");
    assertThat(cat.toFile().setExecutable(true)).isTrue();
    Path script = directory.resolve("guard.sh");
    try (InputStream in = Guard.class.getResourceAsStream("guard.sh")) {
      Files.copy(in, script);
    }
    Process container = new ProcessBuilder("sleep", "1000").start();
    try {
      Path note = directory.resolve("pods/pod/container.json");
      Files.createDirectories(note.getParent());
      Files.writeString(
          note,
          "{\"pid\":%d,\"startTicks\":%d}"
              .formatted(container.pid(), ProcessStart.ticks((int) container.pid()).orElseThrow()));
      ProcessBuilder guard =
          new ProcessBuilder(
              "/bin/sh",
              "-c",
              "exec /bin/sh \"$@\" 3</dev/null",
              "sh",
              script.toString(),
              owner.toString(),
              "token",
              "3",
              directory.resolve("pods").toString());
      guard.environment().merge("PATH", cat.getParent().toString(), (old, bin) -> bin + ":" + old);

      assertThat(guard.start().waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();

      assertThat(container.waitFor(1, TimeUnit.SECONDS)).isTrue();
      assertThat(owner).doesNotExist();
    } finally {
      container.destroyForcibly().waitFor();
    }
  }

  @Test
  void containersOfAFrozenJvmDieAndItsGuardStays() throws Exception {
    startNode(Duration.ofSeconds(2), "trap '' TERM; while :; do sleep 1; done");
    ProcessHandle container = container();
    new ProcessBuilder("kill", "-STOP", "" + process.pid()).start().waitFor();
    // A frozen parent reaps nobody: what is left of the container has no memory, so no arguments.
    Path arguments = Path.of("/proc", "" + container.pid(), "cmdline");
    await().atMost(DEADLINE).until(() -> Files.readString(arguments).isEmpty());
    await().atMost(DEADLINE).until(() -> guards().size() == 1);
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void successorKeepsThemAndReplacesTheGuard() throws Exception {
    startNode(Duration.ofSeconds(2), "while :; do sleep 1; done");
    ProcessHandle container = container();
    ProcessHandle oldGuard = guards().get(0);
    process.destroyForcibly().waitFor();
    node.runtime = ContainerRuntime.open(node.config);
    assertThat(node.runtime.recover().get(0).containers()).hasSize(1);
    await().atMost(DEADLINE).until(() -> !oldGuard.isAlive());
    assertThat(container.isAlive()).isTrue();
    await().atMost(DEADLINE).until(() -> guards().size() == 1); // the old one's child goes, too
  }

  @Test
  void guardWithNothingToGuardGoesAtOnce() throws Exception {
    startNode(Duration.ofSeconds(60));
    assertThat(guards()).hasSize(1);
    process.destroyForcibly().waitFor();
    await().atMost(DEADLINE).until(() -> guards().isEmpty());
  }
}
