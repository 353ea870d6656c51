package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.ProcessStart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is remembered of a container between two commands, as {@code ROOT/ID/container.json}.
 *
 * @param pid of its first process; {@code startTicks} and {@code bootId} tell it from another one
 * @param cgroups as {@code BundleCgroup} writes them
 * @param steps labels of the launch, to name the one that fails at {@code start}
 */
record OciState(
    String id,
    String bundle,
    String ociVersion,
    int pid,
    long startTicks,
    String bootId,
    String created,
    List<String> cgroups,
    Map<String, String> annotations,
    List<String> steps) {

  private static final String FILE = "container.json";

  /** The specification leaves the form of ids to runtimes: it names a directory here. */
  static void checkId(String id) {
    if (!id.matches("[A-Za-z0-9_+.-]{1,1024}") || id.equals(".") || id.equals("..")) {
      throw new OciFault("container id \"" + id + "\": expected letters, digits and _+-.");
    }
  }

  static Optional<OciState> find(Path root, String id) {
    checkId(id);
    Path file = root.resolve(id).resolve(FILE);
    try {
      return Files.exists(file)
          ? Optional.of(OciConfig.JSON.readValue(Files.readAllBytes(file), OciState.class))
          : Optional.empty();
    } catch (IOException e) {
      throw new OciFault("state " + file + " can't be read: " + e.getMessage(), e);
    }
  }

  static List<OciState> all(Path root) {
    List<OciState> all = new ArrayList<>();
    if (!Files.isDirectory(root)) {
      return all;
    }
    try (Stream<Path> entries = Files.list(root)) {
      for (Path entry : entries.sorted().toList()) {
        find(root, entry.getFileName().toString()).ifPresent(all::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  /**
   * As {@code state} prints it and hooks read it.
   *
   * @param status {@code creating}, {@code created}, {@code running}, {@code paused} or {@code
   *     stopped}
   */
  ObjectNode json(String status) {
    return json(status, status.equals("stopped") ? 0 : pid);
  }

  /** The same for a hook inside the container, where the process has another pid. */
  ObjectNode jsonInside(String status) {
    return json(status, ProcessStart.innermostPid(pid).orElse(pid));
  }

  private ObjectNode json(String status, int shownPid) {
    ObjectNode json = OciConfig.JSON.createObjectNode();
    json.put("ociVersion", ociVersion);
    json.put("id", id);
    json.put("status", status);
    json.put("pid", shownPid);
    json.put("bundle", bundle);
    json.put("created", created);
    json.set("annotations", OciConfig.JSON.valueToTree(annotations));
    return json;
  }

  void write(Path root) {
    Path file = root.resolve(id).resolve(FILE);
    try {
      Path next = file.resolveSibling(FILE + ".new");
      Files.write(next, OciConfig.JSON.writeValueAsBytes(this));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new OciFault("state " + file + " can't be written: " + e.getMessage(), e);
    }
  }
}
