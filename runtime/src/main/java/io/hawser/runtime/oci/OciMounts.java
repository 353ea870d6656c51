package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.launch.OciLaunch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A bundle's {@code mounts}: options become mount(2)'s flags, the rest the file system's data. */
final class OciMounts {
  private static final Map<String, Long> SET =
      Map.ofEntries(
          Map.entry("ro", Flags.MS_RDONLY),
          Map.entry("nosuid", Flags.MS_NOSUID),
          Map.entry("nodev", Flags.MS_NODEV),
          Map.entry("noexec", Flags.MS_NOEXEC),
          Map.entry("sync", 16L),
          Map.entry("remount", Flags.MS_REMOUNT),
          Map.entry("mand", 64L),
          Map.entry("dirsync", 128L),
          Map.entry("noatime", 1024L),
          Map.entry("nodiratime", 2048L),
          Map.entry("bind", Flags.MS_BIND),
          Map.entry("rbind", Flags.MS_BIND | Flags.MS_REC),
          Map.entry("silent", 32768L),
          Map.entry("relatime", 1L << 21),
          Map.entry("iversion", 1L << 23),
          Map.entry("strictatime", Flags.MS_STRICTATIME));

  private static final Map<String, Long> CLEARED =
      Map.ofEntries(
          Map.entry("rw", Flags.MS_RDONLY),
          Map.entry("suid", Flags.MS_NOSUID),
          Map.entry("dev", Flags.MS_NODEV),
          Map.entry("exec", Flags.MS_NOEXEC),
          Map.entry("async", 16L),
          Map.entry("atime", 1024L),
          Map.entry("diratime", 2048L),
          Map.entry("norelatime", 1L << 21),
          Map.entry("nostrictatime", Flags.MS_STRICTATIME),
          Map.entry("loud", 32768L),
          Map.entry("nomand", 64L),
          Map.entry("noiversion", 1L << 23),
          Map.entry("defaults", 0L));

  private static final Map<String, Long> PROPAGATIONS =
      Map.of(
          "private",
          Flags.MS_PRIVATE,
          "rprivate",
          Flags.MS_PRIVATE | Flags.MS_REC,
          "slave",
          Flags.MS_SLAVE,
          "rslave",
          Flags.MS_SLAVE | Flags.MS_REC,
          "shared",
          1L << 20,
          "rshared",
          1L << 20 | Flags.MS_REC,
          "unbindable",
          1L << 17,
          "runbindable",
          1L << 17 | Flags.MS_REC);

  /** Asked of the runtime, not of the file system: what a new tmpfs lies over is not copied. */
  private static final Set<String> IGNORED = Set.of("tmpcopyup", "copy-symlink");

  private OciMounts() {}

  /** The options that are understood, for {@code features}. */
  static List<String> options() {
    List<String> all = new ArrayList<>(SET.keySet());
    all.addAll(CLEARED.keySet());
    all.addAll(PROPAGATIONS.keySet());
    all.sort(null);
    return all;
  }

  /**
   * @return flags of mount(2) for a propagation's name, {@code rslave} for example
   */
  static long propagation(String name) {
    Long flags = PROPAGATIONS.get(name);
    if (flags == null) {
      throw new OciFault("unknown propagation " + name + ": expected one of " + names());
    }
    return flags;
  }

  private static List<String> names() {
    return PROPAGATIONS.keySet().stream().sorted().toList();
  }

  /**
   * @param bundle relative sources of bind mounts are below it
   * @param usersBase the machine's id of the container's root; 0: the same
   * @param cgroups the container's own by their controllers, joined by commas; v2's has none
   */
  static List<OciLaunch.Mount> parse(
      JsonNode mounts,
      Path bundle,
      Map<String, Path> cgroups,
      boolean cgroupNamespace,
      long usersBase) {
    List<OciLaunch.Mount> parsed = new ArrayList<>();
    for (JsonNode mount : mounts) {
      OciLaunch.Mount one = one(mount, bundle, usersBase);
      if (one.type().startsWith("cgroup")) {
        parsed.addAll(cgroups(one, cgroups, cgroupNamespace));
      } else {
        parsed.add(one);
      }
    }
    return parsed;
  }

  private static OciLaunch.Mount one(JsonNode mount, Path bundle, long usersBase) {
    String destination = mount.path("destination").asText("");
    if (destination.isEmpty()) {
      throw new OciFault("mounts: destination: required");
    }
    if (!mount.path("uidMappings").isEmpty() || !mount.path("gidMappings").isEmpty()) {
      throw new OciFault("mount of " + destination + ": owners can't be mapped by hawser oci");
    }
    long flags = 0;
    long propagation = 0;
    List<String> data = new ArrayList<>();
    for (JsonNode option : mount.path("options")) {
      String word = option.asText();
      if (SET.containsKey(word)) {
        flags |= SET.get(word);
      } else if (CLEARED.containsKey(word)) {
        flags &= ~CLEARED.get(word);
      } else if (PROPAGATIONS.containsKey(word)) {
        propagation |= PROPAGATIONS.get(word);
      } else if (!IGNORED.contains(word)) {
        data.add(owned(word, usersBase));
      }
    }
    String type = mount.path("type").asText("");
    String source = mount.path("source").asText(type.isEmpty() ? "none" : type);
    boolean directory = true;
    if (type.equals("bind") || (flags & Flags.MS_BIND) != 0) {
      flags |= Flags.MS_BIND;
      type = "";
      Path path = bundle.resolve(source).normalize();
      if (!Files.exists(path)) {
        throw new OciFault("mount of " + path + ": no such file or directory");
      }
      source = path.toString();
      directory = Files.isDirectory(path);
    }
    String joined = String.join(",", data);
    return new OciLaunch.Mount(destination, source, type, flags, joined, propagation, directory);
  }

  /** An owner is one of the container's; file systems are mounted outside of its users. */
  private static String owned(String word, long usersBase) {
    return word.matches("[ug]id=\\d{1,10}")
        ? word.substring(0, 4) + (usersBase + Long.parseLong(word.substring(4)))
        : word;
  }

  /** Only the container's own cgroups can be seen; without a namespace they are bound there. */
  private static List<OciLaunch.Mount> cgroups(
      OciLaunch.Mount mount, Map<String, Path> cgroups, boolean cgroupNamespace) {
    String at = mount.destination();
    List<OciLaunch.Mount> all = new ArrayList<>();
    if (cgroups.size() == 1 && cgroups.containsKey("")) {
      all.add(hierarchy(mount, at, "", cgroups.get(""), cgroupNamespace));
      return all;
    }
    long writable = mount.flags() & ~Flags.MS_RDONLY;
    all.add(new OciLaunch.Mount(at, "tmpfs", "tmpfs", writable, "mode=755,size=64k", 0, true));
    cgroups.forEach(
        (names, path) -> all.add(hierarchy(mount, at + "/" + names, names, path, cgroupNamespace)));
    if ((mount.flags() & Flags.MS_RDONLY) != 0) {
      long remount = mount.flags() | Flags.MS_REMOUNT;
      all.add(new OciLaunch.Mount(at, "tmpfs", "tmpfs", remount, "mode=755,size=64k", 0, true));
    }
    return all;
  }

  private static OciLaunch.Mount hierarchy(
      OciLaunch.Mount mount, String at, String controllers, Path own, boolean cgroupNamespace) {
    if (!cgroupNamespace) {
      long flags = mount.flags() | Flags.MS_BIND;
      return new OciLaunch.Mount(at, own.toString(), "", flags, "", 0, true);
    }
    String type = controllers.isEmpty() ? "cgroup2" : "cgroup";
    return new OciLaunch.Mount(at, "cgroup", type, mount.flags(), controllers, 0, true);
  }
}
