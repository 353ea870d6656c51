package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.ops.node.NodeRuntime;
import io.hawser.runtime.cgroup.CgroupLayout;
import io.hawser.runtime.network.PodNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What of one cluster is on this machine: processes in its cgroups or with its directory in their
 * command, its mounts, cgroups, bridges, nftables tables, and network links without a bridge. Other
 * clusters on the machine are not looked at.
 */
final class Leftovers {
  private static final Duration BOUND = Duration.ofSeconds(30);
  private final Path dir;
  private final Set<String> nodes;
  private final Set<String> strayLinksBefore = strayLinks();

  /** To be made before the cluster is. */
  Leftovers(Path dir, List<String> nodeNames) {
    this.dir = dir;
    this.nodes = nodeNames.stream().map(name -> runtimeName(dir, name)).collect(Collectors.toSet());
  }

  /** A node's name in cgroups and links. */
  static String runtimeName(Path dir, String node) {
    return NodeRuntime.config(
            node, dir.resolve(node), dir.resolve("images"), "10.0.0.0/24", Duration.ofSeconds(1))
        .nodeName();
  }

  void awaitNone() {
    await("nothing left behind").atMost(BOUND).untilAsserted(() -> assertThat(now()).isEmpty());
  }

  Set<String> now() {
    Set<String> things = new TreeSet<>();
    processes(things);
    mounts(things);
    cgroups(things);
    for (String node : nodes) {
      if (Files.exists(Path.of("/sys/class/net", PodNetwork.bridgeName(node)))) {
        things.add("bridge of " + node);
      }
      if (PodNetwork.tables().contains(PodNetwork.bridgeName(node))) {
        things.add("nftables table of " + node);
      }
    }
    strayLinks().stream().filter(l -> !strayLinksBefore.contains(l)).forEach(things::add);
    return things;
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

  private void processes(Set<String> things) {
    ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .forEach(
            pid -> {
              String command = String.join(" ", commandLine(pid));
              String groups = cgroups(pid);
              if (command.contains(dir.toString())
                  || nodes.stream().anyMatch(n -> groups.contains("/hawser/" + n + "/"))) {
                things.add("process " + pid + " " + command);
              }
            });
  }

  private void mounts(Set<String> things) {
    read("/proc/self/mountinfo")
        .lines()
        .filter(line -> line.contains(dir.toString()))
        .map(line -> "mount " + line.split(" ")[4])
        .forEach(things::add);
  }

  /** Where this process is in each hierarchy, and at the top, where other runtimes make theirs. */
  private void cgroups(Set<String> things) {
    CgroupLayout.read().hierarchies().stream()
        .flatMap(hierarchy -> Stream.of(hierarchy.own(), hierarchy.top()))
        .flatMap(place -> nodes.stream().map(n -> place.resolve("hawser").resolve(n)))
        .filter(Files::isDirectory)
        .forEach(cgroup -> things.add("cgroup " + cgroup));
  }

  /** Pods' links that no bridge holds any more. */
  private static Set<String> strayLinks() {
    try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
      return links
          .filter(l -> l.getFileName().toString().startsWith("hwp"))
          .filter(l -> !Files.exists(l.resolve("master")))
          .map(l -> "link " + l.getFileName())
          .collect(Collectors.toSet());
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
