package io.hawser.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ContainerSpec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Many containers started one after the other and kept: what each costs this process. */
final class RuntimeCrowd {
  private static final int IDLE_SECONDS = 10;
  private static final int COLLECTIONS = 3;

  private final ContainerRuntime runtime;
  private final int size;

  RuntimeCrowd(ContainerRuntime runtime, int size) {
    this.runtime = runtime;
    this.size = size;
  }

  List<Metric> measure() throws Exception {
    // A start forgets what was removed before it: that must not count against what follows.
    Container before = runtime.start(spec(size));
    end(List.of(before));
    long heap = heapBytes();
    long resident = residentBytes();
    long descriptors = descriptors();
    long cpu = cpuNanos();
    List<Double> times = new ArrayList<>();
    List<Container> containers = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      long start = System.nanoTime();
      containers.add(runtime.start(spec(i)));
      times.add((System.nanoTime() - start) / 1e6);
    }
    double startCpu = (cpuNanos() - cpu) / 1e6 / size;
    List<Metric> metrics = new ArrayList<>();
    metrics.add(Metric.own("start, kept", "ms", times));
    metrics.add(one("start, kept: own CPU", "ms", startCpu));
    metrics.add(one("heap per container", "KiB", (heapBytes() - heap) / 1024.0 / size));
    metrics.add(one("resident per container", "KiB", (residentBytes() - resident) / 1024.0 / size));
    metrics.add(
        one("descriptors per container", "", (descriptors() - descriptors) / (double) size));
    long idle = cpuNanos();
    Thread.sleep(Duration.ofSeconds(IDLE_SECONDS).toMillis());
    double share = (cpuNanos() - idle) / 1e9 / IDLE_SECONDS * 100;
    metrics.add(one("idle CPU of all, of one core", "%", share));
    end(containers);
    return metrics;
  }

  private static ContainerSpec spec(int attempt) {
    return RuntimeBenchmark.spec("crowd", attempt, List.of("/bin/sleep", "100000"));
  }

  private static void end(List<Container> containers) throws Exception {
    containers.forEach(container -> container.stop(Duration.ZERO));
    for (Container container : containers) {
      container.exit().toCompletableFuture().get();
      container.remove();
    }
  }

  private static Metric one(String name, String unit, double value) {
    return Metric.own(name, unit, List.of(value));
  }

  /** After several collections: the first leaves what was only softly or finally reachable. */
  private static long heapBytes() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("/proc/self/status has no VmRSS");
  }

  private static long descriptors() {
    return Path.of("/proc/self/fd").toFile().list().length;
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
