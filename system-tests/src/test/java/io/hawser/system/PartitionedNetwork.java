package io.hawser.system;

import io.hawser.ops.node.NodeRuntime;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.RuntimeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Three nodes, each in a network namespace of its own, whose cables can be pulled. */
final class PartitionedNetwork implements AutoCloseable {
  private static final Duration QUICK = Duration.ofSeconds(20);
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";
  private static final List<String> NAMES = List.of("p1", "p2", "p3");

  private final Cables cables = new Cables("p", NAMES);
  private final Path dir;
  private final Leftovers leftovers;
  private final Map<String, Process> nodes = new LinkedHashMap<>();
  private final Optional<NodeClocks> clocks;
  private boolean closed;

  private PartitionedNetwork(Path dir, Optional<NodeClocks> clocks) {
    this.dir = dir;
    this.clocks = clocks;
    this.leftovers = new Leftovers(dir, NAMES);
  }

  /** Nothing is on the machine yet but its directory. */
  static PartitionedNetwork make() throws IOException {
    return make(false);
  }

  private static PartitionedNetwork make(boolean withClocks) throws IOException {
    Path dir = Files.createTempDirectory("hawser-system-net-");
    return new PartitionedNetwork(
        dir, withClocks ? Optional.of(new NodeClocks(dir)) : Optional.empty());
  }

  static PartitionedNetwork up() throws IOException {
    return up(make());
  }

  /** With nodes whose {@link #clocks} can be set, where that is installed. */
  static PartitionedNetwork upWithClocks() throws IOException {
    return up(make(NodeClocks.library().isPresent()));
  }

  private static PartitionedNetwork up(PartitionedNetwork network) throws IOException {
    try {
      network.build();
      return network;
    } catch (RuntimeException | Error | IOException e) {
      network.close();
      throw e;
    }
  }

  Api api() {
    return new Api(NAMES.stream().map(this::gateway).toList(), TOKEN);
  }

  Api apiOf(List<String> names) {
    return new Api(names.stream().map(this::gateway).toList(), TOKEN);
  }

  Path dir() {
    return dir;
  }

  Optional<NodeClocks> clocks() {
    return clocks;
  }

  List<String> names() {
    return NAMES;
  }

  Shell.Outcome hawser(String... arguments) {
    List<String> command = new ArrayList<>(Shell.hawser("cli.jvm", arguments));
    command.addAll(
        List.of("--server", gateway("p1"), "--token-file", dir.resolve("token").toString()));
    return Shell.run(TestCluster.PATIENCE, command);
  }

  void cut(String name) {
    cables.cut(name);
  }

  void heal(String name) {
    cables.heal(name);
  }

  /** What one node sends to another is lost; what comes back arrives, and so does all else. */
  void cutOneWay(String from, String to) {
    cables.cutOneWay(from, to);
  }

  void healOneWay(String from, String to) {
    cables.healOneWay(from, to);
  }

  /** A share of the packets that this node gets is lost, where the kernel has netem. */
  boolean lose(String name, int percent) {
    return cables.lose(name, percent);
  }

  void loseNothing(String name) {
    cables.loseNothing(name);
  }

  /** STOP, CONT or KILL to a node's JVM. */
  void signal(String name, String signal) {
    Shell.run(QUICK, "kill", "-" + signal, Long.toString(nodes.get(name).pid())).ok();
  }

  /** SIGKILL, as the kernel's out-of-memory killer would; returns when it is gone. */
  void kill(String name) throws InterruptedException {
    nodes.get(name).destroyForcibly().waitFor();
  }

  /** SIGTERM; returns at once. */
  void stop(String name) {
    nodes.get(name).destroy();
  }

  /** Whether a process is of a container of any of the nodes. */
  boolean isContainer(long pid) {
    String groups = Leftovers.cgroups(pid);
    return NAMES.stream()
        .anyMatch(name -> groups.contains("/hawser/" + Leftovers.runtimeName(dir, name) + "/"));
  }

  /** Starts a node that was killed, as its machine would after a crash. */
  void restart(String name) throws IOException, InterruptedException {
    // One that was asked to stop may still be at it.
    nodes.get(name).waitFor();
    put(name);
  }

  /** The processes in the cgroups of a node's containers. */
  long containerProcesses(String name) {
    return ProcessHandle.allProcesses()
        .filter(
            p ->
                Leftovers.cgroups(p.pid())
                    .contains("/hawser/" + Leftovers.runtimeName(dir, name) + "/"))
        .filter(p -> Leftovers.commandLine(p.pid()).contains("httpd"))
        .count();
  }

  String logs() {
    StringBuilder all = new StringBuilder();
    for (String name : NAMES) {
      List<String> lines = lines(dir.resolve(name + ".log"));
      all.append("--- ").append(name).append('\n');
      lines
          .subList(Math.max(0, lines.size() - 40), lines.size())
          .forEach(line -> all.append(line).append('\n'));
    }
    return all.toString();
  }

  /** Also from another thread, while it is being built. */
  @Override
  public synchronized void close() throws IOException {
    closed = true;
    // One that is frozen does not hear anything else.
    nodes.values().stream().filter(Process::isAlive).forEach(this::wake);
    nodes.values().forEach(Process::destroy);
    for (Process node : nodes.values()) {
      try {
        if (!node.waitFor(40, TimeUnit.SECONDS)) {
          node.destroyForcibly();
        }
      } catch (InterruptedException e) {
        node.destroyForcibly();
      }
    }
    NAMES.forEach(this::purge);
    cables.close();
    Shell.run(QUICK, "rm", "-rf", "--one-file-system", dir.toString()).ok();
    leftovers.awaitNone();
  }

  /**
   * What a node left that was killed and not started again, as when a measurement is interrupted.
   */
  private void purge(String name) {
    Path home = dir.resolve(name);
    if (Files.isDirectory(home)) {
      RuntimeConfig config =
          NodeRuntime.config(
              name, home, dir.resolve("images"), podSubnet(name), Duration.ofSeconds(1));
      try (ContainerRuntime runtime = ContainerRuntime.open(config)) {
        runtime.purge();
      }
    }
  }

  private static String podSubnet(String name) {
    return "10.97." + (NAMES.indexOf(name) + 1) + ".0/24";
  }

  private void wake(Process node) {
    Shell.run(QUICK, "kill", "-CONT", Long.toString(node.pid()));
  }

  /** Once; whatever was made before a failure goes with {@link #close}. */
  void build() throws IOException {
    Files.writeString(dir.resolve("token"), TOKEN);
    WebImage.importInto(dir);
    cables.plugIn();
    for (String name : NAMES) {
      put(name);
    }
  }

  private synchronized void put(String name) throws IOException {
    nodes.put(name, start(name));
  }

  private Process start(String name) throws IOException {
    if (closed) {
      throw new IOException("closed while it was built");
    }
    List<String> command = new ArrayList<>();
    command.addAll(cables.enter(name));
    command.addAll(
        Shell.hawser(
            "node.jvm",
            "node",
            "--name",
            name,
            "--dir",
            dir.resolve(name).toString(),
            "--listen",
            cables.address(name),
            "--insecure-network",
            "--join",
            forAll(other -> cables.address(other) + ":7351"),
            "--controllers",
            forAll(other -> other + "=" + cables.address(other) + ":7451"),
            "--pod-subnet",
            podSubnet(name),
            "--image-dir",
            dir.resolve("images").toString(),
            "--token-file",
            dir.resolve("token").toString(),
            "--cpu-millis",
            "1000",
            "--memory-bytes",
            "1073741824"));
    ProcessBuilder node =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve(name + ".log").toFile()));
    if (clocks.isPresent()) {
      node.environment().putAll(clocks.get().environment(name));
    }
    return node.start();
  }

  String gateway(String name) {
    return "http://" + cables.address(name) + ":6441";
  }

  private static String forAll(UnaryOperator<String> text) {
    return NAMES.stream().map(text).collect(Collectors.joining(","));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException gone) {
      return List.of();
    }
  }
}
