package io.hawser.runtime;

/**
 * A container's use of the machine, read from its cgroup.
 *
 * @param cpuNanos processor time since its start
 * @param memoryBytes working set: usage without inactive file cache, as Kubernetes counts it
 * @param pids processes and threads now
 * @param throttledNanos time it was held back by its cpu limit
 */
public record Usage(long cpuNanos, long memoryBytes, long pids, long throttledNanos) {}
