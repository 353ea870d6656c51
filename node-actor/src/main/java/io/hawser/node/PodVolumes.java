package io.hawser.node;

import io.hawser.model.ConfigSource;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.runtime.ContainerSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volumes of one pod on this machine. Every method blocks.
 *
 * <p>An {@code emptyDir} is a directory below the node's state directory, of medium {@code Memory}
 * as well, and its size limit is not enforced: tmpfs is still to come.
 */
final class PodVolumes {
  private static final Logger LOG = LoggerFactory.getLogger(PodVolumes.class);

  private final Path directory;

  /**
   * @param volumesDirectory the node's directory for all its pods' volumes
   */
  PodVolumes(Path volumesDirectory, String podUid) {
    this.directory = volumesDirectory.resolve(podUid);
  }

  /**
   * Makes what is missing; idempotent.
   *
   * @throws ConfigFault for a host path that is not what its type says
   */
  void make(PodSpec spec) {
    for (PodSpec.Volume volume : spec.volumes()) {
      if (volume.hostPath().isPresent()) {
        makeHostPath(volume.name(), volume.hostPath().get());
      } else if (volume.files().isEmpty()) {
        makeEmptyDir(volume);
      }
    }
  }

  /**
   * Brings the volumes that are made of config maps, secrets and the pod's fields up to date.
   *
   * @param content what such a volume is to hold
   * @throws ConfigFault for what does not exist
   */
  void makeFiles(
      PodSpec spec, Function<ConfigSource.FileVolume, Map<String, ConfigFiles.Content>> content) {
    for (PodSpec.Volume volume : spec.volumes()) {
      volume.files().ifPresent(f -> ConfigFiles.write(emptyDir(volume.name()), content.apply(f)));
    }
  }

  /**
   * A container's mounts with sources on this machine.
   *
   * @throws ConfigFault for a volume that is not there or a subPath that leaves its volume
   */
  List<ContainerSpec.VolumeMount> mounts(PodSpec spec, PodContainer container) {
    List<ContainerSpec.VolumeMount> mounts = new ArrayList<>();
    for (PodContainer.VolumeMount mount : container.volumeMounts()) {
      Path root = source(spec, mount.name());
      Path source =
          mount.subPath().filter(s -> !s.isEmpty()).map(s -> inside(root, s, mount)).orElse(root);
      mounts.add(
          new ContainerSpec.VolumeMount(
              source.toString(), mount.mountPath(), mount.readOnly() || isFiles(spec, mount)));
    }
    return mounts;
  }

  /** Nobody writes there but the node. */
  private static boolean isFiles(PodSpec spec, PodContainer.VolumeMount mount) {
    return spec.volumes().stream()
        .anyMatch(v -> v.name().equals(mount.name()) && v.files().isPresent());
  }

  /** Removes the directories, never what a link in them points to; idempotent. */
  void remove() {
    deleteTree(directory);
  }

  static void deleteTree(Path root) {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.walkFileTree(root, new DeletingVisitor());
    } catch (IOException e) {
      throw new UncheckedIOException("can't remove " + root, e);
    }
  }

  private Path source(PodSpec spec, String name) {
    PodSpec.Volume volume =
        spec.volumes().stream()
            .filter(v -> v.name().equals(name))
            .findFirst()
            .orElseThrow(() -> fault("the pod has no volume \"" + name + "\""));
    return volume.hostPath().map(h -> Path.of(h.path())).orElseGet(() -> emptyDir(name));
  }

  private Path emptyDir(String volume) {
    return directory.resolve(volume);
  }

  private void makeEmptyDir(PodSpec.Volume volume) {
    Path path = emptyDir(volume.name());
    if (Files.isDirectory(path)) {
      return;
    }
    if (volume.emptyDir().map(e -> e.medium().equals("Memory")).orElse(false)) {
      LOG.warn("volume {}: medium Memory is not built yet, a directory is used", path);
    }
    try {
      Files.createDirectories(path);
      // Any user of a container may write, as in Kubernetes.
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
    } catch (IOException e) {
      throw new UncheckedIOException("can't make the directory of volume " + volume.name(), e);
    }
  }

  private static void makeHostPath(String volume, PodSpec.HostPath host) {
    Path path = Path.of(host.path());
    if (!path.isAbsolute()) {
      throw fault("hostPath of volume \"" + volume + "\" must be absolute: " + host.path());
    }
    try {
      switch (host.type()) {
        case "DirectoryOrCreate" -> Files.createDirectories(path);
        case "FileOrCreate" -> {
          if (!Files.exists(path)) {
            Files.createFile(path);
          }
        }
        default -> {
          // The other types only demand.
        }
      }
    } catch (IOException e) {
      throw fault("hostPath of volume \"" + volume + "\": " + e);
    }
    boolean fits =
        switch (host.type()) {
          case "Directory", "DirectoryOrCreate" -> Files.isDirectory(path);
          case "File", "FileOrCreate" -> Files.isRegularFile(path);
          default -> Files.exists(path);
        };
    if (!fits) {
      throw fault(
          "hostPath of volume \""
              + volume
              + "\": "
              + path
              + " is not there or not of the type "
              + (host.type().isEmpty() ? "any" : host.type()));
    }
  }

  /**
   * A place in a volume, made if missing. Links are resolved first, so one that leads out of the
   * volume is refused; a container that swaps a directory for a link between this check and its
   * mount is not caught here.
   */
  private static Path inside(Path root, String subPath, PodContainer.VolumeMount mount) {
    Path wanted = root.resolve(subPath).normalize();
    if (Path.of(subPath).isAbsolute() || !wanted.startsWith(root)) {
      throw leaves(mount, subPath);
    }
    try {
      Path real = root.toRealPath();
      Path at = real;
      for (Path part : root.relativize(wanted)) {
        at = at.resolve(part);
        if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectory(at);
        }
        at = at.toRealPath();
        if (!at.startsWith(real)) {
          throw leaves(mount, subPath);
        }
      }
      return at;
    } catch (IOException e) {
      throw fault("subPath \"" + subPath + "\" of mount " + mount.mountPath() + ": " + e);
    }
  }

  private static ConfigFault leaves(PodContainer.VolumeMount mount, String subPath) {
    return fault(
        "subPath \"" + subPath + "\" of mount " + mount.mountPath() + " leads out of its volume");
  }

  private static ConfigFault fault(String message) {
    return new ConfigFault(ConfigFault.CONFIG, message);
  }

  private static final class DeletingVisitor extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path dir, IOException failure) throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.deleteIfExists(dir);
      return FileVisitResult.CONTINUE;
    }
  }
}
