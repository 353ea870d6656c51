package io.hawser.runtime.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Where a node's cgroups are, kept in its state directory: a successor may be started from another
 * cgroup (another login, another scope), and must find the containers where they are.
 */
public final class CgroupRecord {
  private CgroupRecord() {}

  /**
   * The layout with every hierarchy's place taken from the record as long as the node has a cgroup
   * there, else from this process. Writes the result into the record.
   *
   * @param file a line {@code <version> <controllers> <own cgroup's directory>} per hierarchy
   */
  public static CgroupLayout resolve(Path file, CgroupLayout current, String nodeName) {
    List<String> recorded = lines(file);
    List<CgroupLayout.Hierarchy> resolved = new ArrayList<>();
    List<String> next = new ArrayList<>();
    for (CgroupLayout.Hierarchy hierarchy : current.hierarchies()) {
      String key = key(hierarchy);
      Path own = hierarchy.own();
      for (String line : recorded) {
        if (line.startsWith(key) && isNodes(Path.of(line.substring(key.length())), nodeName)) {
          own = Path.of(line.substring(key.length()));
        }
      }
      resolved.add(hierarchy.at(own));
      next.add(key + own);
    }
    write(file, String.join("\n", next) + "\n");
    return new CgroupLayout(List.copyOf(resolved));
  }

  /** v2 says only in each cgroup which controllers it has: the version alone names it. */
  private static String key(CgroupLayout.Hierarchy hierarchy) {
    return hierarchy.version() == 2
        ? "2 - "
        : "1 " + String.join(",", new TreeSet<>(hierarchy.controllers())) + " ";
  }

  private static boolean isNodes(Path own, String nodeName) {
    return Files.isDirectory(own.resolve("hawser").resolve(nodeName));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }

  private static void write(Path file, String text) {
    try {
      Path next = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("write(" + file + ") failed: " + e.getMessage(), e);
    }
  }
}
