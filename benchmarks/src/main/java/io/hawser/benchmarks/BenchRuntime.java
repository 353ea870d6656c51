package io.hawser.benchmarks;

import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.RuntimeConfig;
import io.hawser.runtime.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A runtime of a benchmark's own with a busybox image and a sandbox; nothing of it stays. */
final class BenchRuntime {
  /** Room for a thousand pods. */
  static final String SUBNET = "10.96.76.0/22";

  static final String IMAGE = "bench:1";
  private static final String SANDBOX = "bench";
  private static final Duration RESTART_WINDOW = Duration.ofSeconds(5);

  /** What is measured. */
  interface Work<T> {
    /**
     * @param dir for whatever else it needs; {@code rootfs} in it is the image's
     */
    T run(ContainerRuntime runtime, Path dir) throws Exception;
  }

  private BenchRuntime() {}

  static <T> T with(Work<T> work) throws Exception {
    Path dir = Files.createTempDirectory("hawser-bench-");
    try (ContainerRuntime runtime =
        ContainerRuntime.open(
            new RuntimeConfig(
                "bench" + ProcessHandle.current().pid(),
                dir.resolve("runtime"),
                dir.resolve("images"),
                SUBNET,
                RESTART_WINDOW))) {
      try {
        runtime
            .images()
            .importDirectory(
                IMAGE,
                busyboxRoot(rootfs(dir)),
                new ImageStore.ImageConfig(List.of(), List.of("/bin/true"), List.of(), "", "", ""));
        runtime.createSandbox(new SandboxSpec(SANDBOX, SANDBOX, false));
        return work.run(runtime, dir);
      } finally {
        runtime.purge();
      }
    } finally {
      Command.time(List.of("rm", "-rf", "--one-file-system", dir.toString()));
    }
  }

  /** The image as a directory. */
  static Path rootfs(Path dir) {
    return dir.resolve("rootfs");
  }

  /**
   * A container of the sandbox.
   *
   * @param attempt another one for each of a name
   * @param command empty: the image's, {@code true}
   */
  static ContainerSpec spec(String name, int attempt, List<String> command) {
    return new ContainerSpec(
        SANDBOX + "." + name + "." + attempt,
        SANDBOX,
        name,
        attempt,
        IMAGE,
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

  private static Path busyboxRoot(Path root) throws IOException {
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
