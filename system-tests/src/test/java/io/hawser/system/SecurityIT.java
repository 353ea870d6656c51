package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two real nodes that speak with TLS, and the commands that a user has for it. */
@Tag("system")
class SecurityIT {
  private static final Duration COMMAND = Duration.ofSeconds(30);

  @TempDir private Path dir;
  private final List<Process> nodes = new ArrayList<>();

  /** As a user of one node sees it. */
  private record Node(String name, Path dir, int tlsPort) {
    Shell.Outcome hawser(String... arguments) {
      List<String> all = new ArrayList<>(List.of(arguments));
      all.addAll(
          List.of(
              "--server",
              "https://127.0.0.1:" + tlsPort,
              "--token-file",
              // Made by the first node; whoever joins is told it.
              dir.resolveSibling("s1").resolve("token").toString(),
              "--ca-file",
              dir.resolve("tls/node.pem").toString()));
      return Shell.run(COMMAND, Shell.hawser("cli.jvm", all.toArray(String[]::new)));
    }
  }

  @Test
  void theAuthorityIsReplacedWhileNodesRunAndCommandsAreObeyed()
      throws IOException, InterruptedException {
    try {
      Node first = start("s1", "--tls", "--roles", "controller,gateway");
      String token = awaitDone(first, "token", "create", "--roles", "gateway").strip();
      Node second =
          start(
              "s2",
              "--roles",
              "gateway",
              "--join",
              "127.0.0.1:" + first.tlsPort(),
              "--token",
              token);
      String before = signer(awaitDone(second, "authority", "show"));

      assertThat(awaitDone(first, "authority", "add")).contains("believed");
      String after = signer(awaitDone(second, "authority", "use"));
      assertThat(after).isNotEqualTo(before);
      String last = awaitDone(first, "authority", "drop");

      assertThat(signer(last)).isEqualTo(after);
      assertThat(last).doesNotContain("believed");
      for (Node node : List.of(first, second)) {
        assertThat(awaitDone(node, "authority", "show")).contains(after).doesNotContain(before);
      }
      assertThat(nodes).as("none was restarted").allMatch(Process::isAlive);
    } finally {
      for (Process node : nodes) {
        node.destroyForcibly().waitFor();
      }
    }
  }

  /** Each step is refused until every member is as far as the one before; then it is done. */
  private String awaitDone(Node node, String... command) {
    return await(List.of(command) + " on " + node.name())
        .atMost(TestCluster.PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .conditionEvaluationListener(
            look -> assertThat(nodes).as(this::logs).allMatch(Process::isAlive))
        .until(() -> node.hawser(command), outcome -> outcome.code() == 0)
        .out();
  }

  private String logs() {
    StringBuilder logs = new StringBuilder();
    for (String name : List.of("s1", "s2")) {
      try {
        logs.append(Files.readString(dir.resolve(name + ".log")));
      } catch (IOException none) {
        logs.append(name).append(" has no log\n");
      }
    }
    return logs.toString();
  }

  private static String signer(String authority) {
    return authority
        .lines()
        .filter(line -> line.startsWith("signs "))
        .findFirst()
        .orElseThrow()
        .substring("signs ".length())
        .strip();
  }

  private Node start(String name, String... more) throws IOException {
    int tlsPort = freePort();
    Path own = dir.resolve(name);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "node",
                "--name",
                name,
                "--dir",
                own.toString(),
                "--port",
                Integer.toString(freePort()),
                "--gateway-port",
                Integer.toString(freePort()),
                "--tls-port",
                Integer.toString(tlsPort),
                "--store-port",
                Integer.toString(freePort()),
                "--image-port",
                "0"));
    arguments.addAll(List.of(more));
    nodes.add(
        new ProcessBuilder(Shell.hawser("node.jvm", arguments.toArray(String[]::new)))
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve(name + ".log").toFile())
            .start());
    return new Node(name, own, tlsPort);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
