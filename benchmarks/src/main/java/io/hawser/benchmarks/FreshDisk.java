package io.hawser.benchmarks;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An ext4 of its own in a file, for one measurement: on a used one the inodes that an earlier
 * measurement deleted slow down every file made for minutes.
 */
final class FreshDisk implements AutoCloseable {
  private static final long BYTES = 3L << 30;

  private final Path file;
  private final Path mount;

  private FreshDisk(Path file, Path mount) {
    this.file = file;
    this.mount = mount;
  }

  static FreshDisk make(Path dir) throws Exception {
    Path file = Files.createTempFile(dir, "disk", ".ext4");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(BYTES);
    }
    Command.time(
        List.of(
            "mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", file + ""));
    Path mount = Files.createTempDirectory(dir, "mount");
    Command.time(List.of("mount", "-o", "loop", file.toString(), mount.toString()));
    return new FreshDisk(file, mount);
  }

  Path path() {
    return mount;
  }

  /** Podman leaves mounts of its own below. */
  @Override
  public void close() throws Exception {
    Command.time(List.of("umount", "-R", mount.toString()));
    Files.delete(mount);
    Files.delete(file);
  }
}
