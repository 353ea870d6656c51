package io.hawser.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What is mounted where, from {@code /proc/self/mountinfo}. */
final class Mounts {
  private Mounts() {}

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
