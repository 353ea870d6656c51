package io.hawser.runtime.cgroup;

import io.hawser.runtime.Usage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads a cgroup's accounts. What is gone, or not measured here, counts as 0. */
final class CgroupUsage {
  private final List<CgroupLayout.Hierarchy> hierarchies;
  private final Path relative;

  CgroupUsage(List<CgroupLayout.Hierarchy> hierarchies, Path relative) {
    this.hierarchies = hierarchies;
    this.relative = relative;
  }

  Usage read() {
    return new Usage(cpuNanos(), memoryBytes(), pids(), throttledNanos(), oomKills(), pressure());
  }

  private long cpuNanos() {
    Optional<Path> accounting = directory("cpuacct");
    if (accounting.isPresent()) {
      return CgroupFiles.readLong(accounting.get().resolve("cpuacct.usage"));
    }
    return unified()
        .map(d -> CgroupFiles.readKey(d.resolve("cpu.stat"), "usage_usec") * 1000)
        .orElse(0L);
  }

  private long memoryBytes() {
    Optional<Path> directory = directory("memory");
    if (directory.isEmpty()) {
      return 0;
    }
    boolean v1 = Files.exists(directory.get().resolve("memory.usage_in_bytes"));
    Path stat = directory.get().resolve("memory.stat");
    long used =
        CgroupFiles.readLong(
            directory.get().resolve(v1 ? "memory.usage_in_bytes" : "memory.current"));
    long cache = CgroupFiles.readKey(stat, v1 ? "total_inactive_file" : "inactive_file");
    return Math.max(0, used - cache);
  }

  private long pids() {
    return directory("pids").map(d -> CgroupFiles.readLong(d.resolve("pids.current"))).orElse(0L);
  }

  private long throttledNanos() {
    return directory("cpu")
        .map(d -> d.resolve("cpu.stat"))
        .map(
            stat ->
                CgroupFiles.readKey(stat, "throttled_time")
                    + CgroupFiles.readKey(stat, "throttled_usec") * 1000)
        .orElse(0L);
  }

  /** v1's memory.oom_control counts in the cgroup itself only, v2's memory.events below it too. */
  long oomKills() {
    return hierarchies.stream()
        .filter(h -> h.controllers().contains("memory"))
        .findFirst()
        .map(
            h ->
                h.own()
                    .resolve(relative)
                    .resolve(h.version() == 1 ? "memory.oom_control" : "memory.events"))
        .map(file -> CgroupFiles.readKey(file, "oom_kill"))
        .orElse(0L);
  }

  private Optional<Usage.Pressure> pressure() {
    return unified()
        .filter(d -> Files.exists(d.resolve("cpu.pressure")))
        .map(
            d ->
                new Usage.Pressure(
                    stalled(d.resolve("cpu.pressure")),
                    stalled(d.resolve("memory.pressure")),
                    stalled(d.resolve("io.pressure"))));
  }

  /** {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=12345}, in microseconds. */
  private static long stalled(Path file) {
    for (String line : CgroupFiles.read(file).orElse("").split("\n")) {
      int total = line.indexOf("total=");
      if (line.startsWith("some ") && total > 0) {
        return Long.parseLong(line.substring(total + "total=".length()).strip());
      }
    }
    return 0;
  }

  private Optional<Path> directory(String controller) {
    return hierarchies.stream()
        .filter(h -> h.controllers().contains(controller))
        .map(h -> h.own().resolve(relative))
        .findFirst();
  }

  private Optional<Path> unified() {
    return hierarchies.stream()
        .filter(h -> h.version() == 2)
        .map(h -> h.own().resolve(relative))
        .findFirst();
  }
}
