package io.hawser.runtime.cgroup;

import io.hawser.runtime.kernel.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The cgroups of a container whose place an engine chose: the same path in every hierarchy with
 * controllers. Of a hybrid machine the unified hierarchy is left alone.
 */
public final class BundleCgroup {
  private final List<CgroupLayout.Hierarchy> hierarchies;

  private BundleCgroup(List<CgroupLayout.Hierarchy> hierarchies) {
    this.hierarchies = hierarchies;
  }

  /**
   * @param path from the hierarchies' roots when absolute, else below this process' own cgroup
   * @throws IllegalArgumentException for one that leads up
   */
  public static BundleCgroup at(String path) {
    if (List.of(path.split("/")).contains("..")) {
      throw new IllegalArgumentException("cgroup " + path + ": expected a path without ..");
    }
    try {
      StringBuilder membership = new StringBuilder();
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        String[] fields = line.split(":", 3);
        String below = fields[2].replaceFirst("/" + CgroupLayout.AGENT_LEAF + "$", "/");
        String there = path.startsWith("/") ? path : below + "/" + path;
        membership.append(fields[0] + ":" + fields[1] + ":" + there + "\n");
      }
      String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
      return of(CgroupLayout.parse(mounts, membership.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/self/cgroup: " + e.getMessage(), e);
    }
  }

  private static BundleCgroup of(CgroupLayout layout) {
    List<CgroupLayout.Hierarchy> v1 =
        layout.hierarchies().stream()
            .filter(h -> h.version() == 1)
            .filter(h -> h.controllers().stream().noneMatch(c -> c.startsWith("name=")))
            .toList();
    return new BundleCgroup(
        v1.isEmpty() ? layout.hierarchies().stream().filter(h -> h.version() == 2).toList() : v1);
  }

  /** The same again, from {@link #directories}. */
  public static BundleCgroup ofDirectories(List<String> directories) {
    List<CgroupLayout.Hierarchy> all = new ArrayList<>();
    for (String text : directories) {
      int version = text.charAt(0) - '0';
      String[] rest = text.substring(2).split(" ", 2);
      TreeSet<String> controllers = new TreeSet<>(List.of(rest[0].split(",")));
      all.add(new CgroupLayout.Hierarchy(version, controllers, Path.of(rest[1])));
    }
    return new BundleCgroup(all);
  }

  /** As text: version, controllers, path. */
  public List<String> directories() {
    return hierarchies.stream()
        .map(h -> h.version() + " " + String.join(",", h.controllers()) + " " + h.own())
        .toList();
  }

  /** Its directories by their hierarchy's controllers, joined by commas; v2's key is empty. */
  public Map<String, Path> byControllers() {
    Map<String, Path> all = new LinkedHashMap<>();
    hierarchies.forEach(
        h -> all.put(h.version() == 1 ? String.join(",", h.controllers()) : "", h.own()));
    return all;
  }

  /**
   * To be asked before {@link #create}: whoever is in it would die with the container.
   *
   * @throws IllegalArgumentException when processes are in it or below it
   */
  public void requireUnused() {
    for (CgroupLayout.Hierarchy hierarchy : hierarchies) {
      if (!processes(hierarchy).isEmpty()) {
        throw new IllegalArgumentException(
            "cgroup " + hierarchy.own() + " has processes already: each container needs its own");
      }
    }
  }

  /** Makes it. On v2 the controllers are enabled on the way down. */
  public void create() {
    for (CgroupLayout.Hierarchy hierarchy : hierarchies) {
      boolean there = Files.isDirectory(hierarchy.own());
      CgroupFiles.make(hierarchy.own());
      if (hierarchy.version() == 2) {
        enableControllers(hierarchy.own());
      } else if (!there && hierarchy.controllers().contains("cpuset")) {
        inheritCpuset(hierarchy.own());
      }
    }
  }

  private static void enableControllers(Path leaf) {
    List<Path> above = new ArrayList<>();
    for (Path p = leaf.getParent(); Files.exists(p.resolve("cgroup.procs")); p = p.getParent()) {
      above.add(0, p);
    }
    for (Path directory : above) {
      String available = CgroupFiles.read(directory.resolve("cgroup.controllers")).orElse("");
      String wanted =
          List.of(available.split("\\s+")).stream()
              .filter(name -> !name.isEmpty())
              .map(name -> "+" + name)
              .collect(Collectors.joining(" "));
      try {
        CgroupFiles.write(directory.resolve("cgroup.subtree_control"), wanted);
      } catch (UncheckedIOException e) {
        // A cgroup with processes of its own can't: what is then missing is told by a limit.
      }
    }
  }

  /** v1: a new cpuset has no processors and no memory, and takes no process. */
  private static void inheritCpuset(Path directory) {
    for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
      if (CgroupFiles.read(directory.resolve(file)).orElse("x").isEmpty()) {
        Path parent = directory.getParent();
        if (CgroupFiles.read(parent.resolve(file)).orElse("x").isEmpty()) {
          inheritCpuset(parent);
        }
        CgroupFiles.read(parent.resolve(file))
            .ifPresent(value -> CgroupFiles.write(directory.resolve(file), value));
      }
    }
  }

  /** See {@link ContainerCgroup#joinFiles}. */
  public List<Path> joinFiles() {
    return hierarchies.stream()
        .map(h -> h.own().resolve(h.version() == 1 ? "tasks" : "cgroup.procs"))
        .toList();
  }

  /**
   * v2: only these devices may be used, and what every container has.
   *
   * @param rules in the format of v1's {@code devices.allow}
   */
  public void restrictDevices(Kernel kernel, List<String> rules) {
    List<DeviceFilter.Rule> all = new ArrayList<>(DeviceFilter.ALLOWED);
    for (String text : rules) {
      String[] fields = text.split("[ :]");
      all.add(
          new DeviceFilter.Rule(
              fields[0].charAt(0), number(fields[1]), number(fields[2]), fields[3]));
    }
    DeviceFilter.attach(kernel, hierarchies.get(0).own(), all);
  }

  private static int number(String text) {
    return text.equals("*") ? -1 : Integer.parseInt(text);
  }

  public boolean isUnified() {
    return hierarchies.stream().allMatch(h -> h.version() == 2);
  }

  /**
   * Writes control files.
   *
   * @param values by file name; a name begins with its controller, {@code memory.max}
   * @throws UncheckedIOException naming the file and value that was refused
   * @throws IllegalArgumentException naming a file whose controller is not here
   */
  public void set(List<Map.Entry<String, String>> values) {
    for (Map.Entry<String, String> value : values) {
      String controller = value.getKey().substring(0, value.getKey().indexOf('.'));
      Path directory =
          directory(controller)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          value.getKey() + ": the machine has no such cgroup controller"));
      CgroupFiles.write(directory.resolve(value.getKey()), value.getValue());
    }
  }

  private Optional<Path> directory(String controller) {
    return hierarchies.stream()
        .filter(h -> h.version() == 2 || h.controllers().contains(controller))
        .map(CgroupLayout.Hierarchy::own)
        .findFirst();
  }

  private Freezer freezer() {
    Optional<Path> v2 = Optional.of(hierarchies).filter(h -> isUnified()).map(h -> h.get(0).own());
    Path members = hierarchies.get(0).own();
    return new Freezer(v2, v2.isPresent() ? Optional.empty() : directory("freezer"), members);
  }

  public void freeze() {
    freezer().freeze();
  }

  public void thaw() {
    freezer().thaw();
  }

  public boolean isFrozen() {
    return freezer().isFrozen();
  }

  /** Process ids of all that is in it. */
  public List<Integer> processes() {
    return processes(hierarchies.get(0));
  }

  private static List<Integer> processes(CgroupLayout.Hierarchy hierarchy) {
    List<Integer> pids = new ArrayList<>();
    for (Path directory : CgroupFiles.subtree(hierarchy.own())) {
      String text = CgroupFiles.read(directory.resolve("cgroup.procs")).orElse("");
      for (String pid : text.split("\\s+")) {
        if (!pid.isEmpty()) {
          pids.add(Integer.parseInt(pid));
        }
      }
    }
    return pids;
  }

  /** Kills what is in it, and removes it from every hierarchy. Idempotent. */
  public void remove() {
    thaw();
    for (CgroupLayout.Hierarchy hierarchy : hierarchies) {
      if (Files.isDirectory(hierarchy.own())) {
        CgroupFiles.subtree(hierarchy.own()).forEach(CgroupFiles::remove);
      }
    }
  }
}
