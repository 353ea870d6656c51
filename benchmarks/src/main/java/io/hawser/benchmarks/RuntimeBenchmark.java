package io.hawser.benchmarks;

import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ContainerSpec;
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
 * removal included, interleaved in random order with crun and runc where they are installed.
 */
final class RuntimeBenchmark implements Benchmark {
  private static final int DEFAULT_ROUNDS = 100;
  private static final int WARM_UP = 20;

  @Override
  public String name() {
    return "runtime";
  }

  @Override
  public String description() {
    return "start to exit of `true` in a container, beside crun and runc  [rounds]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? DEFAULT_ROUNDS : Integer.parseInt(arguments.get(0));
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
        return measure(runtime, dir, rounds);
      } finally {
        runtime.purge();
      }
    } finally {
      Command.time(List.of("rm", "-rf", "--one-file-system", dir.toString()));
    }
  }

  private interface Contender {
    void startToExit(int round) throws Exception;
  }

  private static List<Metric> measure(ContainerRuntime runtime, Path dir, int rounds)
      throws Exception {
    Path root = busyboxRoot(dir);
    runtime
        .images()
        .importDirectory(
            "bench:1",
            root,
            new ImageStore.ImageConfig(List.of(), List.of("/bin/true"), List.of(), "", "", ""));
    runtime.createSandbox(new SandboxSpec("bench", "bench", false));
    Map<String, Contender> contenders = new LinkedHashMap<>();
    contenders.put("hawser", round -> ours(runtime, round));
    for (String peer : List.of("crun", "runc")) {
      if (Command.installed(peer)) {
        contenders.put(peer, new OciPeer(peer, dir, root)::startToExit);
      }
    }
    Map<String, List<Double>> samples = interleaved(contenders, rounds);
    List<Metric> metrics = new ArrayList<>();
    Metric own = Metric.own("start to exit", "ms", samples.remove("hawser"));
    metrics.add(own);
    samples.forEach((peer, times) -> metrics.add(Metric.peer(own, peer, times)));
    return metrics;
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
        contenders.get(name).startToExit(round);
        if (round >= WARM_UP) {
          samples.get(name).add((System.nanoTime() - start) / 1e6);
        }
      }
    }
    return samples;
  }

  private static void ours(ContainerRuntime runtime, int round) throws Exception {
    Container container =
        runtime.start(
            new ContainerSpec(
                "bench.true." + round,
                "bench",
                "true",
                round,
                "bench:1",
                List.of(),
                List.of(),
                Map.of(),
                Optional.empty(),
                new ContainerSpec.Limits(100, 1000, 64L << 20, 64),
                new ContainerSpec.Security(
                    Optional.empty(), Optional.empty(), false, false, List.of(), List.of()),
                List.of(),
                false));
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
    return root;
  }
}
