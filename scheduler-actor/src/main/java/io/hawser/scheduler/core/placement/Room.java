package io.hawser.scheduler.core.placement;

import io.hawser.model.ResourceAmounts;
import java.util.ArrayList;
import java.util.List;

/** Whether a node has room for one footprint, and what it lacks, one bit for each thing. */
final class Room {
  private static final int PODS = 1;
  private static final int CPU = 2;
  private static final int MEMORY = 4;
  private static final int STORAGE = 8;
  private static final int FIRST_OTHER = 4;

  private final NodeTable table;
  private final long cpuMillis;
  private final long memoryBytes;
  private final long storageBytes;
  private final String[] extended;
  private final long[] extendedAmounts;
  private final String[] hostPorts;

  Room(NodeTable table, Footprint footprint) {
    ResourceAmounts requests = footprint.requests();
    this.table = table;
    this.cpuMillis = requests.cpuMillis();
    this.memoryBytes = requests.memoryBytes();
    this.storageBytes = requests.ephemeralStorageBytes();
    this.extended =
        requests.extended().entrySet().stream()
            .filter(e -> e.getValue() > 0)
            .map(java.util.Map.Entry::getKey)
            .sorted()
            .toArray(String[]::new);
    this.extendedAmounts = new long[extended.length];
    for (int i = 0; i < extended.length; i++) {
      extendedAmounts[i] = requests.extended().get(extended[i]);
    }
    this.hostPorts = footprint.hostPorts().stream().sorted().toArray(String[]::new);
  }

  /** What each bit of {@link #lacking} says, the lowest first. */
  List<Unfit> reasons() {
    List<Unfit> reasons = new ArrayList<>();
    reasons.add(new Unfit.TooManyPods());
    reasons.add(new Unfit.Insufficient("cpu"));
    reasons.add(new Unfit.Insufficient("memory"));
    reasons.add(new Unfit.Insufficient("ephemeral-storage"));
    for (String name : extended) {
      reasons.add(new Unfit.Insufficient(name));
    }
    for (String port : hostPorts) {
      reasons.add(new Unfit.HostPortTaken(port));
    }
    return reasons;
  }

  /** A pod that asks for nothing of a resource fits even where less than nothing is left. */
  long lacking(int row) {
    Use all = table.all;
    long lacks = all.pods[row] >= table.maxPods[row] ? PODS : 0;
    if (cpuMillis > 0 && cpuMillis > table.cpuMillis[row] - all.cpuMillis[row]) {
      lacks |= CPU;
    }
    if (memoryBytes > 0 && memoryBytes > table.memoryBytes[row] - all.memoryBytes[row]) {
      lacks |= MEMORY;
    }
    if (storageBytes > 0 && storageBytes > table.storageBytes[row] - all.storageBytes[row]) {
      lacks |= STORAGE;
    }
    return extended.length + hostPorts.length == 0 ? lacks : lacks | others(row);
  }

  private long others(int row) {
    long lacks = 0;
    for (int i = 0; i < extended.length; i++) {
      if (extendedAmounts[i] > table.extendedFree(row, extended[i])) {
        lacks |= bit(i);
      }
    }
    for (int i = 0; i < hostPorts.length; i++) {
      if (table.all.hostPort(row, hostPorts[i]) > 0) {
        lacks |= bit(extended.length + i);
      }
    }
    return lacks;
  }

  /** More than 58 resources and ports share the last bit. */
  private static long bit(int other) {
    return 1L << Math.min(FIRST_OTHER + other, Long.SIZE - 2);
  }

  /** Whether there would be room without the pods of some uses. */
  boolean fitsWithout(int row, Iterable<Use> gone) {
    long cpu = table.cpuMillis[row] - table.all.cpuMillis[row];
    long memory = table.memoryBytes[row] - table.all.memoryBytes[row];
    long storage = table.storageBytes[row] - table.all.storageBytes[row];
    int pods = table.maxPods[row] - table.all.pods[row];
    for (Use use : gone) {
      cpu += use.cpuMillis[row];
      memory += use.memoryBytes[row];
      storage += use.storageBytes[row];
      pods += use.pods[row];
    }
    return pods > 0
        && (cpuMillis == 0 || cpuMillis <= cpu)
        && (memoryBytes == 0 || memoryBytes <= memory)
        && (storageBytes == 0 || storageBytes <= storage)
        && othersFitWithout(row, gone);
  }

  private boolean othersFitWithout(int row, Iterable<Use> gone) {
    for (int i = 0; i < extended.length; i++) {
      long free = table.extendedFree(row, extended[i]);
      for (Use use : gone) {
        free += use.extended(row, extended[i]);
      }
      if (extendedAmounts[i] > free) {
        return false;
      }
    }
    for (String port : hostPorts) {
      long users = table.all.hostPort(row, port);
      for (Use use : gone) {
        users -= use.hostPort(row, port);
      }
      if (users > 0) {
        return false;
      }
    }
    return true;
  }

  /** Per mille of the node after the pod is there, the mean of cpu, memory, pods and extended. */
  long used(int row) {
    long sum = cpuUsed(row) + memoryUsed(row);
    sum += perMille(table.all.pods[row] + 1L, table.maxPods[row]);
    for (int i = 0; i < extended.length; i++) {
      long capacity = table.node(row).info().capacity().extended().getOrDefault(extended[i], 0L);
      sum += perMille(table.all.extended(row, extended[i]) + extendedAmounts[i], capacity);
    }
    return sum / (3 + extended.length);
  }

  /** Half of the gap between the use of cpu and of memory, per mille of the node. */
  long gap(int row) {
    return Math.abs(cpuUsed(row) - memoryUsed(row)) / 2;
  }

  private long cpuUsed(int row) {
    return perMille(table.all.cpuMillis[row] + cpuMillis, table.cpuMillis[row]);
  }

  private long memoryUsed(int row) {
    return perMille(table.all.memoryBytes[row] + memoryBytes, table.memoryBytes[row]);
  }

  private static long perMille(long used, long of) {
    return of <= 0 ? 1_000 : (used * 1_000 + of / 2) / of;
  }
}
