package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A cluster of real JVMs on this machine, driven by the command line as a user drives it. */
final class TestCluster implements AutoCloseable {
  /** A start may take a minute on a busy machine. */
  static final Duration PATIENCE = Duration.ofSeconds(120);

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Nodes inherit it: autoscalers look more often than every 15 s. */
  private static final List<String> HASTE = List.of("HAWSER_AUTOSCALE_EVERY=2s");

  private final Path dir;
  private final List<String> environment;
  private final Leftovers leftovers;

  private TestCluster(Path dir, List<String> environment) {
    this.dir = dir;
    this.environment = environment;
    this.leftovers = new Leftovers(dir, List.of("n1", "n2", "n3"));
  }

  /** With the image of {@code examples/web.yaml}. */
  static TestCluster up(int nodes) throws IOException {
    return up(nodes, List.of());
  }

  /**
   * @param more options of {@code hawser up}; with any, no image is imported
   */
  static TestCluster up(int nodes, List<String> more) throws IOException {
    return up(nodes, more, false, HASTE);
  }

  /** The same as {@link #up(int)}, with the settings that users have who set nothing. */
  static TestCluster upWithDefaults(int nodes) throws IOException {
    return up(nodes, List.of(), false, List.of());
  }

  /** The same as {@link #up(int)}, with {@link ExampleKind} in a jar. */
  static TestCluster upWithExampleKind(int nodes) throws IOException {
    return up(nodes, List.of(), true, HASTE);
  }

  private static TestCluster up(
      int nodes, List<String> more, boolean exampleKind, List<String> environment)
      throws IOException {
    TestCluster cluster = new TestCluster(Files.createTempDirectory("hawser-system-"), environment);
    try {
      if (exampleKind) {
        ExampleKind.jarInto(cluster.plugins());
      }
      if (more.isEmpty()) {
        WebImage.importInto(cluster.dir);
      }
      List<String> up = new ArrayList<>(List.of("up", "--nodes", String.valueOf(nodes)));
      up.addAll(more);
      cluster.hawser(up.toArray(String[]::new)).ok();
      return cluster;
    } catch (RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  Path dir() {
    return dir;
  }

  private Path plugins() {
    return dir.resolve("plugins");
  }

  Shell.Outcome hawser(String... arguments) {
    List<String> command = new ArrayList<>(List.of("env", "HAWSER_DIR=" + dir));
    command.addAll(environment);
    if (Files.isDirectory(plugins())) {
      command.add("HAWSER_PLUGINS=" + plugins());
    }
    command.addAll(Shell.hawser("cli.jvm", arguments));
    return Shell.run(PATIENCE, command);
  }

  /**
   * @param variable {@code NAME=value} for the command's environment
   */
  Shell.Outcome hawserWith(String variable, String... arguments) {
    List<String> command = new ArrayList<>(List.of("env", "HAWSER_DIR=" + dir, variable));
    command.addAll(Shell.hawser("cli.jvm", arguments));
    return Shell.run(PATIENCE, command);
  }

  /** The example of the README, with another number of replicas. */
  void applyWeb(int replicas) throws IOException {
    String yaml =
        Files.readString(Shell.home().resolve("examples/web.yaml"))
            .replaceFirst("replicas: *[0-9]+", "replicas: " + replicas);
    Path file = dir.resolve("web.yaml");
    Files.writeString(file, yaml);
    hawser("apply", "-f", file.toString()).ok();
  }

  void awaitReady(int pods) {
    await("%d ready pods".formatted(pods))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptionsInstanceOf(Api.NotReachable.class)
        .untilAsserted(() -> assertThat(api().readyPods()).hasSize(pods));
  }

  Api api() {
    List<String> gateways = new ArrayList<>();
    JsonNode cluster = file();
    cluster.path("nodes").forEach(n -> gateways.add(n.path("gateway").asText()));
    return new Api(gateways, cluster.path("token").asText());
  }

  /** What {@code up} wrote down of the cluster. */
  JsonNode file() {
    return read(dir.resolve("cluster.json"));
  }

  List<String> nodeNames() {
    List<String> names = new ArrayList<>();
    file().path("nodes").forEach(n -> names.add(n.path("name").asText()));
    return names;
  }

  /**
   * The process ids of the nodes' JVMs that run, by node name. Between posix_spawn(3)'s clone and
   * its exec a child of a JVM has its parent's command line.
   */
  Map<String, Long> pids() {
    Map<String, Long> pids = new TreeMap<>();
    ProcessHandle.allProcesses()
        .forEach(
            process -> {
              List<String> arguments = Leftovers.commandLine(process.pid());
              int name = arguments.indexOf("--name");
              if (arguments.contains("node")
                  && name > 0
                  && arguments.stream().anyMatch(a -> a.startsWith(dir.toString() + "/"))
                  && !isChildOf(process, arguments)) {
                pids.put(arguments.get(name + 1), process.pid());
              }
            });
    return pids;
  }

  private static boolean isChildOf(ProcessHandle process, List<String> arguments) {
    return process
        .parent()
        .filter(parent -> Leftovers.commandLine(parent.pid()).equals(arguments))
        .isPresent();
  }

  /** The processes in the cgroups of this cluster's pods. */
  Set<Long> containerProcesses() {
    List<String> uids = api().pods().stream().map(p -> p.at("/metadata/uid").asText()).toList();
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> uids.stream().anyMatch(Leftovers.cgroups(pid)::contains))
        .collect(Collectors.toSet());
  }

  /** SIGKILL, as the kernel's out-of-memory killer would. */
  void kill(String node) {
    Long pid = pids().get(node);
    assertThat(pid).as("process of node " + node).isNotNull();
    Shell.run(Duration.ofSeconds(10), "kill", "-9", pid.toString()).ok();
    await().atMost(PATIENCE).until(() -> !pids().containsKey(node));
  }

  String schedulerNode() {
    return await("a scheduler")
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(Api.NotReachable.class)
        .until(
            () -> api().get("/apis/hawser.io/v1/status").body().at("/scheduler/node").asText(),
            name -> !name.isEmpty());
  }

  /** Stops it, removes everything, and checks that the machine is as it was before. */
  @Override
  public void close() throws IOException {
    Shell.Outcome down = hawser("down", "--delete-data");
    String logs = down.code() == 0 ? "" : logs();
    deleteTree(dir);
    assertThat(down.code()).as("hawser down%n%s%n%s".formatted(down.err(), logs)).isZero();
    leftovers.awaitNone();
  }

  /** What the cluster says of itself and its logs, for a failure's message. */
  String story() {
    StringBuilder all = new StringBuilder();
    for (String what : List.of("nodes", "pods", "deployments", "daemonsets", "statefulsets")) {
      all.append(hawser("get", what, "-o", "wide").out()).append('\n');
    }
    return all.append(hawser("events").out()).append('\n').append(logs()).toString();
  }

  /** The last lines of every node's log, for a failure's message. */
  String logs() {
    StringBuilder all = new StringBuilder();
    for (String node : List.of("n1", "n2", "n3")) {
      Path log = dir.resolve(node).resolve("node.log");
      if (Files.isReadable(log)) {
        List<String> lines = Arrays.asList(text(log).split("\n"));
        all.append("--- ").append(node).append('\n');
        lines
            .subList(Math.max(0, lines.size() - 40), lines.size())
            .forEach(line -> all.append(line).append('\n'));
      }
    }
    return all.toString();
  }

  private static void deleteTree(Path tree) {
    Shell.run(Duration.ofSeconds(60), "rm", "-rf", "--one-file-system", tree.toString()).ok();
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(text(file));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
