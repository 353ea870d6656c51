package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol.ContainerUsage;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.runtime.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The last few usage samples of this node's containers. In memory alone. */
final class UsageRing {
  /**
   * @param at what it is dated with
   * @param nanos the monotonic clock's: rates are by this, whatever becomes of the other
   * @param containers by container id
   */
  record Sample(Instant at, long nanos, Map<String, Read> containers) {
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

  int size() {
    return samples.size();
  }

  /** Whether the newest sample is one to answer with. */
  boolean isFresh(long nanos) {
    return !samples.isEmpty()
        && nanos - samples.peekLast().nanos() < NodeLimits.USAGE_FRESH.toNanos();
  }

  /** Use at the newest sample. The node's figures are the sums over its containers. */
  NodeUsage latest(String node, Instant now) {
    if (samples.isEmpty()) {
      return new NodeUsage(node, now, 0, 0, Map.of());
    }
    Sample last = samples.peekLast();
    Map<String, ContainerUsage> containers = new HashMap<>();
    long cpuMillis = 0;
    long memoryBytes = 0;
    for (Map.Entry<String, Read> entry : last.containers().entrySet()) {
      memoryBytes += entry.getValue().usage().memoryBytes();
      Optional<ContainerUsage> usage = since(last, entry.getKey(), entry.getValue().usage());
      usage.ifPresent(u -> containers.put(entry.getValue().name(), u));
      cpuMillis += usage.map(ContainerUsage::cpuMillis).orElse(0L);
    }
    return new NodeUsage(node, last.at(), cpuMillis, memoryBytes, containers);
  }

  /** Since the newest sample that is old enough, else since the container's oldest. */
  private Optional<ContainerUsage> since(Sample last, String id, Usage now) {
    Optional<Sample> from = Optional.empty();
    for (Sample sample : samples) {
      boolean has = sample != last && sample.containers().containsKey(id);
      boolean old = last.nanos() - sample.nanos() >= NodeLimits.USAGE_WINDOW.toNanos();
      if (has && (old || from.isEmpty())) {
        from = Optional.of(sample);
      }
    }
    return from.map(
        f -> {
          Duration window = Duration.ofNanos(last.nanos() - f.nanos());
          long used = Math.max(0, now.cpuNanos() - f.containers().get(id).usage().cpuNanos());
          long millis = Math.round(1000.0 * used / Math.max(1, window.toNanos()));
          return new ContainerUsage(millis, now.memoryBytes(), window.toMillis());
        });
  }
}
