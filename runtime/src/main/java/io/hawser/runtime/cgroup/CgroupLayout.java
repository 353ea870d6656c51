package io.hawser.runtime.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which cgroup hierarchies this machine has and where this process is in each (cgroups(7)): all
 * controllers in one unified hierarchy (v2), one hierarchy for each (v1), or both (hybrid).
 */
public record CgroupLayout(List<Hierarchy> hierarchies) {

  /** A process that moved itself here only made room for children: its parent is the place. */
  static final String AGENT_LEAF = "hawser-agent";

  private static final Path USUAL = Path.of("/sys/fs/cgroup");

  /**
   * @param version 1 or 2
   * @param controllers what is mounted (v1) or available in the own cgroup (v2)
   * @param own this process' cgroup as a directory; everything made is below it
   * @param top where the hierarchy is mounted; other OCI runtimes may take paths from there
   */
  public record Hierarchy(int version, Set<String> controllers, Path own, Path top) {

    /** Of a process at the top. */
    public Hierarchy(int version, Set<String> controllers, Path own) {
      this(version, controllers, own, own);
    }

    /** The same hierarchy with another place in it. */
    Hierarchy at(Path newOwn) {
      return new Hierarchy(version, controllers, newOwn, top);
    }
  }

  /**
   * @throws IllegalStateException when no cgroup file system is mounted
   */
  public static CgroupLayout read() {
    try {
      return parse(
          Files.readString(Path.of("/proc/self/mountinfo")),
          Files.readString(Path.of("/proc/self/cgroup")));
    } catch (IOException e) {
      throw new IllegalStateException("/proc/self/mountinfo or cgroup is not readable", e);
    }
  }

  /**
   * @param mountinfo proc_pid_mountinfo(5)
   * @param membership {@code /proc/self/cgroup}, a line {@code id:controllers:path} each
   */
  public static CgroupLayout parse(String mountinfo, String membership) {
    Map<String, String> paths = new HashMap<>();
    for (String line : membership.split("\n")) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3) {
        paths.put(fields[1], fields[2]);
      }
    }
    List<Hierarchy> found = new ArrayList<>();
    for (String line : mountsOfHierarchies(mountinfo)) {
      hierarchy(line, paths).ifPresent(found::add);
    }
    if (found.isEmpty()) {
      throw new IllegalStateException(
          "no cgroup file system is mounted: mount one, e.g. mount -t cgroup2 none /sys/fs/cgroup");
    }
    return new CgroupLayout(List.copyOf(found));
  }

  /**
   * One mount of each hierarchy, which its device number tells. A machine may show more of them,
   * below the root directories of containers and chroots: one that can be written to is taken, and
   * of these the usual one.
   */
  private static Collection<String> mountsOfHierarchies(String mountinfo) {
    Map<String, String> byDevice = new LinkedHashMap<>();
    for (String line : mountinfo.split("\n")) {
      if (line.contains(" - cgroup")) {
        byDevice.merge(
            fields(line)[2], line, (one, other) -> rank(other) > rank(one) ? other : one);
      }
    }
    return byDevice.values();
  }

  private static int rank(String line) {
    String[] mount = fields(line);
    boolean writable = List.of(mount[5].split(",")).contains("rw");
    return (writable ? 2 : 0) + (mountPoint(mount).startsWith(USUAL) ? 1 : 0);
  }

  /** Those before the separator. */
  private static String[] fields(String line) {
    return line.substring(0, line.indexOf(" - ")).split(" ");
  }

  private static Optional<Hierarchy> hierarchy(String line, Map<String, String> paths) {
    String[] mount = fields(line);
    String[] source = line.substring(line.indexOf(" - ") + 3).split(" ");
    if (source[0].equals("cgroup2")) {
      Path own = own(mount, paths.getOrDefault("", "/"));
      return Optional.of(new Hierarchy(2, availableControllers(own), own, mountPoint(mount)));
    }
    if (!source[0].equals("cgroup")) {
      return Optional.empty();
    }
    Set<String> options = Set.of(source[source.length - 1].split(","));
    for (Map.Entry<String, String> entry : paths.entrySet()) {
      List<String> controllers = List.of(entry.getKey().split(","));
      if (!entry.getKey().isEmpty() && options.containsAll(controllers)) {
        Path own = own(mount, entry.getValue());
        return Optional.of(
            new Hierarchy(1, new LinkedHashSet<>(controllers), own, mountPoint(mount)));
      }
    }
    return Optional.empty();
  }

  /** The mount shows the hierarchy from its root field on, which is not always {@code /}. */
  private static Path own(String[] mount, String path) {
    String root = mount[3];
    String below = path;
    if (!root.equals("/")) {
      below = path.startsWith(root) ? path.substring(root.length()) : "/";
    }
    Path own = mountPoint(mount).resolve(below.replaceFirst("^/+", "")).normalize();
    return own.endsWith(AGENT_LEAF) ? own.getParent() : own;
  }

  private static Path mountPoint(String[] mount) {
    return Path.of(mount[4].replace("\\040", " "));
  }

  /**
   * Where this process is, when that is the same in each of these hierarchies.
   *
   * @return from their roots on, without a slash at the end: empty text for the roots themselves
   */
  static Optional<String> commonPath(List<Hierarchy> hierarchies) {
    Set<String> controllers = new HashSet<>();
    hierarchies.forEach(h -> controllers.addAll(h.version() == 2 ? Set.of("") : h.controllers()));
    Set<String> paths = new HashSet<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        String[] fields = line.split(":", 3);
        if (Stream.of(fields[1].split(",")).anyMatch(controllers::contains)) {
          Path path = Path.of(fields[2]).normalize();
          paths.add((path.endsWith(AGENT_LEAF) ? path.getParent() : path).toString());
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return paths.size() == 1
        ? Optional.of(paths.iterator().next().replaceAll("/+$", ""))
        : Optional.empty();
  }

  private static Set<String> availableControllers(Path own) {
    try {
      String text = Files.readString(own.resolve("cgroup.controllers")).strip();
      return text.isEmpty() ? Set.of() : new LinkedHashSet<>(List.of(text.split("\\s+")));
    } catch (IOException e) {
      return Set.of();
    }
  }

  /** Those that this process may make cgroups in. */
  public CgroupLayout writable() {
    return new CgroupLayout(hierarchies.stream().filter(h -> Files.isWritable(h.own())).toList());
  }

  /** The hierarchy with this controller. */
  public Optional<Hierarchy> with(String controller) {
    return hierarchies.stream().filter(h -> h.controllers.contains(controller)).findFirst();
  }

  public Optional<Hierarchy> unified() {
    return hierarchies.stream().filter(h -> h.version == 2).findFirst();
  }

  /** {@code v1}, {@code v2} or {@code hybrid}. */
  public String kind() {
    boolean v1 = hierarchies.stream().anyMatch(h -> h.version == 1);
    return unified().isPresent() ? v1 ? "hybrid" : "v2" : "v1";
  }
}
