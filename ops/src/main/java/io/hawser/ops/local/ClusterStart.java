package io.hawser.ops.local;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.local.ClusterFile.LocalNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Starts the nodes of a local cluster that do not run, and waits until every one is ready. */
final class ClusterStart {
  /** Bound for all nodes to become ready; a busy machine takes a minute. */
  static final Duration READY_TIMEOUT = Duration.ofSeconds(120);

  private static final Duration POLL = Duration.ofMillis(200);

  /**
   * Starts the command behind the log's name in a session of its own, so that the terminal's
   * signals and its end do not reach it; no process group is left to lead, so that setsid(1) does
   * not fork and keeps the pid, which is printed. A shell between, because this JVM would wait for
   * a child of its own on a thread, and 300 ms for that thread when it ends.
   */
  private static final String IN_BACKGROUND =
      "log=$1; shift; setsid \"$@\" </dev/null >>\"$log\" 2>&1 & echo $!";

  private static final int CONNECT_MILLIS = 200;
  private static final int LOG_LINES = 8;

  private final LocalCluster cluster;
  private final Consumer<String> say;

  ClusterStart(LocalCluster cluster, Consumer<String> say) {
    this.cluster = cluster;
    this.say = say;
  }

  void run() {
    long begun = System.nanoTime();
    List<LocalNode> started = new ArrayList<>();
    for (LocalNode node : cluster.nodes()) {
      if (cluster.pid(node).isEmpty()) {
        launch(node);
        started.add(node);
      }
    }
    if (started.isEmpty()) {
      say.accept("all " + cluster.nodes().size() + " nodes run already");
    } else {
      say.accept("starting " + String.join(", ", started.stream().map(LocalNode::name).toList()));
    }
    awaitReady(begun);
  }

  private void launch(LocalNode node) {
    Path dir = cluster.nodeDir(node);
    List<String> command = new ArrayList<>(List.of("sh", "-c", IN_BACKGROUND, "sh"));
    command.add(cluster.log(node).toString());
    command.addAll(NodeJvm.command());
    command.addAll(cluster.arguments(node));
    try {
      Files.createDirectories(dir);
      Process shell =
          withFewArenas(new ProcessBuilder(command))
              .directory(dir.toFile())
              .redirectError(ProcessBuilder.Redirect.appendTo(cluster.log(node).toFile()))
              .start();
      String pid = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      NodeProcess known =
          NodeProcess.of(Long.parseLong(pid.strip()))
              .orElseThrow(() -> new IOException("its process ended at once"));
      known.write(dir);
    } catch (IOException | NumberFormatException e) {
      throw new CommandFailure(
          "node " + node.name() + " can't be started: " + ApiStatus.oneLine(e), e);
    }
  }

  private void awaitReady(long begun) {
    Set<String> told = new HashSet<>();
    GatewayClient client = cluster.client();
    List<GatewayClient> each =
        cluster.nodes().stream()
            .map(node -> new GatewayClient(List.of(URI.create(node.gateway())), ""))
            .toList();
    boolean answering = false;
    long deadline = begun + READY_TIMEOUT.toNanos();
    while (System.nanoTime() < deadline) {
      for (LocalNode node : cluster.nodes()) {
        if (cluster.pid(node).isEmpty()) {
          throw failed(node, "ended while it started");
        }
      }
      // Until somebody listens, only a connection is tried: the nodes need the processors.
      answering = answering || cluster.nodes().stream().anyMatch(ClusterStart::isListening);
      if (answering) {
        tellReady(client, told, begun);
      }
      if (told.size() == cluster.nodes().size() && each.stream().allMatch(ClusterStart::isReady)) {
        return;
      }
      pause();
    }
    LocalNode late =
        cluster.nodes().stream()
            .filter(n -> !told.contains(n.name()))
            .findFirst()
            .orElse(cluster.nodes().get(0));
    throw failed(late, "is not ready after " + READY_TIMEOUT.toSeconds() + " s");
  }

  private void tellReady(GatewayClient client, Set<String> told, long begun) {
    for (String name : readyNodes(client)) {
      if (cluster.nodes().stream().anyMatch(n -> n.name().equals(name)) && told.add(name)) {
        say.accept("  " + name + " ready after " + since(begun));
      }
    }
  }

  private static String since(long begun) {
    return io.hawser.ops.client.Texts.seconds((System.nanoTime() - begun) / 1_000_000);
  }

  private static List<String> readyNodes(GatewayClient client) {
    List<String> ready = new ArrayList<>();
    try {
      for (JsonNode node : client.get("/api/v1/nodes").path("items")) {
        for (JsonNode condition : node.path("status").path("conditions")) {
          if (condition.path("type").asText().equals("Ready")
              && condition.path("status").asText().equals("True")) {
            ready.add(node.path("metadata").path("name").asText());
          }
        }
      }
    } catch (CommandFailure e) {
      // No gateway yet; the deadline bounds how long that may be so.
    }
    return ready;
  }

  private static boolean isListening(LocalNode node) {
    try (Socket socket = new Socket()) {
      InetAddress here = InetAddress.getLoopbackAddress();
      socket.connect(new InetSocketAddress(here, node.gatewayPort()), CONNECT_MILLIS);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private static boolean isReady(GatewayClient gateway) {
    try (InputStream answer = gateway.stream("/readyz", "*/*")) {
      answer.readAllBytes();
      return true;
    } catch (CommandFailure | IOException e) {
      return false;
    }
  }

  private CommandFailure failed(LocalNode node, String what) {
    List<String> lines = lastLines(cluster.log(node));
    say.accept("the last lines of " + cluster.log(node) + ":");
    lines.forEach(line -> say.accept("  | " + line));
    return new CommandFailure(
        "node " + node.name() + " " + what + " (its log is " + cluster.log(node) + ")");
  }

  private static List<String> lastLines(Path log) {
    try {
      List<String> all = Files.readAllLines(log, StandardCharsets.UTF_8);
      return all.subList(Math.max(0, all.size() - LOG_LINES), all.size());
    } catch (IOException e) {
      return List.of("(unreadable: " + ApiStatus.oneLine(e) + ")");
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    }
  }

  /**
   * glibc gives each thread memory of its own, up to eight times the processors; two are enough.
   */
  private static ProcessBuilder withFewArenas(ProcessBuilder process) {
    process.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
    return process;
  }
}
