package io.hawser.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What is mounted where, from {@code /proc/self/mountinfo}. */
public final class Mounts {
  private Mounts() {}

  /** How many mounts lie on each other at a mount point; 0: it is none. */
  public static int at(Path mountPoint) {
    return (int) under(mountPoint).stream().filter(mountPoint.toString()::equals).count();
  }

  /** The mount points at or below a directory, in mount order. */
  static List<String> under(Path directory) {
    try {
      return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
          .map(line -> line.split(" ")[4].replace("\\040", " "))
          .filter(mount -> Path.of(mount).startsWith(directory))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/self/mountinfo is not readable", e);
    }
  }
}
