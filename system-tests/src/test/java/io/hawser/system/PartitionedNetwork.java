package io.hawser.system;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Three nodes, each in a network namespace of its own on one bridge, so that a cable can be pulled.
 * All names carry this process's id; nothing outside of them is touched.
 */
final class PartitionedNetwork implements AutoCloseable {
  private static final Duration QUICK = Duration.ofSeconds(20);
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";
  private static final List<String> NAMES = List.of("p1", "p2", "p3");

  private static final Pattern OURS = Pattern.compile("hwt(\\d+)(br|p\\d)");

  private final long id = ProcessHandle.current().pid();
  // Of its own: two bridges with one subnet would take each other's packets.
  private final String net = "10.98." + (1 + id % 250) + ".";
  private final Path dir;
  private final Leftovers leftovers;
  private final Map<String, Process> nodes = new LinkedHashMap<>();
  private final Optional<NodeClocks> clocks;

  private PartitionedNetwork(Path dir, Optional<NodeClocks> clocks) {
    this.dir = dir;
    this.clocks = clocks;
    this.leftovers = new Leftovers(dir, NAMES);
  }

  static PartitionedNetwork up() throws IOException {
    return up(false);
  }

  /** With nodes whose {@link #clocks} can be set, where that is installed. */
  static PartitionedNetwork upWithClocks() throws IOException {
    return up(NodeClocks.library().isPresent());
  }

  private static PartitionedNetwork up(boolean withClocks) throws IOException {
    Path dir = Files.createTempDirectory("hawser-system-net-");
    PartitionedNetwork network =
        new PartitionedNetwork(
            dir, withClocks ? Optional.of(new NodeClocks(dir)) : Optional.empty());
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
    ip("link", "set", hostLink(name), "down");
  }

  void heal(String name) {
    ip("link", "set", hostLink(name), "up");
  }

  /** What one node sends to another is lost; what comes back arrives, and so does all else. */
  void cutOneWay(String from, String to) {
    inside(from, "route", "add", "blackhole", address(to));
  }

  void healOneWay(String from, String to) {
    inside(from, "route", "del", "blackhole", address(to));
  }

  private String address(String name) {
    return net + (11 + NAMES.indexOf(name));
  }

  /** A share of the packets that this node gets is lost, where the kernel has netem. */
  boolean lose(String name, int percent) {
    return Shell.run(
                QUICK,
                "tc",
                "qdisc",
                "add",
                "dev",
                hostLink(name),
                "root",
                "netem",
                "loss",
                percent + "%")
            .code()
        == 0;
  }

  void loseNothing(String name) {
    Shell.run(QUICK, "tc", "qdisc", "del", "dev", hostLink(name), "root");
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
    nodes.put(name, start(name, NAMES.indexOf(name)));
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

  @Override
  public void close() throws IOException {
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
    for (String name : NAMES) {
      Shell.run(QUICK, "ip", "netns", "del", namespace(name));
      Shell.run(QUICK, "ip", "link", "del", hostLink(name));
    }
    Shell.run(QUICK, "ip", "link", "del", bridge());
    Shell.run(QUICK, "rm", "-rf", "--one-file-system", dir.toString()).ok();
    leftovers.awaitNone();
  }

  private void wake(Process node) {
    Shell.run(QUICK, "kill", "-CONT", Long.toString(node.pid()));
  }

  private void build() throws IOException {
    sweepDead();
    Files.writeString(dir.resolve("token"), TOKEN);
    WebImage.importInto(dir);
    ip("link", "add", bridge(), "type", "bridge");
    ip("addr", "add", net + "1/24", "dev", bridge());
    ip("link", "set", bridge(), "up");
    for (int i = 0; i < NAMES.size(); i++) {
      plug(NAMES.get(i), net + (11 + i));
    }
    for (int i = 0; i < NAMES.size(); i++) {
      nodes.put(NAMES.get(i), start(NAMES.get(i), i));
    }
  }

  /** What a test run left that was killed: its links and namespaces carry its process's id. */
  private static void sweepDead() {
    for (Path directory : List.of(Path.of("/run/netns"), Path.of("/sys/class/net"))) {
      for (String name : names(directory)) {
        Matcher ours = OURS.matcher(name);
        if (ours.matches() && ProcessHandle.of(Long.parseLong(ours.group(1))).isEmpty()) {
          Shell.run(QUICK, "ip", "netns", "del", name);
          Shell.run(QUICK, "ip", "link", "del", name);
        }
      }
    }
  }

  private static List<String> names(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    } catch (IOException none) {
      return List.of();
    }
  }

  private void plug(String name, String address) {
    ip("netns", "add", namespace(name));
    ip(
        "link",
        "add",
        hostLink(name),
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        namespace(name));
    ip("link", "set", hostLink(name), "master", bridge(), "up");
    inside(name, "addr", "add", address + "/24", "dev", "eth0");
    inside(name, "link", "set", "eth0", "up");
    inside(name, "link", "set", "lo", "up");
  }

  private Process start(String name, int index) throws IOException {
    List<String> command = new ArrayList<>();
    command.add("nsenter");
    command.add("--net=/run/netns/" + namespace(name));
    command.addAll(
        Shell.hawser(
            "node.jvm",
            "node",
            "--name",
            name,
            "--dir",
            dir.resolve(name).toString(),
            "--listen",
            net + (11 + index),
            "--insecure-network",
            "--join",
            net + "11:7351," + net + "12:7351," + net + "13:7351",
            "--controllers",
            "p1=" + net + "11:7451,p2=" + net + "12:7451,p3=" + net + "13:7451",
            "--pod-subnet",
            "10.97." + (index + 1) + ".0/24",
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
    return "http://" + address(name) + ":6441";
  }

  private String namespace(String name) {
    return "hwt" + id + name;
  }

  private String hostLink(String name) {
    return "hwt" + id + name;
  }

  private String bridge() {
    return "hwt" + id + "br";
  }

  private static void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Shell.run(QUICK, command).ok();
  }

  private void inside(String name, String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", namespace(name)));
    command.addAll(List.of(arguments));
    Shell.run(QUICK, command).ok();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException gone) {
      return List.of();
    }
  }
}
