package io.hawser.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** crun or runc on a bundle of its own, with the limits that Hawser's container has. */
final class OciPeer {
  private static final long POD_BOUND_NANOS = 10_000_000_000L;

  /** The namespaces of a pod: by their names in a bundle, the kernel's files. */
  private static final Map<String, String> PODS =
      Map.of("network", "net", "ipc", "ipc", "uts", "uts");

  private final String program;
  private final String name;
  private final Path bundle;
  private final Path root;

  /**
   * @param pod a process whose network, ipc and uts namespaces are joined; empty: new ones are made
   */
  OciPeer(String program, Path dir, Path root, Optional<Long> pod)
      throws IOException, InterruptedException {
    this.program = program;
    this.name = program + (pod.isPresent() ? "-pod" : "");
    this.root = root;
    this.bundle = Files.createDirectories(dir.resolve(name));
    Files.createDirectories(bundle.resolve("rootfs"));
    Files.createDirectories(bundle.resolve("upper"));
    Files.createDirectories(bundle.resolve("work"));
    Command.time(List.of("sh", "-c", "cd '" + bundle + "' && exec " + program + " spec"));
    adapt(bundle.resolve("config.json"), pod);
  }

  /**
   * Namespaces as a pod's containers share them, kept by a process that sleeps.
   *
   * @param ends what ends it is added here
   * @return its pid
   */
  static long pod(List<AutoCloseable> ends) throws IOException {
    Process keeper =
        new ProcessBuilder("unshare", "--net", "--ipc", "--uts", "sleep", "100000")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    ends.add(() -> keeper.destroyForcibly().waitFor());
    Path own = Path.of("/proc/self/ns/uts");
    Path kept = Path.of("/proc/" + keeper.pid() + "/ns/uts");
    long deadline = System.nanoTime() + POD_BOUND_NANOS;
    // All three are exchanged at once; unshare(2).
    while (Files.readSymbolicLink(own).equals(Files.readSymbolicLink(kept))) {
      if (!keeper.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("unshare --net --ipc --uts does not make namespaces");
      }
      LockSupport.parkNanos(1_000_000);
    }
    return keeper.pid();
  }

  /**
   * Its overlay is mounted for it, as an engine would.
   *
   * @return milliseconds: of its command alone, and with mount(8) and umount(8)
   */
  List<Double> startToExit(int round) throws IOException, InterruptedException {
    String merged = bundle.resolve("rootfs").toString();
    long start = System.nanoTime();
    double alone;
    Command.time(
        List.of(
            "mount",
            "-t",
            "overlay",
            "overlay",
            "-o",
            "lowerdir=%s,upperdir=%s,workdir=%s"
                .formatted(root, bundle.resolve("upper"), bundle.resolve("work")),
            merged));
    try {
      alone = Command.time(run("hawser-bench-" + name + "-" + round));
    } finally {
      Command.time(List.of("umount", merged));
    }
    return List.of(alone, RuntimeBenchmark.millisSince(start));
  }

  /**
   * Starts one that stays, for {@link #exec}.
   *
   * @return ends it
   */
  AutoCloseable keep() throws IOException, InterruptedException {
    Path own = Files.createDirectories(bundle.resolveSibling(program + "-kept"));
    Files.createDirectories(own.resolve("rootfs"));
    Command.time(List.of("cp", "-a", root + "/.", own.resolve("rootfs").toString()));
    ObjectMapper json = new ObjectMapper();
    ObjectNode spec = (ObjectNode) json.readTree(bundle.resolve("config.json").toFile());
    ObjectNode process = (ObjectNode) spec.get("process");
    process.putArray("args").add("/bin/sleep").add("100000");
    json.writeValue(own.resolve("config.json").toFile(), spec);
    Command.time(command("run", "--detach", "--bundle", own.toString(), kept()));
    return () -> Command.time(command("delete", "--force", kept()));
  }

  private String kept() {
    return "hawser-bench-" + program + "-kept-" + ProcessHandle.current().pid();
  }

  double exec() throws IOException, InterruptedException {
    return Command.time(command("exec", kept(), "/bin/true"));
  }

  /**
   * crun refuses hybrid cgroup layouts: {@code ./dev bench} runs all without the unified mount;
   * else crun gets a mount namespace of its own, which is in its time.
   */
  private List<String> run(String id) {
    return command("run", "--bundle", bundle.toString(), id);
  }

  private List<String> command(String... words) {
    List<String> command = new ArrayList<>();
    if (program.equals("crun") && Files.exists(Path.of("/sys/fs/cgroup/unified/cgroup.procs"))) {
      command.addAll(
          List.of("unshare", "-m", "sh", "-c", "umount /sys/fs/cgroup/unified; exec \"$@\"", "sh"));
    }
    command.add(program);
    command.addAll(List.of(words));
    return command;
  }

  private static void adapt(Path config, Optional<Long> pod) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode spec = (ObjectNode) json.readTree(config.toFile());
    ObjectNode process = (ObjectNode) spec.get("process");
    process.put("terminal", false);
    process.putArray("args").add("/bin/true");
    process.remove("rlimits");
    ((ObjectNode) spec.get("root")).put("readonly", false);
    for (JsonNode namespace : spec.get("linux").get("namespaces")) {
      String file = PODS.get(namespace.get("type").asText());
      if (pod.isPresent() && file != null) {
        ((ObjectNode) namespace).put("path", "/proc/" + pod.get() + "/ns/" + file);
        spec.remove("hostname");
      }
    }
    ObjectNode resources = ((ObjectNode) spec.get("linux")).putObject("resources");
    resources.putObject("memory").put("limit", 64L << 20);
    resources.putObject("pids").put("limit", 64);
    resources.putObject("cpu").put("quota", 100_000).put("period", 100_000).put("shares", 102);
    json.writeValue(config.toFile(), spec);
  }
}
