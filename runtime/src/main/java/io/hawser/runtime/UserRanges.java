package io.hawser.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Ranges of the machine's user ids for pods with users of their own. All nodes of a machine share
 * them: a file of each range in use names the directory of the pod that has it. The files are in a
 * directory that is empty after a boot, as all such pods are gone then.
 */
final class UserRanges {
  /** As many ids as a pod has: what images use, and what Kubernetes gives. */
  static final long LENGTH = 65536;

  /**
   * Ids from 0x70000000 on belong to nobody: systemd's and Debian's conventions end below
   * (systemd.io/UIDS-GIDS), and most programs take an id for a signed number.
   */
  static final long FIRST = 0x70000000L;

  /** Belongs to no pod: for trying whether a machine can do it. */
  static final long TRIAL = FIRST - LENGTH;

  /** The pods with users of their own that a machine can have. */
  static final int COUNT = 4096;

  private final Path directory;

  UserRanges(Path directory) {
    this.directory = directory;
  }

  /** The machine's. */
  static UserRanges ofMachine() {
    return new UserRanges(Path.of("/run/hawser/users"));
  }

  /**
   * Takes a range that is free, or whose holder is gone.
   *
   * @param holder a file that exists as long as the pod does
   * @return the machine's id of the pod's root
   * @throws IllegalStateException when all are taken
   */
  long allocate(Path holder) {
    return locked(
        () -> {
          int start = Math.floorMod(holder.hashCode(), COUNT);
          for (int i = 0; i < COUNT; i++) {
            int index = (start + i) % COUNT;
            Path file = directory.resolve("" + index);
            if (!Files.exists(file) || !Files.exists(Path.of(Files.readString(file)))) {
              Files.writeString(file, holder.toString());
              return FIRST + index * LENGTH;
            }
          }
          throw new IllegalStateException(
              "all " + COUNT + " ranges of user ids of this machine are taken by pods");
        });
  }

  /** Idempotent. */
  void release(long base, Path holder) {
    locked(
        () -> {
          Path file = directory.resolve("" + (base - FIRST) / LENGTH);
          if (Files.exists(file) && Files.readString(file).equals(holder.toString())) {
            Files.delete(file);
          }
          return base;
        });
  }

  private interface Step {
    long run() throws IOException;
  }

  /** One at a time, over all processes of the machine. */
  private long locked(Step step) {
    synchronized (UserRanges.class) {
      try {
        Files.createDirectories(directory);
        try (FileChannel lock =
                FileChannel.open(
                    directory.resolve("lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            FileLock held = lock.lock()) {
          return step.run();
        }
      } catch (IOException e) {
        throw new UncheckedIOException("ranges of user ids in " + directory + ": " + e, e);
      }
    }
  }
}
