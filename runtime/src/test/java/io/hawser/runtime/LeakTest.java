package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.network.PodNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class LeakTest {
  private static final int STARTS = 300;

  /** What a node could leave behind on the machine, as counts. */
  private static Map<String, Long> machine(TestNode node) throws IOException {
    Map<String, Long> counts = new TreeMap<>();
    counts.put("mounts", lines("/proc/self/mountinfo", node.base.toString()));
    String bridge = PodNetwork.bridgeName(node.config.nodeName());
    counts.put("interfaces", count(Path.of("/sys/class/net", bridge, "brif"), "hwp"));
    counts.put("cgroups", cgroups(node.config.nodeName()));
    return counts;
  }

  private static long lines(String file, String containing) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines.filter(line -> line.contains(containing)).count();
    }
  }

  private static long count(Path directory, String pattern) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(p -> p.getFileName().toString().matches("(" + pattern + ").*")).count();
    }
  }

  private static long cgroups(String nodeName) throws IOException {
    try (Stream<Path> all = Files.walk(Path.of("/sys/fs/cgroup"))) {
      return all.filter(p -> p.toString().contains("/hawser/" + nodeName)).count();
    }
  }

  private static Map<String, Long> process() throws IOException {
    Map<String, Long> counts = new TreeMap<>();
    counts.put("descriptors", count(Path.of("/proc/self/fd"), "."));
    counts.put("threads", count(Path.of("/proc/self/task"), "."));
    counts.put("children", ProcessHandle.current().children().count());
    return counts;
  }

  @Test
  void manyStartsLeaveNothing() throws Exception {
    try (TestNode node = TestNode.open()) {
      node.sandbox("leak");
      for (int i = 0; i < 20; i++) {
        start(node, i);
      }
      node.runtime.settle(); // containers are removed behind their callers
      Map<String, Long> machine =
          await().ignoreExceptions().until(() -> machine(node), counts -> !counts.isEmpty());
      Map<String, Long> process = process();
      for (int i = 20; i < 20 + STARTS; i++) {
        start(node, i);
      }
      node.runtime.settle();
      await()
          .ignoreExceptions() // cgroups of others go while one looks
          .untilAsserted(() -> assertThat(machine(node)).isEqualTo(machine));
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(process())
                      .allSatisfy((k, v) -> assertThat(v).isLessThanOrEqualTo(process.get(k) + 2)));
      assertThat(node.config.stateDir().resolve("pods/leak/containers")).isEmptyDirectory();
    }
  }

  private static void start(TestNode node, int attempt) {
    ContainerSpec s = TestNode.spec("leak", "main", "true");
    ContainerSpec spec =
        new ContainerSpec(
            "leak.main." + attempt,
            "leak",
            "main",
            attempt,
            s.image(),
            s.command(),
            s.args(),
            s.env(),
            s.workingDir(),
            s.limits(),
            s.security(),
            s.mounts(),
            false);
    Container container = node.runtime.start(spec);
    assertThat(TestNode.await(container.exit()).code()).isZero();
    container.remove();
  }

  @Test
  void purgeLeavesNothing() throws Exception {
    TestNode node = TestNode.open();
    for (int i = 0; i < 3; i++) {
      node.sandbox("pod" + i);
      node.runtime.start(TestNode.spec("pod" + i, "main", "sleep", "1000"));
    }
    await()
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(machine(node))
                    .allSatisfy((kind, count) -> assertThat(count).isPositive()));
    node.runtime.purge();
    NodeLeftovers.awaitNone(node);
    assertThat(node.config.stateDir()).doesNotExist();
    node.runtime = null;
    node.close();
  }
}
