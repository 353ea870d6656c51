package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol.ContainerUsage;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.runtime.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/** The last few usage samples of this node's containers. */
final class UsageRing {
  /**
   * @param containers by container id
   */
  record Sample(Instant at, Map<String, Read> containers) {
    Sample {
      containers = Map.copyOf(containers);
    }
  }

  /**
   * @param name {@code namespace/pod/container}
   */
  record Read(String name, Usage usage) {}

  private final ArrayDeque<Sample> samples = new ArrayDeque<>();

  void add(Sample sample) {
    samples.addLast(sample);
    if (samples.size() > NodeLimits.USAGE_SAMPLES) {
      samples.removeFirst();
    }
  }

  /**
   * Use over the last sampling interval. A container seen only once has no cpu figure yet (0). The
   * node's figures are the sums over its containers.
   */
  NodeUsage latest(String node, Instant now) {
    if (samples.isEmpty()) {
      return new NodeUsage(node, now, 0, 0, Map.of());
    }
    Sample last = samples.peekLast();
    Sample before = samples.stream().skip(Math.max(0, samples.size() - 2)).findFirst().get();
    Map<String, ContainerUsage> containers = new HashMap<>();
    long cpuMillis = 0;
    long memoryBytes = 0;
    for (Map.Entry<String, Read> entry : last.containers().entrySet()) {
      Read read = entry.getValue();
      long cpu = cpuMillis(before, last, entry.getKey(), read.usage());
      containers.put(read.name(), new ContainerUsage(cpu, read.usage().memoryBytes()));
      cpuMillis += cpu;
      memoryBytes += read.usage().memoryBytes();
    }
    return new NodeUsage(node, last.at(), cpuMillis, memoryBytes, containers);
  }

  private static long cpuMillis(Sample before, Sample last, String id, Usage now) {
    Read earlier = before.containers().get(id);
    long nanos = Duration.between(before.at(), last.at()).toNanos();
    if (earlier == null || nanos <= 0) {
      return 0;
    }
    long used = Math.max(0, now.cpuNanos() - earlier.usage().cpuNanos());
    return Math.round(1000.0 * used / nanos);
  }
}
