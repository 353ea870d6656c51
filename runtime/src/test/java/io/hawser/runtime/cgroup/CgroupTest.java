package io.hawser.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.Usage;
import io.hawser.runtime.kernel.RecordingKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupTest {
  @TempDir Path root;
  private final RecordingKernel kernel = new RecordingKernel();

  private static String mount(String root, Path point, String type, String options) {
    return mount("rw", root, point, type, options);
  }

  /** Each hierarchy has a device of its own, however often it is mounted. */
  private static String mount(String access, String root, Path point, String type, String options) {
    return "31 23 0:%d %s %s %s,nosuid - %s x rw,%s\n"
        .formatted(options.hashCode() & 0xffff, root, point, access, type, options);
  }

  /** A cgroup2 file system is just directories and files here. */
  private CgroupLayout v2() throws IOException {
    Path own = Files.createDirectories(root.resolve("user.slice"));
    Files.writeString(own.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
    return CgroupLayout.parse(mount("/", root, "cgroup2", "nsdelegate"), "0::/user.slice\n");
  }

  @Test
  void unifiedLayoutIsFound() throws IOException {
    CgroupLayout layout = v2();
    assertThat(layout.kind()).isEqualTo("v2");
    assertThat(layout.unified().orElseThrow().own()).isEqualTo(root.resolve("user.slice"));
    assertThat(layout.with("memory").orElseThrow().controllers()).contains("cpu", "pids");
  }

  @Test
  void hybridLayoutIsFound() {
    CgroupLayout layout =
        CgroupLayout.parse(
            mount("/", root.resolve("cpu,cpuacct"), "cgroup", "cpu,cpuacct")
                + mount("/", root.resolve("memory"), "cgroup", "memory")
                + mount("/", root.resolve("systemd"), "cgroup", "name=systemd")
                + mount("/", root.resolve("unified"), "cgroup2", "x"),
            "5:cpu,cpuacct:/a\n4:memory:/b/c\n1:name=systemd:/d\n0::/e\n");
    assertThat(layout.kind()).isEqualTo("hybrid");
    assertThat(layout.with("cpuacct").orElseThrow().own()).isEqualTo(root.resolve("cpu,cpuacct/a"));
    assertThat(layout.with("memory").orElseThrow().own()).isEqualTo(root.resolve("memory/b/c"));
    assertThat(layout.unified().orElseThrow().own()).isEqualTo(root.resolve("unified/e"));
    assertThat(layout.with("pids")).isEmpty();
  }

  @Test
  void mountOfAPartOfTheHierarchyIsTakenIntoAccount() {
    CgroupLayout layout =
        CgroupLayout.parse(
            mount("/docker/x", root, "cgroup", "memory"), "4:memory:/docker/x/sub\n");
    assertThat(layout.with("memory").orElseThrow().own()).isEqualTo(root.resolve("sub"));
  }

  @Test
  void ofSeveralMountsTheWritableAndUsualOneIsTaken() {
    Path container = root.resolve("rootfs/sys/fs/cgroup/memory");
    Path usual = Path.of("/sys/fs/cgroup/memory");
    Path chroot = Path.of("/srv/chroot/sys/fs/cgroup/memory");
    List<String> mounts =
        List.of(
            mount("ro", "/", container, "cgroup", "memory"),
            mount("rw", "/", usual, "cgroup", "memory"),
            mount("rw", "/", chroot, "cgroup", "memory"));
    for (List<Integer> order : List.of(List.of(0, 1, 2), List.of(2, 1, 0), List.of(1, 2, 0))) {
      String text = order.stream().map(mounts::get).collect(Collectors.joining());
      CgroupLayout layout = CgroupLayout.parse(text, "4:memory:/a\n");
      assertThat(layout.hierarchies()).hasSize(1);
      assertThat(layout.with("memory").orElseThrow().own()).isEqualTo(usual.resolve("a"));
    }
    assertThat(CgroupLayout.parse(mounts.get(2), "4:memory:/a\n").hierarchies()).hasSize(1);
  }

  @Test
  void processThatMadeRoomForChildrenStaysWhereItWas() {
    CgroupLayout layout =
        CgroupLayout.parse(mount("/", root, "cgroup2", "x"), "0::/a/hawser-agent\n");
    assertThat(layout.unified().orElseThrow().own()).isEqualTo(root.resolve("a"));
  }

  @Test
  void machineWithoutCgroupsIsToldWhatToDo() {
    assertThatThrownBy(() -> CgroupLayout.parse("", "0::/\n"))
        .hasMessageContaining("no cgroup file system is mounted");
  }

  @Test
  void limitsOnV2() throws IOException {
    NodeCgroups node = new NodeCgroups(kernel, v2(), "n1");
    node.prepare();
    node.createPod("pod");
    ContainerCgroup container = node.create("pod", "c.0", new Limits(500, 1500, 64 << 20, 32));
    Path directory = root.resolve("user.slice/hawser/n1/pod/c.0");
    assertThat(directory.resolve("cpu.weight")).content().isEqualTo("20");
    assertThat(directory.resolve("cpu.max")).content().isEqualTo("150000 100000");
    assertThat(directory.resolve("memory.max")).content().isEqualTo("67108864");
    assertThat(directory.resolve("pids.max")).content().isEqualTo("32");
    for (String parent : List.of("", "hawser", "hawser/n1", "hawser/n1/pod")) {
      assertThat(root.resolve("user.slice").resolve(parent).resolve("cgroup.subtree_control"))
          .content()
          .isEqualTo("+cpu +cpuset +io +memory +pids");
    }
    assertThat(container.joinFiles()).containsExactly(directory.resolve("cgroup.procs"));
    assertThat(node.pods()).contains("pod");
    assertThat(kernel.calls()).anyMatch(call -> call.startsWith("attachDeviceProgram"));
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void whatAnotherRuntimeMadeFromTheTopOnGoesToo() throws IOException {
    Path own = root.resolve("login");
    NodeCgroups node =
        new NodeCgroups(
            kernel,
            new CgroupLayout(List.of(new CgroupLayout.Hierarchy(1, Set.of("memory"), own, root))),
            "n1");
    Path other = Files.createDirectories(root.resolve("hawser/n1/pod/c.0"));
    Path foreign = Files.createDirectories(root.resolve("hawser/n2/pod"));

    assertThat(node.pods()).containsExactly("pod");
    node.removePod("pod");
    assertThat(other.getParent()).doesNotExist();
    node.purge();

    assertThat(root.resolve("hawser/n1")).doesNotExist();
    assertThat(foreign).exists();
  }

  @Test
  void usageOnV2() throws IOException {
    NodeCgroups node = new NodeCgroups(kernel, v2(), "n1");
    ContainerCgroup container = node.create("pod", "c.0", new Limits(0, 0, 0, 0));
    Path directory = root.resolve("user.slice/hawser/n1/pod/c.0");
    Files.writeString(directory.resolve("cpu.stat"), "usage_usec 1500\nthrottled_usec 20\n");
    Files.writeString(directory.resolve("memory.current"), "5000\n");
    Files.writeString(directory.resolve("memory.stat"), "anon 1\ninactive_file 1000\n");
    Files.writeString(directory.resolve("pids.current"), "3\n");
    Files.writeString(directory.resolve("memory.events"), "oom 1\noom_kill 2\n");
    assertThat(container.usage())
        .isEqualTo(new Usage(1_500_000, 4000, 3, 20_000, 2, Optional.empty()));
    assertThat(container.oomKills()).isEqualTo(2);
  }

  @Test
  void limitsOnV1() {
    CgroupLayout.Hierarchy cpu =
        new CgroupLayout.Hierarchy(1, Set.of("cpu", "cpuacct"), root.resolve("cpu"));
    CgroupLayout.Hierarchy memory =
        new CgroupLayout.Hierarchy(1, Set.of("memory"), root.resolve("memory"));
    NodeCgroups node = new NodeCgroups(kernel, new CgroupLayout(List.of(cpu, memory)), "n1");
    node.create("pod", "c.0", new Limits(250, 20, 1 << 20, 0));
    Path directory = root.resolve("cpu/hawser/n1/pod/c.0");
    assertThat(directory.resolve("cpu.shares")).content().isEqualTo("256");
    assertThat(directory.resolve("cpu.cfs_quota_us")).content().isEqualTo("2000");
    assertThat(root.resolve("memory/hawser/n1/pod/c.0/memory.limit_in_bytes"))
        .content()
        .isEqualTo("1048576");
  }

  @Test
  void smallValuesAreRaisedToWhatTheKernelTakes() {
    assertThat(LimitSettings.shares(1)).isEqualTo(2);
    assertThat(LimitSettings.weight(2)).isEqualTo(1);
    assertThat(LimitSettings.weight(262_144)).isEqualTo(10_000);
    assertThat(LimitSettings.quota(1)).isEqualTo(1000);
  }

  @Test
  void usageOfARemovedCgroupIsZero() throws IOException {
    ContainerCgroup container = new NodeCgroups(kernel, v2(), "n1").container("pod", "gone");
    assertThat(container.usage()).isEqualTo(new Usage(0, 0, 0, 0));
    assertThat(container.oomKills()).isZero();
    container.remove();
  }

  private CgroupLayout memoryAt(String own) {
    return new CgroupLayout(
        List.of(new CgroupLayout.Hierarchy(1, Set.of("memory"), root.resolve(own), root)));
  }

  @Test
  void successorInAnotherCgroupFindsTheNodesWhereTheyAre() throws IOException {
    Path record = root.resolve("cgroups");
    CgroupLayout first = CgroupRecord.resolve(record, memoryAt("login-1"), "n1");
    new NodeCgroups(kernel, first, "n1").create("pod", "c.0", new Limits(0, 0, 0, 0));
    CgroupLayout second = CgroupRecord.resolve(record, memoryAt("login-2"), "n1");
    assertThat(second).isEqualTo(first);
    assertThat(new NodeCgroups(kernel, second, "n1").pods()).containsExactly("pod");
  }

  @Test
  void recordOfCgroupsThatAreGoneIsForgotten() {
    Path record = root.resolve("cgroups");
    CgroupRecord.resolve(record, memoryAt("login-1"), "n1");
    CgroupLayout second = CgroupRecord.resolve(record, memoryAt("login-2"), "n1");
    assertThat(second).isEqualTo(memoryAt("login-2"));
    assertThat(record).content().isEqualTo("1 memory " + root.resolve("login-2") + "\n");
  }
}
