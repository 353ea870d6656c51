package io.hawser.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.cgroup.CgroupLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MachineCheckTest {
  private final Map<String, String> files = new HashMap<>();
  private Optional<CgroupLayout> cgroups;
  private boolean writable = true;

  @BeforeEach
  void goodMachine() {
    files.put("/proc/sys/kernel/osrelease", "6.18.44-x");
    files.put("/proc/self/status", "Name:\tjava\nCapEff:\t000001ffffffffff\n");
    for (String name : List.of("pid", "mnt", "uts", "ipc", "net", "cgroup")) {
      files.put("/proc/self/ns/" + name, "");
    }
    files.put("/proc/sys/user/max_user_namespaces", "1000");
    files.put("/proc/filesystems", "nodev\tmqueue\nnodev\toverlay\n\text4\n");
    files.put("/proc/sys/kernel/seccomp/actions_avail", "kill_process errno allow");
    files.put("/proc/sys/vm/memfd_noexec", "0");
    files.put(
        "/proc/self/limits",
        "Max processes             63000                63000     processes\n"
            + "Max open files            1024                 1048576   files\n");
    Set<String> controllers = Set.of("cpu", "memory", "pids", "cpuset", "io", "hugetlb");
    cgroups =
        Optional.of(
            new CgroupLayout(
                List.of(new CgroupLayout.Hierarchy(2, controllers, Path.of("/sys/fs/cgroup")))));
  }

  private Optional<String> nftables = Optional.empty();

  private List<MachineCheck> checks() {
    return MachineCheck.all(facts(() -> nftables));
  }

  private MachineFacts facts(Supplier<Optional<String>> nftables) {
    return new MachineFacts(
        path -> Optional.ofNullable(files.get(path)), path -> writable, cgroups, nftables);
  }

  private MachineCheck check(String subject) {
    return checks().stream().filter(c -> c.subject().equals(subject)).findFirst().orElseThrow();
  }

  @Test
  void everyNamespaceOfThisMachineIsSeen() {
    assertThat(MachineFacts.read().text().apply("/proc/self/ns/pid")).isPresent();
    assertThat(MachineFacts.read().text().apply("/proc/self/ns/none")).isEmpty();
  }

  @Test
  void goodMachineHasNothingToDo() {
    assertThat(checks()).allMatch(check -> check.level() == MachineCheck.Level.OK);
    assertThat(checks()).allMatch(check -> check.advice().isEmpty());
    assertThat(MachineCheck.canRunContainers(checks())).isTrue();
  }

  /** Asking it takes longer than all the rest, and containers run without it. */
  @Test
  void whetherContainersCanRunIsFoundWithoutAskingNftables() {
    MachineFacts facts =
        facts(
            () -> {
              throw new AssertionError("asked");
            });
    assertThat(MachineCheck.missing(facts)).isEmpty();

    files.remove("/proc/self/ns/pid");
    assertThat(MachineCheck.missing(facts))
        .hasValueSatisfying(check -> assertThat(check.subject()).isEqualTo("namespace pid"));
  }

  @Test
  void everyLackIsNamedWithWhatToDo() {
    files.put("/proc/sys/kernel/osrelease", "5.4.0");
    files.put("/proc/self/status", "CapEff:\t0000000000000000\n");
    files.put("/proc/filesystems", "\text4\n");
    files.put("/proc/sys/vm/memfd_noexec", "2");
    files.remove("/proc/self/ns/cgroup");
    files.remove("/proc/sys/kernel/seccomp/actions_avail");
    cgroups = Optional.empty();
    assertThat(checks())
        .filteredOn(check -> check.level() == MachineCheck.Level.MISSING)
        .extracting(MachineCheck::subject)
        .containsExactly(
            "kernel",
            "rights",
            "namespace cgroup",
            "cgroups",
            "file system overlay",
            "file system mqueue",
            "seccomp",
            "memfd");
    assertThat(checks())
        .filteredOn(check -> check.level() == MachineCheck.Level.MISSING)
        .allMatch(check -> !check.advice().isEmpty());
    assertThat(MachineCheck.canRunContainers(checks())).isFalse();
  }

  @Test
  void lesserLacksAreWarnings() {
    files.put("/proc/sys/kernel/osrelease", "6.1.0-44-amd64");
    files.put("/proc/self/status", "CapEff:\t000001fffeffffff\n"); // without SYS_RESOURCE
    files.put("/proc/sys/user/max_user_namespaces", "0");
    assertThat(check("kernel").level()).isEqualTo(MachineCheck.Level.WARNING);
    assertThat(check("rights").finding()).contains("CAP_SYS_RESOURCE");
    assertThat(check("namespace user").level()).isEqualTo(MachineCheck.Level.WARNING);
    nftables = Optional.of("socket(AF_NETLINK, 12) failed: EPERM");
    assertThat(check("nftables").advice()).contains("modprobe");
    files.put("/proc/sys/kernel/osrelease", "5.15.0");
    assertThat(check("idmapped mounts").advice()).contains("5.19");
    assertThat(MachineCheck.canRunContainers(checks())).isTrue();
  }

  @Test
  void controllerThatIsNotDelegatedIsMissing() {
    cgroups =
        Optional.of(
            new CgroupLayout(
                List.of(new CgroupLayout.Hierarchy(2, Set.of("memory"), Path.of("/c")))));
    assertThat(check("cgroup cpu").advice()).contains("Delegate=yes");
    writable = false;
    assertThat(check("cgroup memory").finding()).isEqualTo("/c is not writable");
  }

  @Test
  void userIsToldWhatWasNotDelegatedAndNothingOnlyRootCanDo() {
    files.put("/proc/self/uid_map", "         0       1000          1\n");
    writable = false;
    nftables = Optional.of("nftables(delete table hws-doctor) failed: EPERM");
    for (String controller : List.of("cpu", "memory", "pids", "cpuset", "io", "hugetlb")) {
      assertThat(check("cgroup " + controller).finding()).isEqualTo("not delegated to this user");
    }
    assertThat(check("nftables").advice()).contains("no way out").doesNotContain("modprobe");
    assertThat(MachineCheck.canRunContainers(checks())).isTrue();
  }

  @Test
  void thisMachineIsReadable() {
    assertThat(MachineCheck.all()).isNotEmpty();
  }
}
