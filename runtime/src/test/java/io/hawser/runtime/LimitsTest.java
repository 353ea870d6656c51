package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.ContainerSpec.Finer;
import io.hawser.runtime.ContainerSpec.Io;
import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.ContainerSpec.Throttle;
import io.hawser.runtime.cgroup.CgroupLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rarer limits, changes in place, and what is read back; on cgroup v1, v2 and both. */
@Tag("kernel")
class LimitsTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static boolean has(String... controllers) {
    CgroupLayout layout = CgroupLayout.read();
    return Stream.of(controllers).anyMatch(c -> layout.with(c).isPresent());
  }

  private static Container sleeper(String podUid, Limits limits) {
    node.sandbox(podUid);
    return node.runtime.start(TestNode.with(TestNode.spec(podUid, "main", "sleep", "60"), limits));
  }

  private static Limits with(Finer finer) {
    return new Limits(0, 0, 0, 0, finer);
  }

  /** The value of a control file of the container's cgroup, whichever version has it. */
  private static String value(Container container, String... files) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", "" + container.pid(), "cgroup"))) {
      String[] fields = line.split(":", 3);
      for (CgroupLayout.Hierarchy hierarchy : CgroupLayout.read().hierarchies()) {
        boolean same =
            hierarchy.version() == 2
                ? fields[1].isEmpty()
                : List.of(fields[1].split(",")).containsAll(hierarchy.controllers());
        Path mount = hierarchy.own();
        for (String file : files) {
          Path path = mount.resolve(fields[2].replaceFirst(".*?/hawser/", "hawser/")).resolve(file);
          if (same && Files.exists(path)) {
            return Files.readString(path).strip();
          }
        }
      }
    }
    throw new AssertionError("no " + List.of(files));
  }

  @Test
  void processorsAreTheOnesGiven() throws IOException {
    assumeTrue(has("cpuset"), "no cpuset controller");
    Container container = sleeper("cpuset", with(new Finer("0", "0", 0, 0, Io.NONE, Map.of())));
    assertThat(Files.readString(Path.of("/proc", "" + container.pid(), "status")))
        .contains("Cpus_allowed_list:\t0\n");
    TestNode.await(container.stop(Duration.ZERO));
    container.remove();
    node.sandbox("cpuset2");
    ContainerSpec wrong =
        TestNode.with(
            TestNode.spec("cpuset2", "main", "true"),
            with(new Finer("4000", "", 0, 0, Io.NONE, Map.of())));
    assertThatThrownBy(() -> node.runtime.start(wrong)).hasMessageContaining("cpuset.cpus, 4000)");
  }

  @Test
  void memoryIsReservedAndSwapBounded() throws IOException {
    Finer finer = new Finer("", "", 16 << 20, 8 << 20, Io.NONE, Map.of());
    Container container = sleeper("memory", new Limits(0, 0, 32 << 20, 0, finer));
    assertThat(value(container, "memory.soft_limit_in_bytes", "memory.low")).isEqualTo("16777216");
    assertThat(value(container, "memory.memsw.limit_in_bytes", "memory.swap.max"))
        .isIn("41943040", "8388608");
    TestNode.await(container.stop(Duration.ZERO));
  }

  @Test
  void aPodAsAWholeIsLimitedAndNoLongerLimited() throws IOException {
    Container container = sleeper("whole", new Limits(0, 0, 32 << 20, 0));
    node.runtime.limitSandbox("whole", new Limits(250, 0, 64 << 20, 0));
    String[] files = {"../memory.limit_in_bytes", "../memory.max"};
    assertThat(value(container, files)).isEqualTo("67108864");
    assertThat(value(container, "../cpu.shares", "../cpu.weight")).isIn("256", "10");
    assertThat(value(container, "memory.limit_in_bytes", "memory.max")).isEqualTo("33554432");
    node.runtime.limitSandbox("whole", Limits.NONE);
    assertThat(value(container, files)).isNotEqualTo("67108864");
    TestNode.await(container.stop(Duration.ZERO));
  }

  @Test
  void deviceIsThrottled() throws IOException {
    assumeTrue(has("io", "blkio"), "no io controller");
    Throttle throttle = new Throttle(7, 0, 1 << 20, 0, 0, 50);
    Finer finer = new Finer("", "", 0, 0, new Io(0, List.of(throttle)), Map.of());
    assumeTrue(Files.exists(Path.of("/dev/loop0")), "no loop device");
    Container container = sleeper("io", with(finer));
    assertThat(value(container, "blkio.throttle.read_bps_device", "io.max"))
        .contains("7:0")
        .contains("1048576");
    TestNode.await(container.stop(Duration.ZERO));
  }

  @Test
  void hugePagesAreBoundedOrTheirLackIsNamed() throws IOException {
    Finer finer = new Finer("", "", 0, 0, Io.NONE, Map.of("2MB", 4L << 20));
    try {
      Container container = sleeper("huge", with(finer));
      assertThat(value(container, "hugetlb.2MB.max", "hugetlb.2MB.limit_in_bytes"))
          .isEqualTo("4194304");
      TestNode.await(container.stop(Duration.ZERO));
    } catch (RuntimeFault fault) {
      assertThat(fault).hasMessageContaining("hugetlb").hasMessageContaining("does not have");
    }
    Finer unknown = new Finer("", "", 0, 0, Io.NONE, Map.of("3MB", 1L));
    assertThatThrownBy(() -> sleeper("huge2", with(unknown)))
        .hasMessageMatching("(?s).*(none of 3MB|does not have).*");
  }

  @Test
  void limitsChangeInPlaceBothWays() throws IOException {
    Container container = sleeper("update", new Limits(1000, 500, 64 << 20, 50));
    container.update(new Limits(500, 250, 32 << 20, 20));
    assertThat(value(container, "memory.limit_in_bytes", "memory.max")).isEqualTo("33554432");
    assertThat(value(container, "pids.max")).isEqualTo("20");
    assertThat(value(container, "cpu.cfs_quota_us", "cpu.max")).startsWith("25000");
    container.update(new Limits(500, 0, 128 << 20, 0));
    assertThat(value(container, "memory.limit_in_bytes", "memory.max")).isEqualTo("134217728");
    assertThat(value(container, "pids.max")).isEqualTo("max");
    assertThat(value(container, "cpu.cfs_quota_us", "cpu.max")).containsPattern("^(-1|max)");
    if (has("cpuset")) {
      container.update(with(new Finer("0", "", 0, 0, Io.NONE, Map.of())));
      assertThat(Files.readString(Path.of("/proc", "" + container.pid(), "status")))
          .contains("Cpus_allowed_list:\t0\n");
    }
    assertThatThrownBy(() -> container.update(with(new Finer("9999", "", 0, 0, Io.NONE, Map.of()))))
        .isInstanceOf(RuntimeFault.class);
    TestNode.await(container.stop(Duration.ZERO));
  }

  @Test
  void killsForWantOfMemoryAreCounted() {
    node.sandbox("kills");
    ContainerSpec spec =
        TestNode.spec(
            "kills", "main", "sh", "-c", "(tail /dev/zero); (tail /dev/zero); exec sleep 60");
    Container container = node.runtime.start(TestNode.with(spec, new Limits(0, 0, 24 << 20, 0)));
    await().atMost(Duration.ofSeconds(30)).until(() -> container.usage().oomKills() >= 2);
    assertThat(container.usage().memoryBytes()).isPositive();
    TestNode.await(container.stop(Duration.ZERO));
  }

  /** A limit below what the process needs: it says so, and nothing is left. */
  @Test
  void limitBelowWhatTheProcessNeedsIsSaid() {
    node.sandbox("tiny");
    ContainerSpec spec = TestNode.spec("tiny", "main", "sh", "-c", "tail /dev/zero");
    ContainerSpec tiny = TestNode.with(spec, new Limits(0, 0, 8 << 10, 0));
    try {
      ExitStatus exit = TestNode.await(node.runtime.start(tiny).exit());
      assertThat(exit.oomKilled()).isTrue();
    } catch (RuntimeFault fault) {
      assertThat(fault).hasMessageContaining("killed before its program ran");
      assertThat(node.base.resolve("node/pods/tiny/containers")).isEmptyDirectory();
    }
  }
}
