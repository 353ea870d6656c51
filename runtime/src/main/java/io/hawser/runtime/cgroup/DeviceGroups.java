package io.hawser.runtime.cgroup;

import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.machine.OwnNamespace;
import java.nio.file.Path;
import java.util.List;

/**
 * Which devices a node's containers may use: by v1's devices controller where it is mounted, else
 * by an eBPF program on v2. On v1 nearly all containers share one restricted cgroup below the
 * node's, so that a start needs no cgroup of its own there; only what asks for more gets one.
 */
final class DeviceGroups {
  /** A pod's uid is never the same: {@link NodeCgroups#pods} leaves it out. */
  static final String SHARED = "hawser-default-devices";

  private final Kernel kernel;
  private final List<CgroupLayout.Hierarchy> hierarchies;
  private final List<CgroupLayout.Hierarchy> unified;
  private final Path node;

  DeviceGroups(Kernel kernel, CgroupLayout layout, List<CgroupLayout.Hierarchy> used, Path node) {
    this.kernel = kernel;
    this.node = node;
    this.hierarchies =
        layout.hierarchies().stream()
            .filter(h -> h.version() == 1 && h.controllers().contains("devices"))
            .toList();
    // In a user namespace nobody can make a device node, and the kernel takes no program (bpf(2)).
    this.unified =
        OwnNamespace.isRootless()
            ? List.of()
            : used.stream().filter(h -> h.version() == 2).toList();
  }

  /** Idempotent. */
  void prepare() {
    if (hierarchies.isEmpty()) {
      unified.forEach(
          h -> DeviceFilter.attach(kernel, h.own().resolve(node), DeviceFilter.ALLOWED));
    }
    for (CgroupLayout.Hierarchy hierarchy : hierarchies) {
      Path directory = hierarchy.own().resolve(node).resolve(SHARED);
      CgroupFiles.make(directory);
      restrict(directory, DeviceFilter.ALLOWED);
    }
  }

  /** One that is restricted already may be in use: it is left as it is. */
  private static void restrict(Path directory, List<DeviceFilter.Rule> rules) {
    if (CgroupFiles.read(directory.resolve("devices.list")).orElse("a").startsWith("a")) {
      CgroupFiles.write(directory.resolve("devices.deny"), "a");
      for (DeviceFilter.Rule rule : rules) {
        CgroupFiles.write(directory.resolve("devices.allow"), rule.text());
      }
    }
  }

  /** Lets a container's cgroup have what it asks for. */
  void allow(Path relative, DeviceAccess access) {
    if (access.isDefault()) {
      return;
    }
    if (hierarchies.isEmpty()) {
      unified.forEach(h -> DeviceFilter.attach(kernel, h.own().resolve(relative), access.rules()));
    }
    for (CgroupLayout.Hierarchy hierarchy : hierarchies) {
      Path directory = hierarchy.own().resolve(relative);
      CgroupFiles.make(directory);
      if (!access.all()) {
        restrict(directory, access.rules());
      }
    }
  }

  /** The cgroups of v1 that a container joins for its devices. */
  List<Path> joined(Path relative, DeviceAccess access) {
    Path place = access.isDefault() ? node.resolve(SHARED) : relative;
    return hierarchies.stream().map(h -> h.own().resolve(place)).toList();
  }

  /** The container's own ones. Idempotent. */
  void remove(Path relative) {
    hierarchies.forEach(h -> CgroupFiles.remove(h.own().resolve(relative)));
  }

  /** The node's directory in each hierarchy. */
  List<Path> nodeDirectories() {
    return hierarchies.stream().map(h -> h.own().resolve(node)).toList();
  }
}
