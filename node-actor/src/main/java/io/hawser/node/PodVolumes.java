package io.hawser.node;

import io.hawser.model.AssignedPod;
import io.hawser.model.ConfigSource;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ContainerSpec.Propagation;
import io.hawser.runtime.MemoryVolumes;
import io.hawser.runtime.files.DiskUse;
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
import java.util.Optional;
import java.util.function.Function;

/**
 * The volumes of one pod on this machine. Every method blocks.
 *
 * <p>An {@code emptyDir} is a directory below the node's state directory; with medium {@code
 * Memory} a file system in memory is mounted on it, as large as its limit. One on the disk is
 * measured now and then: {@link #excess}. What a claim is bound to is one of the {@link
 * PersistentVolumes}, and stays when the pod goes.
 */
final class PodVolumes {
  private static final int ANYBODY = 0777;
  private static final int SET_GROUP_ID = 02000;

  private final Path directory;
  private final Map<String, String> claimVolumes;
  private final PersistentVolumes persistent;

  /**
   * @param volumesDirectory the node's directory for those of its pods' volumes that go with them
   */
  PodVolumes(Path volumesDirectory, AssignedPod pod, PersistentVolumes persistent) {
    this.directory = volumesDirectory.resolve(pod.uid());
    this.claimVolumes = pod.claimVolumes();
    this.persistent = persistent;
  }

  /**
   * Makes what is missing; idempotent.
   *
   * @throws ConfigFault for a host path that is not what its type says, a claim without a volume,
   *     and a persistent volume that can't be made
   */
  void make(PodSpec spec) {
    for (PodSpec.Volume volume : spec.volumes()) {
      if (volume.hostPath().isPresent()) {
        makeHostPath(volume.name(), volume.hostPath().get());
      } else if (volume.claim().isPresent()) {
        makePersistent(volume, spec.isolation().fsGroup());
      } else if (volume.files().isEmpty()) {
        makeEmptyDir(volume, spec);
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
      volume
          .files()
          .ifPresent(f -> ConfigFiles.write(emptyDir(volume.name()), read(volume, content, f)));
    }
  }

  /** What is missing is said of the volume, in Kubernetes' words. */
  private static Map<String, ConfigFiles.Content> read(
      PodSpec.Volume volume,
      Function<ConfigSource.FileVolume, Map<String, ConfigFiles.Content>> content,
      ConfigSource.FileVolume files) {
    try {
      return content.apply(files);
    } catch (ConfigFault fault) {
      throw failedMount(volume, fault);
    }
  }

  private static ConfigFault failedMount(PodSpec.Volume volume, RuntimeException fault) {
    return new ConfigFault(
        ConfigFault.MOUNT,
        "MountVolume.SetUp failed for volume \"%s\" : %s"
            .formatted(volume.name(), fault.getMessage()));
  }

  private void makePersistent(PodSpec.Volume volume, Optional<Long> group) {
    try {
      persistent.make(volumeOf(volume.claim().orElseThrow()), group);
    } catch (UncheckedIOException | IllegalArgumentException e) {
      throw failedMount(volume, e);
    }
  }

  private String volumeOf(PodSpec.ClaimSource claim) {
    String name = claimVolumes.get(claim.claimName());
    if (name == null) {
      throw new IllegalArgumentException(
          "persistentvolumeclaim \"" + claim.claimName() + "\" is not bound to a volume");
    }
    return name;
  }

  /** Whether there is anything to measure. */
  static boolean hasLimits(PodSpec spec) {
    return spec.volumes().stream().anyMatch(PodVolumes::isLimited);
  }

  private static boolean isLimited(PodSpec.Volume volume) {
    return volume
        .emptyDir()
        .filter(e -> e.sizeLimitBytes() > 0 && !e.medium().equals("Memory"))
        .isPresent();
  }

  /**
   * Measures what limited directories on the disk take.
   *
   * @return the first that takes more than its limit, in Kubernetes' words
   */
  Optional<String> excess(PodSpec spec) {
    for (PodSpec.Volume volume : spec.volumes().stream().filter(PodVolumes::isLimited).toList()) {
      long limit = volume.emptyDir().orElseThrow().sizeLimitBytes();
      try {
        if (DiskUse.bytes(emptyDir(volume.name()), limit) > limit) {
          return Optional.of(
              "Usage of EmptyDir volume \"%s\" exceeds the limit \"%s\"."
                  .formatted(volume.name(), quantity(limit)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("can't measure volume " + volume.name(), e);
      }
    }
    return Optional.empty();
  }

  private static String quantity(long bytes) {
    String[] units = {"", "Ki", "Mi", "Gi", "Ti"};
    int unit = Math.min(units.length - 1, Long.numberOfTrailingZeros(bytes) / 10);
    return (bytes >> 10 * unit) + units[unit];
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
      String subPath = mount.subPath().orElse("");
      checkInside(subPath, mount);
      mounts.add(
          new ContainerSpec.VolumeMount(
              root.toString(),
              mount.mountPath(),
              mount.readOnly() || isReadOnly(spec, mount),
              options(mount, subPath)));
    }
    return mounts;
  }

  /** Nobody writes there but the node, or the pod's own spec says so. */
  private static boolean isReadOnly(PodSpec spec, PodContainer.VolumeMount mount) {
    return spec.volumes().stream()
        .filter(v -> v.name().equals(mount.name()))
        .anyMatch(v -> v.files().isPresent() || v.claim().filter(c -> c.readOnly()).isPresent());
  }

  /**
   * Removes the directories, never what a link in them points to, nor persistent volumes;
   * idempotent.
   */
  void remove() {
    deleteTree(directory);
  }

  /** The same of a pod of which only the uid is known. */
  static void remove(Path volumesDirectory, String podUid) {
    deleteTree(volumesDirectory.resolve(podUid));
  }

  static void deleteTree(Path root) {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    MemoryVolumes.unmountBelow(root);
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
    if (volume.claim().isPresent()) {
      try {
        return persistent.directory(volumeOf(volume.claim().get()));
      } catch (IllegalArgumentException e) {
        throw failedMount(volume, e);
      }
    }
    return volume.hostPath().map(h -> Path.of(h.path())).orElseGet(() -> emptyDir(name));
  }

  private Path emptyDir(String volume) {
    return directory.resolve(volume);
  }

  private void makeEmptyDir(PodSpec.Volume volume, PodSpec spec) {
    Path path = emptyDir(volume.name());
    boolean memory = volume.emptyDir().map(e -> e.medium().equals("Memory")).orElse(false);
    if (Files.isDirectory(path) && !memory) {
      return;
    }
    Optional<Long> group = spec.isolation().fsGroup();
    try {
      Files.createDirectories(path);
      // Set-uid files of a container must not be within reach of the machine's users.
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      if (memory) {
        long limit = volume.emptyDir().map(PodSpec.EmptyDir::sizeLimitBytes).orElse(0L);
        MemoryVolumes.mount(path, limit > 0 ? limit : memoryLimit(spec), ANYBODY);
      }
      // Any user of a container may write, as in Kubernetes; a group's files stay the group's.
      if (group.isPresent()) {
        Files.setAttribute(path, "unix:gid", group.get().intValue());
        Files.setAttribute(path, "unix:mode", SET_GROUP_ID | ANYBODY);
      } else {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't make the directory of volume " + volume.name(), e);
    }
  }

  /** What all containers together may use; 0 when one of them has no limit. */
  private static long memoryLimit(PodSpec spec) {
    boolean limited = spec.containers().stream().allMatch(c -> c.limits().memoryBytes() > 0);
    return limited ? spec.containers().stream().mapToLong(c -> c.limits().memoryBytes()).sum() : 0;
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

  /** The words only: links are judged by the runtime, in the moment in which it follows them. */
  private static void checkInside(String subPath, PodContainer.VolumeMount mount) {
    Path path = Path.of(subPath).normalize();
    if (path.isAbsolute() || path.startsWith("..")) {
      throw leaves(mount, subPath);
    }
  }

  private static ContainerSpec.MountOptions options(
      PodContainer.VolumeMount mount, String subPath) {
    Propagation propagation =
        mount
            .propagation()
            .map(
                p ->
                    p == PodContainer.MountPropagation.BIDIRECTIONAL
                        ? Propagation.BIDIRECTIONAL
                        : Propagation.HOST_TO_CONTAINER)
            .orElse(Propagation.PRIVATE);
    return new ContainerSpec.MountOptions(subPath, propagation, false, true);
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
