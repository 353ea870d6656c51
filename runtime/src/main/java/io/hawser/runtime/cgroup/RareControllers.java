package io.hawser.runtime.cgroup;

import io.hawser.runtime.ContainerSpec.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Hierarchies that only containers with rarer limits are put into (cpuset, io, huge pages), because
 * joining one more costs every start. On a machine with cgroup v2 alone there is none: all
 * controllers are in the hierarchy that is used anyway.
 */
final class RareControllers {
  private final CgroupLayout layout;
  private final List<CgroupLayout.Hierarchy> hierarchies;

  /**
   * @param used the hierarchies that every container is in
   */
  RareControllers(CgroupLayout layout, List<CgroupLayout.Hierarchy> used) {
    this.layout = layout;
    this.hierarchies =
        layout.hierarchies().stream()
            .filter(h -> !used.contains(h))
            .filter(
                h ->
                    h.controllers().stream()
                        .anyMatch(Set.of("cpuset", "blkio", "hugetlb")::contains))
            .toList();
  }

  /**
   * @throws IllegalArgumentException when the machine lacks a controller these limits need
   */
  List<CgroupLayout.Hierarchy> of(Limits limits) {
    Set<String> needed = LimitSettings.needed(limits);
    for (String controller : needed) {
      if (layout.hierarchies().stream().noneMatch(h -> has(h, controller))) {
        throw new IllegalArgumentException(
            "a limit needs the cgroup controller "
                + controller
                + ", which this machine does not have or has not delegated");
      }
    }
    return hierarchies.stream().filter(h -> needed.stream().anyMatch(c -> has(h, c))).toList();
  }

  /** Those that hold this cgroup now. */
  List<CgroupLayout.Hierarchy> with(Path relative) {
    return hierarchies.stream().filter(h -> Files.isDirectory(h.own().resolve(relative))).toList();
  }

  private static boolean has(CgroupLayout.Hierarchy hierarchy, String controller) {
    boolean blkio = hierarchy.version() == 1 && controller.equals("io");
    return hierarchy.controllers().contains(blkio ? "blkio" : controller);
  }

  /** Makes the cgroup and all on the way to it. Idempotent. */
  void make(CgroupLayout.Hierarchy hierarchy, Path relative) {
    Path directory = hierarchy.own();
    for (Path name : relative) {
      if (hierarchy.version() == 2) {
        NodeCgroups.delegate(hierarchy, directory);
      }
      directory = directory.resolve(name);
      CgroupFiles.make(directory);
      if (hierarchy.version() == 1 && hierarchy.controllers().contains("cpuset")) {
        inherit(directory, "cpuset.cpus");
        inherit(directory, "cpuset.mems");
      }
    }
  }

  /** A new cpuset of v1 is empty, and no process can be in it. */
  private static void inherit(Path directory, String file) {
    if (CgroupFiles.read(directory.resolve(file)).orElse("").isEmpty()) {
      String parents = CgroupFiles.read(directory.resolveSibling(file)).orElse("");
      CgroupFiles.write(directory.resolve(file), parents);
    }
  }

  /** The node's directory in each hierarchy. */
  List<Path> directories(Path node) {
    return hierarchies.stream().map(h -> h.own().resolve(node)).toList();
  }
}
