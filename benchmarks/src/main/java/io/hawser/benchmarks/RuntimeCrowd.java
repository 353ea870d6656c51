package io.hawser.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ContainerSpec;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Many containers started one after the other and kept: what that and their being there costs of
 * the processor. What they cost of the memory, {@link AgentMemoryBenchmark} measures.
 */
final class RuntimeCrowd {
  private static final int IDLE_SECONDS = 10;

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
    long idle = cpuNanos();
    Thread.sleep(Duration.ofSeconds(IDLE_SECONDS).toMillis());
    double share = (cpuNanos() - idle) / 1e9 / IDLE_SECONDS * 100;
    metrics.add(one("idle CPU of all, of one core", "%", share));
    end(containers);
    return metrics;
  }

  private static ContainerSpec spec(int attempt) {
    return BenchRuntime.spec("crowd", attempt, List.of("/bin/sleep", "100000"));
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

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
