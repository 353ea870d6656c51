package io.hawser.scheduler.core.placement;

import io.hawser.model.ResourceAmounts;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** What a set of pods takes of each node, by row of the {@link NodeTable}: columns of numbers. */
final class Use {
  long[] cpuMillis;
  long[] memoryBytes;
  long[] storageBytes;
  int[] pods;
  private final Map<String, long[]> extended = new HashMap<>();
  private final Map<String, long[]> hostPorts = new HashMap<>();
  private int allPods;

  Use(int rows) {
    cpuMillis = new long[rows];
    memoryBytes = new long[rows];
    storageBytes = new long[rows];
    pods = new int[rows];
  }

  void grow(int rows) {
    cpuMillis = Arrays.copyOf(cpuMillis, rows);
    memoryBytes = Arrays.copyOf(memoryBytes, rows);
    storageBytes = Arrays.copyOf(storageBytes, rows);
    pods = Arrays.copyOf(pods, rows);
    extended.replaceAll((name, column) -> Arrays.copyOf(column, rows));
    hostPorts.replaceAll((port, column) -> Arrays.copyOf(column, rows));
  }

  /**
   * @param sign 1 or -1
   */
  void add(int row, Footprint pod, int sign) {
    ResourceAmounts requests = pod.requests();
    cpuMillis[row] += sign * requests.cpuMillis();
    memoryBytes[row] += sign * requests.memoryBytes();
    storageBytes[row] += sign * requests.ephemeralStorageBytes();
    pods[row] += sign;
    allPods += sign;
    if (!requests.extended().isEmpty()) {
      requests.extended().forEach((name, amount) -> column(extended, name)[row] += sign * amount);
    }
    for (String port : pod.hostPorts()) {
      column(hostPorts, port)[row] += sign;
    }
  }

  private long[] column(Map<String, long[]> columns, String name) {
    return columns.computeIfAbsent(name, n -> new long[pods.length]);
  }

  long extended(int row, String name) {
    long[] column = extended.get(name);
    return column == null ? 0 : column[row];
  }

  long hostPort(int row, String port) {
    long[] column = hostPorts.get(port);
    return column == null ? 0 : column[row];
  }

  boolean isEmpty() {
    return allPods == 0;
  }
}
