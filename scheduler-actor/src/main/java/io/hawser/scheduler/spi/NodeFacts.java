package io.hawser.scheduler.spi;

import io.hawser.model.Node;

/** What an extension may know of a node. Valid only during the call. */
public interface NodeFacts {
  /** Its name, labels, taints, capacity. */
  Node node();

  /** How many pods take room on it. */
  int pods();

  long cpuFreeMillis();

  long memoryFreeBytes();

  /**
   * @param resource an extended resource's name
   */
  long extendedFree(String resource);
}
