package io.hawser.runtime.cgroup;

import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.Usage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One container's cgroup: the same relative path in each hierarchy that is used. */
public final class ContainerCgroup {
  private static final long PERIOD_MICROS = 100_000;
  private static final long SMALLEST_QUOTA_MICROS = 1_000;
  private static final long SMALLEST_SHARES = 2;
  private static final long LARGEST_SHARES = 262_144;

  /** A value for a control file. */
  record Setting(Path file, String value) {}

  private final List<CgroupLayout.Hierarchy> hierarchies;
  private final Path relative;
  private final List<Path> alsoJoined;
  private final Freezer freezer;

  /**
   * @param freezing v1's freezer hierarchy
   */
  ContainerCgroup(
      List<CgroupLayout.Hierarchy> hierarchies,
      Path relative,
      List<Path> alsoJoined,
      Optional<CgroupLayout.Hierarchy> freezing) {
    this.hierarchies = hierarchies;
    this.relative = relative;
    this.alsoJoined = alsoJoined;
    this.freezer =
        new Freezer(unified(), freezing.map(h -> h.own().resolve(relative)), directories().get(0));
  }

  /** Freezes all its processes; returns when they are at rest. Idempotent. */
  public void freeze() {
    freezer.freeze();
  }

  /** Idempotent. */
  public void thaw() {
    freezer.thaw();
  }

  public boolean isFrozen() {
    return freezer.isFrozen();
  }

  void create(Limits limits) {
    directories().forEach(CgroupFiles::make);
    apply(limits);
  }

  /** Sets the limits, on a running container too. */
  public void apply(Limits limits) {
    for (Setting setting : settings(limits)) {
      CgroupFiles.write(setting.file, setting.value);
    }
  }

  /**
   * The files that a process of one thread joins by writing 0. On v1 it is {@code tasks}: moving
   * oneself as a thread takes no global lock, where {@code cgroup.procs} waits for a grace period
   * of RCU each time (6–8 ms, measured on Linux 6.18).
   */
  public List<Path> joinFiles() {
    List<Path> files = new ArrayList<>();
    for (CgroupLayout.Hierarchy hierarchy : hierarchies) {
      Path directory = hierarchy.own().resolve(relative);
      files.add(directory.resolve(hierarchy.version() == 1 ? "tasks" : "cgroup.procs"));
    }
    alsoJoined.forEach(directory -> files.add(directory.resolve("tasks")));
    return files;
  }

  List<Setting> settings(Limits limits) {
    List<Setting> settings = new ArrayList<>();
    for (CgroupLayout.Hierarchy hierarchy : hierarchies) {
      Path directory = hierarchy.own().resolve(relative);
      for (String controller : hierarchy.controllers()) {
        if (hierarchy.version() == 1) {
          addV1(settings, controller, directory, limits);
        } else {
          addV2(settings, controller, directory, limits);
        }
      }
    }
    return settings;
  }

  private static void addV1(
      List<Setting> settings, String controller, Path directory, Limits limits) {
    switch (controller) {
      case "cpu" -> {
        if (limits.cpuWeightMillis() > 0) {
          settings.add(
              new Setting(directory.resolve("cpu.shares"), "" + shares(limits.cpuWeightMillis())));
        }
        if (limits.cpuLimitMillis() > 0) {
          settings.add(new Setting(directory.resolve("cpu.cfs_period_us"), "" + PERIOD_MICROS));
          settings.add(
              new Setting(
                  directory.resolve("cpu.cfs_quota_us"), "" + quota(limits.cpuLimitMillis())));
        }
      }
      case "memory" -> {
        if (limits.memoryBytes() > 0) {
          String bytes = "" + limits.memoryBytes();
          settings.add(new Setting(directory.resolve("memory.limit_in_bytes"), bytes));
          Path withSwap = directory.resolve("memory.memsw.limit_in_bytes");
          if (Files.exists(withSwap)) {
            settings.add(new Setting(withSwap, bytes));
          }
        }
      }
      case "pids" -> addPids(settings, directory, limits);
      default -> {}
    }
  }

  private static void addV2(
      List<Setting> settings, String controller, Path directory, Limits limits) {
    switch (controller) {
      case "cpu" -> {
        if (limits.cpuWeightMillis() > 0) {
          long weight = weight(shares(limits.cpuWeightMillis()));
          settings.add(new Setting(directory.resolve("cpu.weight"), "" + weight));
        }
        if (limits.cpuLimitMillis() > 0) {
          String max = quota(limits.cpuLimitMillis()) + " " + PERIOD_MICROS;
          settings.add(new Setting(directory.resolve("cpu.max"), max));
        }
      }
      case "memory" -> {
        if (limits.memoryBytes() > 0) {
          settings.add(new Setting(directory.resolve("memory.max"), "" + limits.memoryBytes()));
          Path swap = directory.resolve("memory.swap.max");
          if (Files.exists(swap)) {
            settings.add(new Setting(swap, "0"));
          }
        }
      }
      case "pids" -> addPids(settings, directory, limits);
      default -> {}
    }
  }

  private static void addPids(List<Setting> settings, Path directory, Limits limits) {
    if (limits.pids() > 0) {
      settings.add(new Setting(directory.resolve("pids.max"), "" + limits.pids()));
    }
  }

  /** A thousand thousandths of a core are 1024 shares, as everywhere since Docker. */
  static long shares(long weightMillis) {
    return Math.min(LARGEST_SHARES, Math.max(SMALLEST_SHARES, weightMillis * 1024 / 1000));
  }

  /** Maps 2…262144 shares to a weight of 1…10000, as the kubelet does. */
  static long weight(long shares) {
    return 1 + (shares - SMALLEST_SHARES) * 9999 / (LARGEST_SHARES - SMALLEST_SHARES);
  }

  static long quota(long limitMillis) {
    return Math.max(SMALLEST_QUOTA_MICROS, limitMillis * PERIOD_MICROS / 1000);
  }

  public Usage usage() {
    return new Usage(cpuNanos(), memoryBytes(), pids(), throttledNanos());
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

  /** How many of its processes the kernel killed for want of memory. */
  public long oomKills() {
    return directory("memory")
        .map(
            d ->
                CgroupFiles.readKey(d.resolve("memory.oom_control"), "oom_kill")
                    + CgroupFiles.readKey(d.resolve("memory.events"), "oom_kill"))
        .orElse(0L);
  }

  /** Kills what is in it, and removes it from every hierarchy. Idempotent. */
  public void remove() {
    freezer.remove();
    directories().forEach(CgroupFiles::remove);
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

  private List<Path> directories() {
    return hierarchies.stream().map(h -> h.own().resolve(relative)).toList();
  }
}
