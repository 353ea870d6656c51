package io.hawser.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What of Hawser's is on this machine: processes in its cgroups or with its name in their command,
 * its mounts, cgroups, network links.
 */
record Leftovers(Set<String> things) {

  static Leftovers now() {
    Set<String> things = new TreeSet<>();
    processes(things);
    mounts(things);
    cgroups(things);
    links(things);
    return new Leftovers(things);
  }

  /** What is here now and was not then. */
  Set<String> since(Leftovers earlier) {
    Set<String> more = new TreeSet<>(things);
    more.removeAll(earlier.things);
    return more;
  }

  static List<String> commandLine(long pid) {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline"));
      return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
    } catch (IOException gone) {
      return List.of();
    }
  }

  /** proc(5) {@code /proc/PID/cgroup}; empty when the process is gone. */
  static String cgroups(long pid) {
    return read("/proc/" + pid + "/cgroup");
  }

  private static void processes(Set<String> things) {
    long self = ProcessHandle.current().pid();
    ProcessHandle.allProcesses()
        .filter(p -> p.pid() != self)
        .forEach(
            p -> {
              String command = String.join(" ", commandLine(p.pid()));
              boolean node =
                  command.contains("io.hawser.ops.cli.Hawser")
                      || command.contains("hawser-system-");
              if (node || cgroups(p.pid()).contains("/hawser/")) {
                things.add("process " + p.pid() + " " + command);
              }
            });
  }

  private static void mounts(Set<String> things) {
    read("/proc/self/mountinfo")
        .lines()
        .filter(line -> line.contains("hawser"))
        .map(line -> "mount " + line.split(" ")[4])
        .forEach(things::add);
  }

  private static void cgroups(Set<String> things) {
    try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
      List<Path> roots = new ArrayList<>(hierarchies.filter(Files::isDirectory).toList());
      roots.add(Path.of("/sys/fs/cgroup"));
      for (Path root : roots) {
        Path hawser = root.resolve("hawser");
        if (Files.isDirectory(hawser)) {
          try (Stream<Path> nodes = Files.list(hawser)) {
            nodes.filter(Files::isDirectory).forEach(n -> things.add("cgroup " + n));
          }
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void links(Set<String> things) {
    try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
      things.addAll(
          links
              .map(l -> l.getFileName().toString())
              .filter(name -> name.matches("hw[sp].*"))
              .map(name -> "link " + name)
              .collect(Collectors.toSet()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException gone) {
      return "";
    }
  }
}
