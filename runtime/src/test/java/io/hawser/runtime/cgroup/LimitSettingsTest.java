package io.hawser.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.ContainerSpec.Finer;
import io.hawser.runtime.ContainerSpec.Io;
import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.ContainerSpec.Throttle;
import io.hawser.runtime.Usage;
import io.hawser.runtime.kernel.RecordingKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitSettingsTest {
  private static final Set<String> V2 = Set.of("cpu", "cpuset", "memory", "pids", "io", "hugetlb");
  private static final Limits ALL =
      new Limits(
          500,
          1500,
          64 << 20,
          32,
          new Finer(
              "0-1",
              "0",
              16 << 20,
              8 << 20,
              new Io(200, List.of(new Throttle(8, 0, 1000, 0, 0, 50))),
              Map.of("2MB", 4L << 20)));

  @TempDir Path dir;

  private List<String> settings(int version, Set<String> controllers, Limits limits, boolean all) {
    CgroupLayout.Hierarchy hierarchy = new CgroupLayout.Hierarchy(version, controllers, dir);
    return LimitSettings.of(hierarchy, dir, limits, all).stream()
        .map(s -> s.file().getFileName() + "=" + s.value())
        .toList();
  }

  private void have(String... files) throws IOException {
    for (String file : files) {
      Files.writeString(dir.resolve(file), "");
    }
  }

  @Test
  void everyLimitHasItsFileOnV2() throws IOException {
    have("memory.swap.max", "io.weight", "hugetlb.2MB.max");
    assertThat(settings(2, V2, ALL, false))
        .containsExactlyInAnyOrder(
            "cpu.weight=20",
            "cpu.max=150000 100000",
            "cpuset.cpus=0-1",
            "cpuset.mems=0",
            "memory.max=67108864",
            "memory.swap.max=8388608",
            "memory.low=16777216",
            "pids.max=32",
            "io.weight=default 200",
            "io.max=8:0 rbps=1000 wbps=max riops=max wiops=50",
            "hugetlb.2MB.max=4194304");
    assertThat(settings(2, V2, Limits.NONE, false)).isEmpty();
  }

  @Test
  void everyLimitHasItsFileOnV1() throws IOException {
    have("memory.memsw.limit_in_bytes", "blkio.bfq.weight", "hugetlb.2MB.limit_in_bytes");
    Set<String> v1 = Set.of("cpu", "cpuset", "memory", "pids", "blkio", "hugetlb");
    assertThat(settings(1, v1, ALL, false))
        .containsExactlyInAnyOrder(
            "cpu.shares=512",
            "cpu.cfs_period_us=100000",
            "cpu.cfs_quota_us=150000",
            "cpuset.cpus=0-1",
            "cpuset.mems=0",
            "memory.limit_in_bytes=67108864",
            "memory.memsw.limit_in_bytes=75497472",
            "memory.soft_limit_in_bytes=16777216",
            "pids.max=32",
            "blkio.bfq.weight=200",
            "blkio.throttle.read_bps_device=8:0 1000",
            "blkio.throttle.write_iops_device=8:0 50",
            "hugetlb.2MB.limit_in_bytes=4194304");
  }

  @Test
  void changeTakesAwayWhatIsNoLongerLimited() throws IOException {
    have("memory.swap.max", "io.weight");
    assertThat(settings(2, V2, Limits.NONE, true))
        .containsExactlyInAnyOrder(
            "cpu.weight=100",
            "cpu.max=max 100000",
            "memory.max=max",
            "memory.swap.max=max",
            "memory.low=0",
            "pids.max=max",
            "io.weight=default 100");
  }

  /** The kernel refuses a memory limit above the one of memory and swap, at every moment. */
  @Test
  void memoryIsRaisedAndLoweredInTheOrderTheKernelTakes() throws IOException {
    Files.writeString(dir.resolve("memory.memsw.limit_in_bytes"), "1000\n");
    assertThat(settings(1, Set.of("memory"), new Limits(0, 0, 2000, 0), true))
        .startsWith("memory.memsw.limit_in_bytes=2000", "memory.limit_in_bytes=2000");
    assertThat(settings(1, Set.of("memory"), new Limits(0, 0, 500, 0), true))
        .startsWith("memory.limit_in_bytes=500", "memory.memsw.limit_in_bytes=500");
  }

  @Test
  void lackOfAControllerOrSizeIsNamed() {
    CgroupLayout.Hierarchy memory = new CgroupLayout.Hierarchy(1, Set.of("memory"), dir);
    NodeCgroups node =
        new NodeCgroups(new RecordingKernel(), new CgroupLayout(List.of(memory)), "n1");
    for (String controller : List.of("cpuset", "io", "hugetlb")) {
      Finer finer =
          new Finer(
              controller.equals("cpuset") ? "0" : "",
              "",
              0,
              0,
              controller.equals("io") ? ALL.finer().io() : Io.NONE,
              controller.equals("hugetlb") ? Map.of("2MB", 1L) : Map.of());
      assertThatThrownBy(() -> node.create("pod", "c.0", new Limits(0, 0, 0, 0, finer)))
          .hasMessageContaining("needs the cgroup controller " + controller);
      assertThat(dir.resolve("hawser/n1/pod/c.0")).doesNotExist();
    }
    assertThatThrownBy(() -> settings(2, V2, ALL, false))
        .hasMessageMatching(".*(huge pages|io.weight).*");
  }

  @Test
  void pressureIsReadWhereTheKernelMeasuresIt() throws IOException {
    CgroupLayout.Hierarchy unified = new CgroupLayout.Hierarchy(2, V2, dir);
    String line = "some avg10=0.00 avg60=1.00 avg300=0.00 total=%d\nfull avg10=0.00 total=1\n";
    Files.writeString(dir.resolve("cpu.pressure"), line.formatted(11));
    Files.writeString(dir.resolve("memory.pressure"), line.formatted(22));
    Files.writeString(dir.resolve("io.pressure"), line.formatted(33));
    assertThat(new CgroupUsage(List.of(unified), Path.of("")).read().pressure())
        .contains(new Usage.Pressure(11, 22, 33));
  }
}
