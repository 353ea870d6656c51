package io.hawser.runtime.cgroup;

import io.hawser.runtime.ContainerSpec.Finer;
import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.ContainerSpec.Throttle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Limits as values for control files, by the kernel's cgroup-v1 and cgroup-v2 documents. Files of
 * one controller come in the order in which the kernel takes them.
 */
final class LimitSettings {
  private static final long PERIOD_MICROS = 100_000;
  private static final long SMALLEST_QUOTA_MICROS = 1_000;
  private static final long SMALLEST_SHARES = 2;
  private static final long LARGEST_SHARES = 262_144;
  private static final long USUAL_SHARES = 1024;
  private static final int USUAL_IO_WEIGHT = 100;

  /** A value for a control file. */
  record Setting(Path file, String value) {}

  private final Limits limits;
  private final boolean all;
  private final List<Setting> settings = new ArrayList<>();

  private LimitSettings(Limits limits, boolean all) {
    this.limits = limits;
    this.all = all;
  }

  /**
   * @param all true: what is not limited is set to no limit, for a cgroup that had others; false:
   *     it is left as a new cgroup has it
   */
  static List<Setting> of(
      CgroupLayout.Hierarchy hierarchy, Path directory, Limits limits, boolean all) {
    LimitSettings of = new LimitSettings(limits, all);
    for (String controller : new TreeSet<>(hierarchy.controllers())) {
      if (hierarchy.version() == 1) {
        of.addV1(controller, directory);
      } else {
        of.addV2(controller, directory);
      }
    }
    return of.settings;
  }

  /** The controllers that the rarer limits need, by v2's names. */
  static Set<String> needed(Limits limits) {
    Finer finer = limits.finer();
    Set<String> needed = new TreeSet<>();
    if (!finer.cpus().isEmpty() || !finer.memoryNodes().isEmpty()) {
      needed.add("cpuset");
    }
    if (finer.io().weight() > 0 || !finer.io().throttles().isEmpty()) {
      needed.add("io");
    }
    if (!finer.hugepageBytes().isEmpty()) {
      needed.add("hugetlb");
    }
    return needed;
  }

  private void addV1(String controller, Path directory) {
    switch (controller) {
      case "cpu" -> {
        long shares = limits.cpuWeightMillis() > 0 ? shares(limits.cpuWeightMillis()) : 0;
        add(directory.resolve("cpu.shares"), shares, "" + USUAL_SHARES);
        if (limits.cpuLimitMillis() > 0) {
          add(directory.resolve("cpu.cfs_period_us"), PERIOD_MICROS, "");
        }
        long quota = limits.cpuLimitMillis() > 0 ? quota(limits.cpuLimitMillis()) : 0;
        add(directory.resolve("cpu.cfs_quota_us"), quota, "-1");
      }
      case "memory" -> memoryV1(directory);
      case "pids" -> add(directory.resolve("pids.max"), limits.pids(), "max");
      case "cpuset" -> cpuset(directory);
      case "blkio" -> {
        weight(directory, List.of("blkio.bfq.weight", "blkio.weight"), "");
        for (Throttle t : limits.finer().io().throttles()) {
          throttleV1(directory, t, "read_bps", t.readBytes());
          throttleV1(directory, t, "write_bps", t.writeBytes());
          throttleV1(directory, t, "read_iops", t.readOperations());
          throttleV1(directory, t, "write_iops", t.writeOperations());
        }
      }
      case "hugetlb" -> hugepages(directory, "limit_in_bytes", "-1");
      default -> {}
    }
  }

  /** Memory may not be more than memory and swap together, at no moment. */
  private void memoryV1(Path directory) {
    long memory = limits.memoryBytes();
    List<Setting> both = new ArrayList<>();
    if (memory > 0 || all) {
      both.add(
          new Setting(directory.resolve("memory.limit_in_bytes"), memory > 0 ? "" + memory : "-1"));
      Path withSwap = directory.resolve("memory.memsw.limit_in_bytes");
      if (Files.exists(withSwap)) {
        long swap = limits.finer().swapBytes();
        boolean limited = memory > 0 && swap >= 0;
        int first = raises(withSwap, limited ? memory + swap : -1) ? 0 : 1;
        both.add(first, new Setting(withSwap, limited ? "" + (memory + swap) : "-1"));
      }
    }
    settings.addAll(both);
    add(directory.resolve("memory.soft_limit_in_bytes"), limits.finer().reservationBytes(), "-1");
  }

  private boolean raises(Path file, long value) {
    return all && (value < 0 || value > CgroupFiles.readLong(file));
  }

  private void throttleV1(Path directory, Throttle throttle, String kind, long value) {
    if (value > 0 || all) {
      Path file = directory.resolve("blkio.throttle." + kind + "_device");
      settings.add(new Setting(file, throttle.major() + ":" + throttle.minor() + " " + value));
    }
  }

  private void addV2(String controller, Path directory) {
    switch (controller) {
      case "cpu" -> {
        long shares = limits.cpuWeightMillis() > 0 ? shares(limits.cpuWeightMillis()) : 0;
        add(directory.resolve("cpu.weight"), shares > 0 ? weight(shares) : 0, "100");
        String quota = limits.cpuLimitMillis() > 0 ? "" + quota(limits.cpuLimitMillis()) : "max";
        if (limits.cpuLimitMillis() > 0 || all) {
          settings.add(new Setting(directory.resolve("cpu.max"), quota + " " + PERIOD_MICROS));
        }
      }
      case "memory" -> {
        add(directory.resolve("memory.max"), limits.memoryBytes(), "max");
        Path swap = directory.resolve("memory.swap.max");
        if ((limits.memoryBytes() > 0 || all) && Files.exists(swap)) {
          long bytes = limits.finer().swapBytes();
          boolean limited = limits.memoryBytes() > 0 && bytes >= 0;
          settings.add(new Setting(swap, limited ? "" + bytes : "max"));
        }
        add(directory.resolve("memory.low"), limits.finer().reservationBytes(), "0");
      }
      case "pids" -> add(directory.resolve("pids.max"), limits.pids(), "max");
      case "cpuset" -> cpuset(directory);
      case "io" -> {
        weight(directory, List.of("io.weight", "io.bfq.weight"), "default ");
        for (Throttle t : limits.finer().io().throttles()) {
          String value = t.major() + ":" + t.minor() + throttleV2(t);
          settings.add(new Setting(directory.resolve("io.max"), value));
        }
      }
      case "hugetlb" -> hugepages(directory, "max", "max");
      default -> {}
    }
  }

  private static String throttleV2(Throttle t) {
    return " rbps="
        + orMax(t.readBytes())
        + " wbps="
        + orMax(t.writeBytes())
        + " riops="
        + orMax(t.readOperations())
        + " wiops="
        + orMax(t.writeOperations());
  }

  private static String orMax(long value) {
    return value > 0 ? "" + value : "max";
  }

  private void cpuset(Path directory) {
    Finer finer = limits.finer();
    if (!finer.cpus().isEmpty()) {
      settings.add(new Setting(directory.resolve("cpuset.cpus"), finer.cpus()));
    }
    if (!finer.memoryNodes().isEmpty()) {
      settings.add(new Setting(directory.resolve("cpuset.mems"), finer.memoryNodes()));
    }
  }

  /** Which file there is depends on the scheduler that the kernel was built with. */
  private void weight(Path directory, List<String> files, String prefix) {
    int weight = limits.finer().io().weight();
    if (weight == 0 && !all) {
      return;
    }
    for (String name : files) {
      if (Files.exists(directory.resolve(name))) {
        String value = prefix + (weight > 0 ? weight : USUAL_IO_WEIGHT);
        settings.add(new Setting(directory.resolve(name), value));
        return;
      }
    }
    if (weight > 0) {
      throw new IllegalArgumentException(
          "limit io.weight: this kernel has no " + String.join(" or ", files));
    }
  }

  private void hugepages(Path directory, String file, String none) {
    for (Map.Entry<String, Long> limit : limits.finer().hugepageBytes().entrySet()) {
      Path path = directory.resolve("hugetlb." + limit.getKey() + "." + file);
      if (!Files.exists(path.getParent().resolve(path.getFileName()))) {
        throw new IllegalArgumentException(
            "limit of huge pages: this machine has none of " + limit.getKey());
      }
      settings.add(new Setting(path, limit.getValue() < 0 ? none : "" + limit.getValue()));
    }
  }

  private void add(Path file, long value, String none) {
    if (value > 0) {
      settings.add(new Setting(file, "" + value));
    } else if (all) {
      settings.add(new Setting(file, none));
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
}
