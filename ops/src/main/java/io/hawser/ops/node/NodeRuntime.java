package io.hawser.ops.node;

import io.hawser.runtime.RuntimeConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a node's containers live; the same for the running node and for what cleans up after it.
 */
public final class NodeRuntime {
  /** Other OCI runtimes that pods may ask for by a runtime class. */
  public static final String RUNTIMES_VARIABLE = "HAWSER_RUNTIMES";

  private NodeRuntime() {}

  /**
   * @param text {@code handler=/path/of/its/program}, separated by commas; empty: none
   * @throws IllegalArgumentException naming the variable and the entry that is wrong
   */
  public static Map<String, Path> runtimes(String text) {
    Map<String, Path> runtimes = new TreeMap<>();
    for (String entry : text.isBlank() ? new String[0] : text.split(",")) {
      String[] words = entry.strip().split("=", 2);
      if (words.length != 2 || words[0].isEmpty() || !words[1].startsWith("/")) {
        throw new IllegalArgumentException(
            RUNTIMES_VARIABLE + ": \"" + entry + "\": expected NAME=/PATH");
      }
      runtimes.put(words[0], Path.of(words[1]));
    }
    return runtimes;
  }

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
