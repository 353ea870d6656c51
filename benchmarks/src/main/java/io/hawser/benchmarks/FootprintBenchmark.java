package io.hawser.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What an idle three-node cluster takes of the machine, and how long it takes to start. */
final class FootprintBenchmark implements Benchmark {
  private static final int DEFAULT_SECONDS = 60;

  /**
   * What an idle node does a few times a second is interpreted, then compiled, until about then.
   */
  private static final long SETTLE_MILLIS = 180_000;

  /** sysconf(_SC_CLK_TCK) is 100 on every Linux that Java runs on. */
  private static final double TICKS_PER_SECOND = 100;

  @Override
  public String name() {
    return "footprint";
  }

  @Override
  public String description() {
    return "an idle three-node cluster: start-up, memory, processor  [seconds to watch]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    int seconds = arguments.isEmpty() ? DEFAULT_SECONDS : Integer.parseInt(arguments.get(0));
    List<Double> up = new ArrayList<>();
    try (LocalCluster cluster = LocalCluster.up(up)) {
      Collection<Long> pids = cluster.pids().values();
      Thread.sleep(SETTLE_MILLIS);
      List<Double> ticks = new ArrayList<>();
      for (long pid : pids) {
        ticks.add(-cpuTicks(pid));
      }
      Thread.sleep(seconds * 1000L);
      List<Double> cpu = new ArrayList<>();
      List<Double> memory = new ArrayList<>();
      int i = 0;
      for (long pid : pids) {
        cpu.add((ticks.get(i++) + cpuTicks(pid)) / TICKS_PER_SECOND / seconds * 100);
        memory.add(residentMiB(pid));
      }
      return List.of(
          Metric.own("three nodes up", "s", up.stream().map(ms -> ms / 1000).toList()),
          Metric.own("idle node, resident", "MiB", memory),
          Metric.own("idle node, of one core", "%", cpu));
    }
  }

  /** utime + stime of proc(5) {@code /proc/PID/stat}. */
  private static double cpuTicks(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
  }

  private static double residentMiB(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }
}
