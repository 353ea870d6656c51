package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class ExecTest {
  private static TestNode node;
  private static Container container;

  @BeforeAll
  static void open() {
    node = TestNode.open();
    node.sandbox("exec");
    container = node.runtime.start(TestNode.spec("exec", "main", "sleep", "1000"));
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static String text(InputStream in) throws Exception {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  private static ExecSession exec(boolean stdin, boolean tty, String... command) {
    return container.exec(new ExecSpec(List.of(command), stdin, tty));
  }

  @Test
  void runsInTheContainersNamespacesWithItsRights() throws Exception {
    String script =
        "hostname; grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; cat /proc/1/comm;"
            + " cat /proc/self/cgroup; mount -t tmpfs none /tmp; readlink /proc/self/ns/net;"
            + " readlink /proc/1/ns/net; ls /proc/self/fd";
    try (ExecSession session = exec(false, false, "sh", "-c", script)) {
      List<String> lines = text(session.stdout()).lines().toList();
      assertThat(lines)
          .contains("exec", "sleep", "CapEff:\t00000000a80425fb", "NoNewPrivs:\t1", "Seccomp:\t2")
          .contains("0::/");
      List<String> networks = lines.stream().filter(line -> line.startsWith("net:")).toList();
      assertThat(networks).hasSize(2);
      assertThat(networks.get(0)).isEqualTo(networks.get(1));
      assertThat(lines).endsWith("0", "1", "2", "3");
      assertThat(text(session.stderr())).contains("mount: permission denied");
      assertThat(TestNode.await(session.exit()).code()).isZero();
    }
  }

  @Test
  void commandThatIsNotThereHasAShellsExitCode() {
    assertThatThrownBy(() -> exec(false, false, "nope"))
        .isInstanceOf(ProgramFault.class)
        .hasMessageContaining("execve(nope) failed: ENOENT")
        .extracting(e -> ((ProgramFault) e).exitCode())
        .isEqualTo(127);
    assertThatThrownBy(() -> exec(false, false, "/etc/passwd"))
        .hasMessageContaining("execve(/etc/passwd) failed: EACCES")
        .extracting(e -> ((ProgramFault) e).exitCode())
        .isEqualTo(126);
  }

  @Test
  void stdinReachesItAndTheExitCodeComesBack() throws Exception {
    try (ExecSession session = exec(true, false, "sh", "-c", "cat; exit 5")) {
      session.stdin().write("through\n".getBytes(StandardCharsets.UTF_8));
      session.stdin().close();
      assertThat(text(session.stdout())).isEqualTo("through\n");
      assertThat(TestNode.await(session.exit()).code()).isEqualTo(5);
    }
  }

  @Test
  void largeOutputArrivesWhole() throws Exception {
    try (ExecSession session = exec(false, false, "sh", "-c", "head -c 3000000 /dev/zero")) {
      assertThat(session.stdout().readAllBytes()).hasSize(3_000_000);
    }
  }

  @Test
  void terminalHasASizeAndIsTheControllingOne() throws Exception {
    try (ExecSession session = exec(true, true, "sh")) {
      session.resize(97, 31);
      session.stdin().write("tty; stty size; exit 4\n".getBytes(StandardCharsets.UTF_8));
      assertThat(text(session.stdout())).contains("/dev/pts/").contains("31 97");
      assertThat(TestNode.await(session.exit()).code()).isEqualTo(4);
    }
  }

  @Test
  void controlCInterruptsTheTerminalsProcess() throws Exception {
    try (ExecSession session = exec(true, true, "sleep", "1000")) {
      session.stdin().write(3);
      assertThat(TestNode.await(session.exit()).signal()).isEqualTo(2);
    }
  }

  @Test
  void closingTheSessionKillsTheProcess() {
    ExecSession session = exec(true, false, "sleep", "1000");
    session.close();
    assertThat(TestNode.await(session.exit()).signal()).isEqualTo(9);
  }

  @Test
  void missingCommandNamesTheStep() {
    assertThatThrownBy(() -> exec(false, false, "/nope"))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("execve(/nope) failed: ENOENT");
  }

  @Test
  void endedContainerTakesNoMore() {
    node.sandbox("ended");
    Container ended = node.runtime.start(TestNode.spec("ended", "main", "true"));
    TestNode.await(ended.exit());
    assertThatThrownBy(() -> ended.exec(new ExecSpec(List.of("true"), false, false)))
        .hasMessageContaining("is not running");
  }

  @Test
  void containerWithATerminalLogsWhatItShows() {
    node.sandbox("tty");
    Container tty =
        node.runtime.start(
            TestNode.withTty(TestNode.spec("tty", "main", "sh", "-c", "tty; exit 2")));
    assertThat(TestNode.await(tty.exit()).code()).isEqualTo(2);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(TestNode.log(tty)).contains("/dev/pts/0"));
  }
}
