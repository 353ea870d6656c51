package io.hawser.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The machine's devices, for privileged containers. */
final class MachineDevices {
  private static final int KIND = 0170000;
  private static final int BLOCK = 0060000;
  private static final int CHARACTER = 0020000;

  /** Made for every container, or file systems of its own. */
  private static final Set<String> OWN =
      Set.of(
          "null",
          "zero",
          "full",
          "random",
          "urandom",
          "tty",
          "ptmx",
          "console",
          "pts",
          "shm",
          "mqueue",
          "fd",
          "stdin",
          "stdout",
          "stderr",
          "hugepages");

  private MachineDevices() {}

  /** Everything in /dev and its directories that is a device now. */
  static List<Isolation.Device> list() {
    List<Isolation.Device> devices = new ArrayList<>();
    add(Path.of("/dev"), devices);
    return devices;
  }

  private static void add(Path directory, List<Isolation.Device> devices) {
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        if (!OWN.contains(entry.getFileName().toString())) {
          if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            add(entry, devices);
          } else {
            device(entry, devices);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("list(" + directory + ") failed: " + e.getMessage(), e);
    }
  }

  private static void device(Path path, List<Isolation.Device> devices) throws IOException {
    Map<String, Object> stat =
        Files.readAttributes(path, "unix:mode,uid,gid,rdev", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) stat.get("mode");
    int kind = mode & KIND;
    if (kind == BLOCK || kind == CHARACTER) {
      long number = (Long) stat.get("rdev");
      devices.add(
          new Isolation.Device(
              path.toString(),
              kind == BLOCK ? 'b' : 'c',
              (int) (number >>> 8 & 0xfff | number >>> 32 & ~0xfffL),
              (int) (number & 0xff | number >>> 12 & ~0xffL),
              mode & 0777,
              (Integer) stat.get("uid"),
              (Integer) stat.get("gid"),
              "rwm"));
    }
  }
}
