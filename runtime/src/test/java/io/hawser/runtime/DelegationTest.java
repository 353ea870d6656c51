package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.cgroup.CgroupLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On cgroup v2 with a delegated subtree; elsewhere what does not depend on it. */
@Tag("kernel")
class DelegationTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private TestNode node;
  private List<String> beside;

  @BeforeEach
  void open() throws IOException {
    beside = beside();
    node = TestNode.open();
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static boolean isUnified() {
    return CgroupLayout.read().kind().equals("v2");
  }

  /** This process' own cgroup; it may have moved itself one down since. */
  private static Path own() {
    return CgroupLayout.read().unified().orElseThrow().own();
  }

  private static List<String> beside() throws IOException {
    if (!isUnified()) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(own().getParent())) {
      return entries.filter(Files::isDirectory).map(Path::toString).sorted().toList();
    }
  }

  @Test
  void theAgentMakesRoomAndStaysInItsSubtree() throws IOException {
    assumeTrue(isUnified(), "no machine with cgroup v2 alone");
    node.sandbox("mine");
    Container container = node.runtime.start(TestNode.spec("mine", "main", "sleep", "100"));
    String membership = Files.readString(Path.of("/proc", "" + container.pid(), "cgroup")).strip();
    assertThat(membership).startsWith("0::").endsWith("/mine/main.0").contains("/hawser/");
    Path directory = Path.of("/sys/fs/cgroup" + membership.substring("0::".length()));
    assertThat(directory).startsWithRaw(own());
    assertThat(Files.readString(directory.resolve("cgroup.controllers")))
        .contains("cpu", "memory", "pids", "io");
    assertThat(Files.readString(own().resolve("cgroup.procs"))).isEmpty();
    assertThat(beside()).isEqualTo(beside);
    container.stop(Duration.ZERO);
    TestNode.await(container.exit());
    node.runtime.removeSandbox("mine");
    assertThat(directory.getParent()).doesNotExist();
  }

  @Test
  void aContainerSeesItsOwnCgroupAsTheRoot() {
    assumeTrue(isUnified(), "no machine with cgroup v2 alone");
    ContainerSpec spec =
        TestNode.with(
            TestNode.spec(
                "seen",
                "main",
                "sh",
                "-c",
                "cat /proc/self/cgroup; cd /sys/fs/cgroup; cat memory.max pids.max cpu.max;"
                    + " mkdir x || echo refused"),
            new ContainerSpec.Limits(250, 500, 64 << 20, 33));
    assertThat(node.output(spec).lines())
        .contains("0::/", "67108864", "33", "50000 100000", "refused");
  }

  @Test
  void processesAreBounded() {
    ContainerSpec spec =
        TestNode.with(
            TestNode.spec(
                "forks",
                "main",
                "sh",
                "-c",
                "for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; echo all"),
            new ContainerSpec.Limits(0, 0, 0, 4));
    assertThat(node.output(spec)).contains("fork").doesNotContain("all");
  }

  @Test
  void theMachinesMemoryCanNotBeRead() {
    ContainerSpec spec =
        TestNode.spec(
            "device",
            "main",
            "sh",
            "-c",
            "mknod /tmp/mem c 1 1; head -c 1 /tmp/mem 2>&1; head -c 1 /dev/zero | wc -c");
    assertThat(node.output(spec)).contains("Operation not permitted").endsWith("1\n");
  }

  @Test
  void usageIsReadAndAllIsKilledAtOnce() {
    node.sandbox("used");
    Container container =
        node.runtime.start(
            TestNode.spec("used", "main", "sh", "-c", "sleep 1000 & while :; do :; done"));
    await().atMost(DEADLINE).until(() -> container.usage().cpuNanos() > 10_000_000L);
    Usage usage = container.usage();
    assertThat(usage.memoryBytes()).isPositive();
    assertThat(usage.pids()).isEqualTo(2);
    if (isUnified() && Files.exists(Path.of("/proc/pressure"))) {
      assertThat(usage.pressure()).isPresent();
    }
    node.runtime.fence();
    assertThat(TestNode.await(container.exit()).signal()).isEqualTo(9);
  }
}
