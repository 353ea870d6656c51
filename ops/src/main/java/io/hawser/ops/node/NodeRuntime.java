package io.hawser.ops.node;

import io.hawser.runtime.RuntimeConfig;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where a node's containers live; the same for the running node and for what cleans up after it.
 */
public final class NodeRuntime {
  private NodeRuntime() {}

  /**
   * Two clusters on one machine may both have a node {@code n1}: its data directory tells them
   * apart in the names of cgroups and bridges.
   */
  public static RuntimeConfig config(
      String node, Path dir, Path imageDir, String podSubnet, Duration restartWindow) {
    Path home = dir.toAbsolutePath().normalize();
    String unique = "%s-%06x".formatted(node, home.toString().hashCode() & 0xffffff);
    return new RuntimeConfig(
        unique, home.resolve("runtime"), imageDir.toAbsolutePath(), podSubnet, restartWindow);
  }
}
