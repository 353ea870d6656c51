package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.runtime.Isolation;
import io.hawser.runtime.cgroup.BundleCgroup;
import io.hawser.runtime.launch.OciLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A bundle's {@code config.json} (OCI runtime specification 1.0 to 1.2) as the launcher needs it.
 * What is not supported is refused by its path; nothing is silently left out but security labels,
 * whose modules this runtime does not speak to.
 */
final class OciConfig {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<String, String> NAMESPACES =
      Map.of(
          "pid", "pid",
          "network", "net",
          "ipc", "ipc",
          "uts", "uts",
          "mount", "mnt",
          "cgroup", "cgroup",
          "user", "user",
          "time", "time");

  private static final List<OciLaunch.Device> DEVICES =
      List.of(
          device("null", 1, 3),
          device("zero", 1, 5),
          device("full", 1, 7),
          device("random", 1, 8),
          device("urandom", 1, 9),
          device("tty", 5, 0));

  private final Path bundle;
  private final JsonNode root;

  private OciConfig(Path bundle, JsonNode root) {
    this.bundle = bundle;
    this.root = root;
  }

  private static OciLaunch.Device device(String name, int major, int minor) {
    return new OciLaunch.Device("/dev/" + name, 'c', major, minor, 0666, 0, 0);
  }

  /** Of a bundle that a container is to be made of: its root must be there. */
  static OciConfig of(Path bundle) {
    OciConfig config = read(bundle.resolve("config.json"), bundle);
    if (!Files.isDirectory(config.rootfs())) {
      throw new OciFault("root.path: " + config.rootfs() + " is not a directory");
    }
    return config;
  }

  /**
   * @param file {@code config.json}, or the copy of one
   * @param bundle what relative paths in it are below; an engine may have taken it away since
   */
  static OciConfig read(Path file, Path bundle) {
    try {
      OciConfig config = new OciConfig(bundle, JSON.readTree(Files.readAllBytes(file)));
      config.check();
      return config;
    } catch (NoSuchFileException e) {
      throw new OciFault("config of the bundle " + file + ": no such file", e);
    } catch (IOException e) {
      throw new OciFault("config of the bundle " + file + ": " + e.getMessage(), e);
    }
  }

  private void check() {
    String version = root.path("ociVersion").asText("");
    if (!version.matches("1\\.\\d+\\.\\d+.*")) {
      throw new OciFault("ociVersion: expected 1.x.y, got \"" + version + "\"");
    }
    if (root.path("root").path("path").asText("").isEmpty()) {
      throw new OciFault("root.path: required");
    }
    for (JsonNode namespace : linux().path("namespaces")) {
      String type = namespace.path("type").asText("");
      if (!NAMESPACES.containsKey(type)) {
        throw new OciFault("linux.namespaces: " + type + " is not supported by hawser oci");
      }
    }
    if (!hasOwnMounts() && isFresh("user")) {
      throw new OciFault("linux.namespaces: a user namespace needs a mount namespace");
    }
    if (!hasOwnMounts() && !hooks("startContainer").isEmpty()) {
      throw new OciFault("hooks.startContainer: needs a mount namespace");
    }
    OciHooks.check(root.path("hooks"));
    if (namespacePath("user").filter(path -> !path.isEmpty()).isPresent()) {
      throw new OciFault("linux.namespaces: joining a user namespace is not supported");
    }
    if (linux().has("timeOffsets") && !isFresh("time")) {
      throw new OciFault("linux.timeOffsets: needs a new time namespace");
    }
  }

  /**
   * @param kind as /proc names it, such as {@code net}
   */
  boolean isFresh(String kind) {
    return NAMESPACES.entrySet().stream()
        .filter(e -> e.getValue().equals(kind))
        .anyMatch(e -> namespacePath(e.getKey()).equals(Optional.of("")));
  }

  /** What few containers have, and a process that joins one must know. */
  ProcessSpec.OtherNamespaces others() {
    long base = isFresh("user") ? OciUsers.base(linux()) : 0;
    boolean foreignPids = !isFresh("pid");
    return new ProcessSpec.OtherNamespaces(
        base, namespacePath("time").isPresent(), foreignPids, false);
  }

  /** The same for a hook, which enters the users only when they are given. */
  ProcessSpec.OtherNamespaces others(long usersBase) {
    return new ProcessSpec.OtherNamespaces(usersBase, others().clock(), false, false);
  }

  /** False: its mounts are the machine's, and its root is a chroot. */
  boolean hasOwnMounts() {
    return namespacePath("mount").isPresent();
  }

  /** False: there is nothing to start; everything else of it can be had. */
  boolean hasProcess() {
    return processNode().isObject();
  }

  JsonNode linux() {
    return root.path("linux");
  }

  JsonNode annotations() {
    return root.path("annotations");
  }

  JsonNode hooks(String kind) {
    return root.path("hooks").path(kind);
  }

  JsonNode processNode() {
    return root.path("process");
  }

  String version() {
    return root.path("ociVersion").asText();
  }

  Path rootfs() {
    return bundle.resolve(root.path("root").path("path").asText()).normalize();
  }

  boolean terminal() {
    return processNode().path("terminal").asBoolean();
  }

  String cgroupsPath() {
    return linux().path("cgroupsPath").asText("");
  }

  /**
   * @return empty: the container shares the machine's; an empty path: it gets a new one
   */
  Optional<String> namespacePath(String type) {
    for (JsonNode namespace : linux().path("namespaces")) {
      if (namespace.path("type").asText().equals(type)) {
        return Optional.of(namespace.path("path").asText(""));
      }
    }
    return Optional.empty();
  }

  /**
   * @param made namespaces that were made before, by kind; with users of its own
   */
  OciLaunch launch(BundleCgroup cgroup, Path stateDirectory, Map<String, Path> made) {
    boolean hooks =
        !hooks("prestart").isEmpty()
            || !hooks("createRuntime").isEmpty()
            || !hooks("createContainer").isEmpty();
    return new OciLaunch(
        cgroup.joinFiles(),
        namespaces(made),
        new OciLaunch.Root(
            rootfs(), root.path("root").path("readonly").asBoolean(), rootPropagation()),
        OciMounts.parse(
            root.path("mounts"),
            bundle,
            cgroup.byControllers(),
            isFresh("cgroup"),
            others().usersBase()),
        devices(),
        texts(linux().path("maskedPaths")),
        texts(linux().path("readonlyPaths")),
        sysctls(),
        names(),
        hasProcess() ? process(processNode()) : OciProcess.none(others()),
        stateDirectory,
        hooks,
        terminal());
  }

  private OciLaunch.Namespaces namespaces(Map<String, Path> made) {
    Map<String, Path> joined = new LinkedHashMap<>(made);
    Path users = joined.remove("user");
    Set<String> fresh = new LinkedHashSet<>();
    NAMESPACES.forEach(
        (type, kind) -> {
          Optional<String> path = namespacePath(type);
          if (path.isEmpty() || type.equals("pid") || type.equals("user")) {
            return;
          }
          if (path.get().isEmpty()) {
            fresh.add(kind);
          } else {
            joined.put(kind, Path.of(path.get()));
          }
        });
    JsonNode offsets = linux().path("timeOffsets");
    return new OciLaunch.Namespaces(
        joined,
        fresh,
        new Isolation.ClockOffsets(
            nanos(offsets.path("monotonic")), nanos(offsets.path("boottime"))),
        Optional.ofNullable(users));
  }

  private static long nanos(JsonNode offset) {
    return offset.path("secs").asLong() * 1_000_000_000L + offset.path("nanosecs").asLong();
  }

  private long rootPropagation() {
    String name = linux().path("rootfsPropagation").asText("");
    return name.isEmpty() ? 0 : OciMounts.propagation(name);
  }

  /** The usual ones, unless /dev is somebody's bind mount; then what the bundle lists. */
  private List<OciLaunch.Device> devices() {
    List<OciLaunch.Device> all = new ArrayList<>();
    boolean boundDev = false;
    for (JsonNode mount : root.path("mounts")) {
      boundDev |=
          mount.path("destination").asText().equals("/dev")
              && texts(mount.path("options")).stream().anyMatch(o -> o.matches("r?bind"));
    }
    if (!boundDev) {
      all.addAll(DEVICES);
    }
    for (JsonNode device : linux().path("devices")) {
      String path = device.path("path").asText();
      String type = device.path("type").asText("c");
      all.removeIf(d -> d.path().equals(path));
      all.add(
          new OciLaunch.Device(
              path,
              type.equals("u") ? 'c' : type.charAt(0),
              device.path("major").asInt(),
              device.path("minor").asInt(),
              device.path("fileMode").asInt(0666) & 07777,
              device.path("uid").asLong(),
              device.path("gid").asLong()));
    }
    return all;
  }

  private Map<String, String> sysctls() {
    Map<String, String> all = new LinkedHashMap<>();
    linux()
        .path("sysctl")
        .properties()
        .forEach(entry -> all.put(entry.getKey(), entry.getValue().asText()));
    all.keySet().forEach(this::checkSysctl);
    return all;
  }

  /** Any other would change the machine. */
  private void checkSysctl(String name) {
    boolean ipc =
        name.matches("kernel\\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)")
            || name.startsWith("fs.mqueue.");
    boolean own =
        ipc && namespacePath("ipc").isPresent()
            || name.startsWith("net.") && namespacePath("network").isPresent()
            || name.equals("kernel.domainname") && namespacePath("uts").isPresent();
    if (!own || name.contains("/") || name.contains("..")) {
      throw new OciFault("linux.sysctl: " + name + " is not of a namespace of this container");
    }
  }

  private OciLaunch.Names names() {
    Optional<String> host = text(root.path("hostname"));
    if (host.isPresent() && namespacePath("uts").isEmpty()) {
      throw new OciFault("hostname: needs a uts namespace");
    }
    JsonNode umask = processNode().path("user").path("umask");
    return new OciLaunch.Names(
        host.filter(h -> namespacePath("uts").equals(Optional.of(""))),
        text(root.path("domainname")).filter(h -> namespacePath("uts").equals(Optional.of(""))),
        umask.isNumber() ? Optional.of(umask.asInt()) : Optional.empty());
  }

  /**
   * @param node {@code process} of the bundle, or of an exec
   */
  ProcessSpec process(JsonNode node) {
    return OciProcess.parse(node, linux().path("seccomp"), others());
  }

  static Optional<String> text(JsonNode node) {
    return Optional.of(node.asText("")).filter(text -> !text.isEmpty());
  }

  static List<String> texts(JsonNode array) {
    List<String> all = new ArrayList<>();
    array.forEach(item -> all.add(item.asText()));
    return List.copyOf(all);
  }

  /** For {@code features}. */
  static Set<String> namespaceTypes() {
    return NAMESPACES.keySet();
  }
}
