package io.hawser.model;

import java.util.List;
import java.util.stream.Stream;

/** Kubernetes' quality of service classes: what gives way first when a machine is short. */
public enum QosClass {
  GUARANTEED,
  BURSTABLE,
  BEST_EFFORT;

  /** By cpu and memory of all containers. */
  public static QosClass of(PodSpec spec) {
    List<PodContainer> all =
        Stream.concat(spec.initContainers().stream(), spec.containers().stream()).toList();
    if (all.stream().allMatch(c -> isNone(c.requests()) && isNone(c.limits()))) {
      return BEST_EFFORT;
    }
    return all.stream().allMatch(QosClass::asksForItsLimits) ? GUARANTEED : BURSTABLE;
  }

  private static boolean asksForItsLimits(PodContainer container) {
    ResourceAmounts requests = container.effectiveRequests();
    ResourceAmounts limits = container.limits();
    return limits.cpuMillis() > 0
        && limits.memoryBytes() > 0
        && requests.cpuMillis() == limits.cpuMillis()
        && requests.memoryBytes() == limits.memoryBytes();
  }

  private static boolean isNone(ResourceAmounts amounts) {
    return amounts.cpuMillis() == 0 && amounts.memoryBytes() == 0;
  }
}
