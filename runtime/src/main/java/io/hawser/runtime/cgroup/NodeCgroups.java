package io.hawser.runtime.cgroup;

import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.kernel.Kernel;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A node's subtree {@code hawser/<node>/<pod>/<container>} below this process' own cgroup of each
 * hierarchy that has the controllers cpu, cpuacct, memory or pids, and on v1 one of devices for the
 * whole node. The unified hierarchy of a hybrid machine has none of them and is left alone: joining
 * it would cost as much as the rest of a start (see {@link ContainerCgroup#joinFiles}).
 */
public final class NodeCgroups {
  private static final Set<String> DELEGATED =
      Set.of("cpu", "cpuset", "memory", "pids", "io", "hugetlb");

  private static final Set<String> USED = Set.of("cpu", "cpuacct", "memory", "pids");

  private final List<CgroupLayout.Hierarchy> used;
  private final RareControllers rare;
  private final DeviceGroups devices;
  private final Optional<CgroupLayout.Hierarchy> freezer;
  private final List<CgroupLayout.Hierarchy> others;
  private final Path node;

  public NodeCgroups(Kernel kernel, CgroupLayout layout, String nodeName) {
    this.node = Path.of("hawser", nodeName);
    this.used =
        layout.hierarchies().stream()
            .filter(h -> h.controllers().stream().anyMatch(USED::contains))
            .toList();
    this.rare = new RareControllers(layout, used);
    this.devices = new DeviceGroups(kernel, layout, used, node);
    this.others = layout.hierarchies().stream().filter(h -> h.version() == 1).toList();
    this.freezer = layout.with("freezer").filter(h -> h.version() == 1);
  }

  /** The hierarchies that containers are put into. */
  public List<CgroupLayout.Hierarchy> hierarchies() {
    return used;
  }

  /** Makes the node's cgroup ready to have children. Idempotent. */
  public void prepare() {
    for (CgroupLayout.Hierarchy hierarchy : used) {
      CgroupFiles.make(hierarchy.own().resolve(node));
      if (hierarchy.version() == 2) {
        delegate(hierarchy, hierarchy.own());
        delegate(hierarchy, hierarchy.own().resolve("hawser"));
        delegate(hierarchy, hierarchy.own().resolve(node));
      }
    }
    devices.prepare();
  }

  /**
   * Enables controllers for a v2 cgroup's children. A cgroup with processes can't have any (the
   * rule of no internal processes), so those in the own one move to a leaf first.
   */
  static void delegate(CgroupLayout.Hierarchy hierarchy, Path directory) {
    String wanted =
        hierarchy.controllers().stream()
            .filter(DELEGATED::contains)
            .sorted()
            .map(c -> "+" + c)
            .collect(Collectors.joining(" "));
    if (wanted.isEmpty()) {
      return;
    }
    Path control = directory.resolve("cgroup.subtree_control");
    try {
      CgroupFiles.write(control, wanted);
    } catch (UncheckedIOException busy) {
      Path leaf = directory.resolve(CgroupLayout.AGENT_LEAF);
      CgroupFiles.make(leaf);
      String procs = CgroupFiles.read(directory.resolve("cgroup.procs")).orElse("");
      for (String pid : procs.split("\\s+")) {
        if (!pid.isEmpty()) {
          CgroupFiles.write(leaf.resolve("cgroup.procs"), pid);
        }
      }
      CgroupFiles.write(control, wanted);
    }
  }

  /** Makes a pod's cgroup. Idempotent. */
  public void createPod(String podUid) {
    for (CgroupLayout.Hierarchy hierarchy : used) {
      Path pod = hierarchy.own().resolve(node).resolve(podUid);
      CgroupFiles.make(pod);
      if (hierarchy.version() == 2) {
        delegate(hierarchy, pod);
      }
    }
  }

  /**
   * Limits a pod as a whole: its containers and what is beside them. What they do not limit is not
   * limited.
   */
  public void limitPod(String podUid, Limits limits) {
    new ContainerCgroup(used, rare, devices, node.resolve(podUid), freezer).apply(limits);
  }

  /** Makes a container's cgroup with its limits; undone when a limit is refused. */
  public ContainerCgroup create(String podUid, String leaf, Limits limits) {
    return create(podUid, leaf, limits, DeviceAccess.DEFAULT);
  }

  /** The same for one that may use more devices than others. */
  public ContainerCgroup create(String podUid, String leaf, Limits limits, DeviceAccess access) {
    ContainerCgroup cgroup = container(podUid, leaf);
    cgroup.create(limits, access);
    return cgroup;
  }

  /** The handle of a cgroup that may exist. */
  public ContainerCgroup container(String podUid, String leaf) {
    return new ContainerCgroup(used, rare, devices, node.resolve(podUid).resolve(leaf), freezer);
  }

  /**
   * A container's cgroup as {@code linux.cgroupsPath} of another OCI runtime has it: absolute where
   * this process is at the same place in every hierarchy, as it is on all machines but odd ones;
   * else relative, which runtimes take from their own place.
   */
  public String pathForOthers(String podUid, String leaf) {
    String below = node.resolve(podUid).resolve(leaf).toString();
    return CgroupLayout.commonPath(used).map(own -> own + "/" + below).orElse(below);
  }

  /** The names of all pods that have a cgroup in any hierarchy. */
  public Set<String> pods() {
    Set<String> pods = new TreeSet<>();
    for (Path directory : nodeDirectories()) {
      CgroupFiles.children(directory).forEach(p -> pods.add(p.getFileName().toString()));
    }
    pods.remove(DeviceGroups.SHARED);
    return pods;
  }

  /** Kills and removes a pod's cgroup with all below. Idempotent. */
  public void removePod(String podUid) {
    nodeDirectories().forEach(directory -> removeTree(directory.resolve(podUid)));
  }

  /**
   * Kills every process of the node's containers; removes nothing. Each is in every hierarchy, so
   * one is enough, the unified one at best: it kills all with one write.
   */
  public void killAll() {
    killAll(node);
  }

  /** The same for one pod's. */
  public void killPod(String podUid) {
    killAll(node.resolve(podUid));
  }

  private void killAll(Path relative) {
    used.stream()
        .max(Comparator.comparingInt(CgroupLayout.Hierarchy::version))
        .map(hierarchy -> hierarchy.own().resolve(relative))
        .ifPresent(CgroupKill::killAll);
    freezer.map(h -> h.own().resolve(relative)).ifPresent(CgroupKill::killAll); // what is paused
  }

  /** Kills all and removes the node's cgroup, and {@code hawser} when it was the last node's. */
  public void purge() {
    for (Path directory : nodeDirectories()) {
      removeTree(directory);
      // Refused while another node of this machine has its cgroup there.
      directory.getParent().toFile().delete();
    }
  }

  /** The node's directory in each hierarchy, and where other runtimes may have made one. */
  public List<Path> nodeDirectories() {
    List<Path> directories = new ArrayList<>();
    // First: what is frozen there would not die in the others.
    freezer.ifPresent(h -> directories.add(h.own().resolve(node)));
    used.forEach(h -> directories.add(h.own().resolve(node)));
    directories.addAll(rare.directories(node));
    directories.addAll(devices.nodeDirectories());
    // Hierarchies that only other runtimes put containers into, some of them not where the agent is
    // but from the top on: see pathForOthers.
    others.forEach(h -> directories.add(h.own().resolve(node)));
    others.forEach(h -> directories.add(h.top().resolve(node)));
    return directories.stream().distinct().toList();
  }

  private static void removeTree(Path directory) {
    if (Files.isDirectory(directory)) {
      CgroupKill.killAll(directory);
      CgroupFiles.subtree(directory).forEach(CgroupFiles::remove);
    }
  }
}
