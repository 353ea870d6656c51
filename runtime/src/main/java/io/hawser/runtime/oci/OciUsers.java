package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.SandboxPlan;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A bundle's new user namespace, and the network, ipc and uts namespaces that its root rules over:
 * made by a process of their own, which is ended once the container has entered them. The
 * container's tree is made with the machine's rights before; the process is then inside.
 */
final class OciUsers implements AutoCloseable {
  private static final Map<String, Long> OWNED =
      Map.of("net", Flags.CLONE_NEWNET, "ipc", Flags.CLONE_NEWIPC, "uts", Flags.CLONE_NEWUTS);

  private final PendingLaunch process;
  private final Map<String, Path> files = new LinkedHashMap<>();

  private OciUsers(PendingLaunch process) {
    this.process = process;
  }

  /**
   * @throws OciFault for mappings that the kernel refuses
   */
  static OciUsers make(Launcher launcher, OciConfig config) {
    long owned =
        OWNED.entrySet().stream()
            .filter(e -> config.isFresh(e.getKey()))
            .mapToLong(Map.Entry::getValue)
            .reduce(0, (a, b) -> a | b);
    OciUsers users =
        new OciUsers(
            launcher.prepare(
                SandboxPlan.users(owned),
                new Launcher.PidNamespace.Same(),
                Map.of(0, 0, 1, 1, 2, 2)));
    try {
      users.process.awaitStop();
      users.map(config);
      return users;
    } catch (RuntimeException e) {
      users.close();
      throw e;
    }
  }

  private void map(OciConfig config) {
    Path directory = Path.of("/proc", "" + process.pid());
    write(directory.resolve("uid_map"), text(config.linux().path("uidMappings")));
    write(directory.resolve("gid_map"), text(config.linux().path("gidMappings")));
    files.put("user", directory.resolve("ns/user"));
    OWNED.keySet().stream()
        .filter(config::isFresh)
        .forEach(kind -> files.put(kind, directory.resolve("ns").resolve(kind)));
  }

  private static String text(JsonNode mappings) {
    StringBuilder text = new StringBuilder();
    for (JsonNode mapping : mappings) {
      text.append(mapping.path("containerID").asLong())
          .append(' ')
          .append(mapping.path("hostID").asLong())
          .append(' ')
          .append(mapping.path("size").asLong())
          .append('\n');
    }
    return text.toString();
  }

  /** With one write(2): the kernel takes a map whole or not at all. */
  private static void write(Path file, String text) {
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new OciFault(
          "write(" + file.getFileName() + ", " + text.strip() + "): " + e.getMessage(), e);
    }
  }

  /** Where the namespaces can be joined until this is closed, by kind. */
  Map<String, Path> files() {
    return files;
  }

  /** The machine's id of the container's root; 0: no user namespace. */
  static long base(JsonNode linux) {
    long uid = rootOf(linux, "uidMappings");
    if (uid <= 0 || uid != rootOf(linux, "gidMappings")) {
      throw new OciFault(
          "linux.uidMappings, linux.gidMappings: expected the container's 0 mapped to one id,"
              + " the same for both and not 0");
    }
    return uid;
  }

  private static long rootOf(JsonNode linux, String field) {
    for (JsonNode mapping : linux.path(field)) {
      if (mapping.path("containerID").asLong() == 0 && mapping.path("size").asLong() > 0) {
        return mapping.path("hostID").asLong();
      }
    }
    return -1;
  }

  @Override
  public void close() {
    process.abandon();
  }
}
