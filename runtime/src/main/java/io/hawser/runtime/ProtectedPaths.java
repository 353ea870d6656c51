package io.hawser.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What of /proc and /sys a container can't read or write: Docker's lists. A container sees the same
 * kernel's /proc: what is missing on the machine is missing there, so it is looked for here.
 */
final class ProtectedPaths {
  private static final List<String> MASKED_FILES =
      List.of(
          "/proc/kcore",
          "/proc/keys",
          "/proc/interrupts",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug");
  private static final List<String> MASKED_DIRECTORIES =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");
  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private final List<String> files = present(MASKED_FILES);
  private final List<String> directories = present(MASKED_DIRECTORIES);
  private final List<String> readOnly = present(READ_ONLY);

  List<String> maskedFiles(ContainerSpec spec) {
    if (spec.isolation().privileged()) {
      return List.of();
    }
    return spec.isolation()
        .files()
        .paths()
        .map(p -> present(p.masked()).stream().filter(f -> !isDirectory(f)).toList())
        .orElse(files);
  }

  List<String> maskedDirectories(ContainerSpec spec) {
    if (spec.isolation().privileged()) {
      return List.of();
    }
    return spec.isolation()
        .files()
        .paths()
        .map(p -> present(p.masked()).stream().filter(ProtectedPaths::isDirectory).toList())
        .orElse(directories);
  }

  List<String> readOnly(ContainerSpec spec) {
    if (spec.isolation().privileged()) {
      return List.of();
    }
    return spec.isolation().files().paths().map(p -> present(p.readOnly())).orElse(readOnly);
  }

  private static boolean isDirectory(String path) {
    return Files.isDirectory(Path.of(path));
  }

  private static List<String> present(List<String> paths) {
    return paths.stream()
        .filter(path -> path.startsWith("/proc/") || path.startsWith("/sys/"))
        .filter(path -> Files.exists(Path.of(path)))
        .toList();
  }
}
