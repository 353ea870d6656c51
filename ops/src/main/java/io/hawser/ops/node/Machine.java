package io.hawser.ops.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What this machine is, as it tells the cluster. */
public final class Machine {
  private Machine() {}

  /** All processors, in thousandths of a core. */
  public static long cpuMillis() {
    return Runtime.getRuntime().availableProcessors() * 1000L;
  }

  /** MemTotal of proc(5) {@code /proc/meminfo}. */
  public static long memoryBytes() {
    return lines(Path.of("/proc/meminfo")).stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("/proc/meminfo has no MemTotal"));
  }

  /** Processes and threads that the kernel can have, proc(5) {@code kernel/pid_max}. */
  static long pids() {
    return Math.min(
        number(Path.of("/proc/sys/kernel/pid_max")),
        number(Path.of("/proc/sys/kernel/threads-max")));
  }

  private static long number(Path file) {
    return Long.parseLong(lines(file).get(0).trim());
  }

  /** As Kubernetes and OCI name architectures. */
  static String architecture() {
    String arch = System.getProperty("os.arch");
    return switch (arch) {
      case "x86_64", "amd64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> arch;
    };
  }

  static String kernelVersion() {
    return System.getProperty("os.version");
  }

  static String osImage() {
    Path release = Path.of("/etc/os-release");
    if (!Files.isReadable(release)) {
      return "Linux";
    }
    return lines(release).stream()
        .filter(line -> line.startsWith("PRETTY_NAME="))
        .map(line -> line.substring("PRETTY_NAME=".length()).replace("\"", ""))
        .findFirst()
        .orElse("Linux");
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
