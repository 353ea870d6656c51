package io.hawser.benchmarks;

import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ExecSession;
import io.hawser.runtime.ExecSpec;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.RuntimeConfig;
import io.hawser.runtime.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Start to exit of {@code true} in a container with all namespaces, limits and an overlay root, its
 * removal included, and exec into a running one, interleaved in random order with crun, runc,
 * podman and docker where they are installed; then many containers that are kept running. What ends
 * mounts after the answer (docs/start-time.md) is in the time of the next round, not of its own.
 */
final class RuntimeBenchmark implements Benchmark {
  private static final int DEFAULT_ROUNDS = 100;
  private static final int WARM_UP = 20;
  private static final int DEFAULT_CROWD = 200;

  @Override
  public String name() {
    return "runtime";
  }

  @Override
  public String description() {
    return "start to exit and exec of `true` beside crun, runc, podman, docker; 200 containers kept"
        + "  [rounds [containers]]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? DEFAULT_ROUNDS : Integer.parseInt(arguments.get(0));
    int crowd = arguments.size() < 2 ? DEFAULT_CROWD : Integer.parseInt(arguments.get(1));
    Path dir = Files.createTempDirectory("hawser-bench-");
    try (ContainerRuntime runtime =
        ContainerRuntime.open(
            new RuntimeConfig(
                "bench" + ProcessHandle.current().pid(),
                dir.resolve("runtime"),
                dir.resolve("images"),
                "10.96.77.0/24",
                Duration.ofSeconds(5)))) {
      try {
        return measure(runtime, dir, rounds, crowd);
      } finally {
        runtime.purge();
      }
    } finally {
      Command.time(List.of("rm", "-rf", "--one-file-system", dir.toString()));
    }
  }

  private interface Contender {
    void run(int round) throws Exception;
  }

  private static List<Metric> measure(ContainerRuntime runtime, Path dir, int rounds, int crowd)
      throws Exception {
    Path root = busyboxRoot(dir);
    runtime
        .images()
        .importDirectory(
            "bench:1",
            root,
            new ImageStore.ImageConfig(List.of(), List.of("/bin/true"), List.of(), "", "", ""));
    runtime.createSandbox(new SandboxSpec("bench", "bench", false));
    Map<String, Contender> starts = new LinkedHashMap<>();
    Map<String, Contender> execs = new LinkedHashMap<>();
    starts.put("hawser", round -> ours(runtime, round));
    Container kept = runtime.start(spec("kept", 0, List.of("/bin/sleep", "100000")));
    execs.put("hawser", round -> exec(kept));
    List<AutoCloseable> ends = new ArrayList<>();
    try {
      for (String peer : List.of("crun", "runc")) {
        if (Command.installed(peer)) {
          OciPeer oci = new OciPeer(peer, dir, root);
          starts.put(peer, oci::startToExit);
          ends.add(oci.keep());
          execs.put(peer, round -> oci.exec());
        }
      }
      for (String peer : List.of("podman", "docker")) {
        if (EnginePeer.answers(peer)) {
          EnginePeer engine = new EnginePeer(peer, dir, root);
          ends.add(engine);
          starts.put(peer, round -> engine.startToExit());
          execs.put(peer, round -> engine.exec());
        }
      }
      List<Metric> metrics = new ArrayList<>(compared("start to exit", starts, rounds));
      metrics.addAll(compared("exec", execs, rounds));
      metrics.addAll(new RuntimeCrowd(runtime, crowd).measure());
      return metrics;
    } finally {
      for (AutoCloseable end : ends) {
        end.close();
      }
    }
  }

  private static List<Metric> compared(String name, Map<String, Contender> contenders, int rounds)
      throws Exception {
    Map<String, List<Double>> samples = interleaved(contenders, rounds);
    List<Metric> metrics = new ArrayList<>();
    Metric own = Metric.own(name, "ms", samples.remove("hawser"));
    metrics.add(own);
    samples.forEach((peer, times) -> metrics.add(Metric.peer(own, peer, times)));
    return metrics;
  }

  private static void exec(Container container) throws Exception {
    try (ExecSession session = container.exec(new ExecSpec(List.of("/bin/true"), false, false))) {
      session.exit().toCompletableFuture().get();
    }
  }

  private static Map<String, List<Double>> interleaved(
      Map<String, Contender> contenders, int rounds) throws Exception {
    Map<String, List<Double>> samples = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> samples.put(name, new ArrayList<>()));
    List<String> order = new ArrayList<>(contenders.keySet());
    Random random = new Random(1);
    for (int round = 0; round < WARM_UP + rounds; round++) {
      java.util.Collections.shuffle(order, random);
      for (String name : order) {
        long start = System.nanoTime();
        contenders.get(name).run(round);
        if (round >= WARM_UP) {
          samples.get(name).add((System.nanoTime() - start) / 1e6);
        }
      }
    }
    return samples;
  }

  static ContainerSpec spec(String name, int attempt, List<String> command) {
    return new ContainerSpec(
        "bench." + name + "." + attempt,
        "bench",
        name,
        attempt,
        "bench:1",
        command,
        List.of(),
        Map.of(),
        Optional.empty(),
        new ContainerSpec.Limits(100, 1000, 64L << 20, 64),
        new ContainerSpec.Security(
            Optional.empty(), Optional.empty(), false, false, List.of(), List.of()),
        List.of(),
        false);
  }

  private static void ours(ContainerRuntime runtime, int round) throws Exception {
    Container container = runtime.start(spec("true", round, List.of()));
    int code = container.exit().toCompletableFuture().get().code();
    if (code != 0) {
      throw new IllegalStateException("true exited with " + code);
    }
    container.remove();
  }

  private static Path busyboxRoot(Path dir) throws IOException {
    Path root = dir.resolve("rootfs");
    for (String folder : List.of("bin", "proc", "sys", "dev", "tmp", "etc")) {
      Files.createDirectories(root.resolve(folder));
    }
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
    root.resolve("bin/busybox").toFile().setExecutable(true, false);
    Files.createSymbolicLink(root.resolve("bin/true"), Path.of("busybox"));
    Files.createSymbolicLink(root.resolve("bin/sleep"), Path.of("busybox"));
    return root;
  }
}
