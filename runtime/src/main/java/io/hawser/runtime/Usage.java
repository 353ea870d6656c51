package io.hawser.runtime;

import java.util.Optional;

/**
 * A container's use of the machine, read from its cgroup.
 *
 * @param cpuNanos processor time since its start
 * @param memoryBytes working set: usage without inactive file cache, as Kubernetes counts it
 * @param pids processes and threads now
 * @param throttledNanos time it was held back by its cpu limit
 * @param oomKills its processes that the kernel killed for want of memory
 * @param pressure empty: the machine does not measure it for each cgroup (cgroup v2 does)
 */
public record Usage(
    long cpuNanos,
    long memoryBytes,
    long pids,
    long throttledNanos,
    long oomKills,
    Optional<Pressure> pressure) {

  public Usage(long cpuNanos, long memoryBytes, long pids, long throttledNanos) {
    this(cpuNanos, memoryBytes, pids, throttledNanos, 0, Optional.empty());
  }

  /**
   * Microseconds in which at least one task waited, since the container's start: the {@code some}
   * lines of the kernel's pressure stall information.
   */
  public record Pressure(long cpuMicros, long memoryMicros, long ioMicros) {}
}
