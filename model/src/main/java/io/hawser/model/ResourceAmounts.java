package io.hawser.model;

import java.util.HashMap;
import java.util.Map;

/**
 * Amounts of what a machine has and a container asks for. Zero means none, or "not given".
 *
 * @param cpuMillis thousandths of a core
 * @param extended by resource name, such as {@code example.com/gpu}, in whole units
 */
public record ResourceAmounts(
    long cpuMillis, long memoryBytes, long ephemeralStorageBytes, Map<String, Long> extended) {

  /**
   * The extended resource of processes and threads: what a node's kernel has of them, and the most
   * that a container may have.
   */
  public static final String PIDS = "hawser.io/pids";

  public static final ResourceAmounts NONE = new ResourceAmounts(0, 0, 0, Map.of());

  public ResourceAmounts {
    extended = Map.copyOf(extended);
  }

  public ResourceAmounts plus(ResourceAmounts other) {
    return new ResourceAmounts(
        cpuMillis + other.cpuMillis,
        memoryBytes + other.memoryBytes,
        ephemeralStorageBytes + other.ephemeralStorageBytes,
        merge(extended, other.extended, 1));
  }

  public ResourceAmounts minus(ResourceAmounts other) {
    return new ResourceAmounts(
        cpuMillis - other.cpuMillis,
        memoryBytes - other.memoryBytes,
        ephemeralStorageBytes - other.ephemeralStorageBytes,
        merge(extended, other.extended, -1));
  }

  private static Map<String, Long> merge(Map<String, Long> a, Map<String, Long> b, long sign) {
    if (b.isEmpty()) {
      return a;
    }
    Map<String, Long> sum = new HashMap<>(a);
    b.forEach((name, amount) -> sum.merge(name, sign * amount, Long::sum));
    return sum;
  }
}
