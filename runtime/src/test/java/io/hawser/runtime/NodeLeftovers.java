package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.cgroup.CgroupLayout;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.network.PodNetwork;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a test's node has left on this machine: cgroups, mounts, its bridge, its nftables table. And
 * what nodes of tests have left whose JVM was killed: nobody else would clear that.
 */
final class NodeLeftovers {
  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final String PREFIX = "hawser-test-";
  private static final Pattern BASE = Pattern.compile(PREFIX + "(\\d+)-(\\d+)-.*");

  private NodeLeftovers() {}

  /** The beginning of a node's directory, by which {@link #clearOfKilledTests} knows it. */
  static String baseName(long pid, int number) {
    return PREFIX + pid + "-" + number + "-";
  }

  static String nodeName(long pid, int number) {
    return "test-" + pid + "-" + number;
  }

  /** The kernel removes some of it a little later. */
  static void awaitNone(TestNode node) {
    await("nothing of the node is left")
        .atMost(BOUND)
        .untilAsserted(() -> assertThat(of(node)).isEmpty());
  }

  private static Set<String> of(TestNode node) {
    String name = node.config.nodeName();
    Set<String> left = new TreeSet<>();
    String bridge = PodNetwork.bridgeName(name);
    if (Files.exists(Path.of("/sys/class/net", bridge))) {
      left.add("bridge " + bridge);
    }
    if (PodNetwork.tables().contains(bridge)) {
      left.add("nftables table " + bridge);
    }
    for (CgroupLayout.Hierarchy hierarchy : CgroupLayout.read().hierarchies()) {
      for (Path place : List.of(hierarchy.own(), hierarchy.top())) {
        Path cgroup = place.resolve("hawser").resolve(name);
        if (Files.exists(cgroup)) {
          left.add("cgroup " + cgroup);
        }
      }
    }
    Mounts.under(node.base).forEach(mount -> left.add("mount " + mount));
    return left;
  }

  /** Purges the nodes of test JVMs that are gone. */
  static void clearOfKilledTests() {
    File[] bases = new File(System.getProperty("java.io.tmpdir")).listFiles();
    for (File base : bases == null ? new File[0] : bases) {
      Matcher matcher = BASE.matcher(base.getName());
      if (matcher.matches()) {
        long pid = Long.parseLong(matcher.group(1));
        if (ProcessHandle.of(pid).isEmpty()) {
          purge(base.toPath(), pid, Integer.parseInt(matcher.group(2)));
        }
      }
    }
  }

  private static void purge(Path base, long pid, int number) {
    RuntimeConfig config = TestNode.config(base, pid, number, BOUND);
    try {
      ContainerRuntime.open(config).purge();
      TreeRemoval.delete(base);
    } catch (RuntimeException e) {
      // Another test JVM is about it already.
      System.out.println("not all of " + base + " was cleared: " + e);
    }
  }
}
