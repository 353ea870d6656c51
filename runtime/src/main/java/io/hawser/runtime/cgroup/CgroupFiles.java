package io.hawser.runtime.cgroup;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Reading and writing a cgroup's files, with errors that name the file and the value. */
final class CgroupFiles {
  /** A dying process keeps its cgroup busy for at most about this long. */
  private static final long REMOVE_TIMEOUT_NANOS = 10_000_000_000L;

  private CgroupFiles() {}

  static void write(Path file, String value) {
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      out.write(value.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException("write(" + file + ", " + value + ") failed: " + cause(e), e);
    }
  }

  private static String cause(IOException e) {
    String message = String.valueOf(e.getMessage());
    int open = message.lastIndexOf('(');
    return open < 0 ? message : message.substring(open + 1).replace(")", "");
  }

  static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) { // gone with its cgroup, or no such controller
      return Optional.empty();
    }
  }

  static long readLong(Path file) {
    return read(file).filter(text -> !text.equals("max")).map(Long::parseLong).orElse(0L);
  }

  /** The value after a key in a file of lines {@code key value}; 0 when missing. */
  static long readKey(Path file, String key) {
    for (String line : read(file).orElse("").split("\n")) {
      String[] fields = line.split(" ");
      if (fields.length == 2 && fields[0].equals(key)) {
        return Long.parseLong(fields[1]);
      }
    }
    return 0;
  }

  static void make(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("mkdir(" + directory + ") failed: " + cause(e), e);
    }
  }

  static List<Path> children(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The cgroup and all below it, deepest first. */
  static List<Path> subtree(Path directory) {
    List<Path> all = new ArrayList<>();
    for (Path child : children(directory)) {
      all.addAll(subtree(child));
    }
    if (Files.isDirectory(directory)) {
      all.add(directory);
    }
    return all;
  }

  /**
   * Removes a cgroup; one that is in use has its processes killed, and a bounded time is waited for
   * their death.
   *
   * @throws UncheckedIOException when it stays busy
   */
  static void remove(Path directory) {
    if (directory.toFile().delete() || !Files.exists(directory)) {
      return;
    }
    CgroupKill.killAll(directory);
    long deadline = System.nanoTime() + REMOVE_TIMEOUT_NANOS;
    while (true) {
      try {
        Files.delete(directory);
        return;
      } catch (NoSuchFileException e) {
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new UncheckedIOException("rmdir(" + directory + ") failed: " + cause(e), e);
        }
        LockSupport.parkNanos(200_000);
      }
    }
  }
}
