package io.hawser.node;

import io.hawser.model.ConfigSource;
import io.hawser.model.ConfigSource.FileVolume;
import io.hawser.model.ConfigSource.Files;
import io.hawser.model.ConfigSource.Item;
import io.hawser.model.ResourceAmounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The files of a volume made from config maps, secrets and the pod itself. They change all at once:
 * each is a link through {@code ..data} to a directory that is only ever replaced whole, as
 * programs that watch such volumes in Kubernetes expect.
 */
final class ConfigFiles {
  private static final String CURRENT = "..data";
  private static final String NEXT = "..data_tmp";
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  private ConfigFiles() {}

  /** One file. */
  record Content(byte[] bytes, int mode) {
    boolean isIn(Path file) throws IOException {
      return java.nio.file.Files.isRegularFile(file)
          && Arrays.equals(java.nio.file.Files.readAllBytes(file), bytes)
          && java.nio.file.Files.getPosixFilePermissions(file).equals(permissions(mode));
    }
  }

  /**
   * What a volume holds, by path below it.
   *
   * @throws ConfigFault for an object or key that does not exist and is not optional
   */
  static Map<String, Content> of(
      FileVolume volume, PodFields fields, ConfigValues config, ResourceAmounts capacity) {
    Map<String, Content> files = new TreeMap<>();
    for (Files source : volume.sources()) {
      if (source.kind() == ConfigSource.Kind.DOWNWARD) {
        for (Item item : source.items()) {
          String text =
              item.resource()
                  .map(ref -> Variables.resource(fields, ref.container(), ref, capacity))
                  .orElseGet(() -> fields.value(item.key()));
          put(files, item, text.getBytes(StandardCharsets.UTF_8), volume);
        }
      } else {
        config
            .all(source.kind(), fields.pod().name().namespace(), source.name(), source.optional())
            .ifPresent(values -> object(files, source, values, volume));
      }
    }
    return files;
  }

  private static void object(
      Map<String, Content> files, Files source, Map<String, byte[]> values, FileVolume volume) {
    if (source.items().isEmpty()) {
      values.forEach((key, bytes) -> files.put(key, new Content(bytes, volume.defaultMode())));
    }
    for (Item item : source.items()) {
      byte[] bytes = values.get(item.key());
      if (bytes != null) {
        put(files, item, bytes, volume);
      } else if (!source.optional()) {
        throw ConfigValues.missing(source.kind(), source.name(), item.key());
      }
    }
  }

  private static void put(Map<String, Content> files, Item item, byte[] bytes, FileVolume volume) {
    files.put(item.path(), new Content(bytes, item.mode().orElse(volume.defaultMode())));
  }

  /**
   * Makes the volume's directory hold exactly these files; idempotent, and safe to break off at any
   * point. Blocks.
   */
  static void write(Path directory, Map<String, Content> files) {
    try {
      java.nio.file.Files.createDirectories(directory);
      if (holds(directory, files)) {
        return;
      }
      Path fresh = java.nio.file.Files.createTempDirectory(directory, "..");
      java.nio.file.Files.setPosixFilePermissions(fresh, permissions(0755));
      for (Map.Entry<String, Content> file : files.entrySet()) {
        writeOne(fresh.resolve(file.getKey()), file.getValue());
      }
      Optional<Path> old = target(directory);
      Path next = directory.resolve(NEXT);
      java.nio.file.Files.deleteIfExists(next);
      java.nio.file.Files.createSymbolicLink(next, fresh.getFileName());
      java.nio.file.Files.move(next, directory.resolve(CURRENT), StandardCopyOption.ATOMIC_MOVE);
      link(directory, files.keySet());
      old.ifPresent(PodVolumes::deleteTree);
    } catch (IOException e) {
      throw new UncheckedIOException("can't write the files of volume " + directory, e);
    }
  }

  private static boolean holds(Path directory, Map<String, Content> files) throws IOException {
    Optional<Path> current = target(directory);
    if (current.isEmpty()) {
      return false;
    }
    try (Stream<Path> tree = java.nio.file.Files.walk(current.get())) {
      List<String> there =
          tree.filter(p -> java.nio.file.Files.isRegularFile(p))
              .map(p -> current.get().relativize(p).toString())
              .sorted()
              .toList();
      if (!there.equals(List.copyOf(files.keySet()))) {
        return false;
      }
    }
    for (Map.Entry<String, Content> file : files.entrySet()) {
      if (!file.getValue().isIn(current.get().resolve(file.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static Optional<Path> target(Path directory) throws IOException {
    Path link = directory.resolve(CURRENT);
    return java.nio.file.Files.isSymbolicLink(link)
        ? Optional.of(directory.resolve(java.nio.file.Files.readSymbolicLink(link)))
        : Optional.empty();
  }

  private static void writeOne(Path file, Content content) throws IOException {
    java.nio.file.Files.createDirectories(file.getParent());
    java.nio.file.Files.createFile(
        file,
        java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE)));
    java.nio.file.Files.write(file, content.bytes());
    java.nio.file.Files.setPosixFilePermissions(file, permissions(content.mode()));
  }

  /** A link for each first step of a path; those of files that are gone are removed. */
  private static void link(Path directory, Set<String> paths) throws IOException {
    Set<String> wanted = new TreeSet<>();
    paths.forEach(path -> wanted.add(Path.of(path).getName(0).toString()));
    for (String name : wanted) {
      Path link = directory.resolve(name);
      if (!java.nio.file.Files.isSymbolicLink(link)) {
        java.nio.file.Files.createSymbolicLink(link, Path.of(CURRENT, name));
      }
    }
    try (Stream<Path> there = java.nio.file.Files.list(directory)) {
      for (Path link : there.toList()) {
        String name = link.getFileName().toString();
        if (!name.startsWith("..") && !wanted.contains(name)) {
          java.nio.file.Files.delete(link);
        }
      }
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    for (int bit = 0; bit < BITS.length; bit++) {
      if ((mode & 1 << bit) != 0) {
        set.add(BITS[bit]);
      }
    }
    return set;
  }
}
