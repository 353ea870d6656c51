package io.hawser.runtime.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The user namespace of this process. In another one than the machine's it is root of what it makes
 * itself only: a rootless node. See docs/adr/0052-rootless.md.
 */
public final class OwnNamespace {
  private static final long ALL_IDS = 0xffffffffL;
  private static final long IDS = ids("/proc/self/uid_map");

  private OwnNamespace() {}

  /** Whether this process is root, of the machine or of the namespace. */
  public static boolean isRoot() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** False for the machine's own. */
  public static boolean isRootless() {
    return IDS != ALL_IDS;
  }

  /** How many user ids it has, counted from its root on; 1 without a range in /etc/subuid. */
  public static long ids() {
    return IDS;
  }

  private static long ids(String map) {
    try {
      return ids(Files.readAllLines(Path.of(map)));
    } catch (IOException e) { // a kernel without user namespaces
      return ALL_IDS;
    }
  }

  /**
   * @param map lines {@code inside outside length}; user_namespaces(7)
   */
  static long ids(List<String> map) {
    return map.stream().mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[2])).sum();
  }
}
