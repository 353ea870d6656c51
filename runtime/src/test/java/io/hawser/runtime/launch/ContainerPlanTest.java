package io.hawser.runtime.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.kernel.Arch;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ContainerPlanTest {
  private static ProcessSpec process(boolean noNewPrivileges) {
    return new ProcessSpec(
        List.of("web", "-v"),
        List.of("PATH=/a:/b"),
        "/srv/www",
        1000,
        1001,
        List.of(7L, 8L),
        Capability.DEFAULT,
        noNewPrivileges);
  }

  private static ContainerLaunch launch(boolean readOnly, ProcessSpec process, boolean terminal) {
    return new ContainerLaunch(
        List.of(Path.of("/cg/memory/c/cgroup.procs")),
        new ContainerLaunch.Namespaces(
            Optional.of(Path.of("/ns/p.net")),
            Optional.of(Path.of("/ns/p.ipc")),
            Path.of("/ns/p.uts")),
        new ContainerLaunch.Root(
            List.of(Path.of("/img:1"), Path.of("/base")),
            Path.of("/up"),
            Path.of("/work"),
            Path.of("/root"),
            readOnly),
        List.of(
            new ContainerLaunch.CgroupView(List.of("memory")),
            new ContainerLaunch.CgroupView(List.of("cpu", "cpuacct"))),
        List.of(
            new ContainerLaunch.Volume("/host/data", "/data/sub", true, true),
            new ContainerLaunch.Volume("/host/file", "/etc/conf", false, false)),
        List.of("/proc/keys"),
        List.of("/proc/acpi"),
        List.of("/proc/sys"),
        process,
        terminal);
  }

  private static List<String> labels(LaunchPlan plan) {
    return plan.calls().stream().map(LaunchPlan.Call::label).toList();
  }

  private static LaunchPlan plan(boolean readOnly, boolean noNewPrivileges) {
    return ContainerPlan.of(launch(readOnly, process(noNewPrivileges), false), Arch.AMD64);
  }

  @Test
  void stepsComeInTheOrderThatSecurityNeeds() {
    assertThat(labels(plan(true, true)))
        .containsSubsequence(
            "prctl(PR_SET_DUMPABLE)",
            "setpriority(PRIO_PROCESS, 0)",
            "setns(/ns/p.net)",
            "unshare(mnt)",
            "mount(none, /, rslave)",
            "mount(overlay, /)",
            "mount(tmpfs, /dev)",
            "mount(proc, /proc)",
            "mount(mask, /proc/keys)",
            "mount(read-only, /proc/sys)",
            "read(gate)",
            "write(/cg/memory/c/cgroup.procs)",
            "unshare(cgroup)",
            "mount(cgroup, /sys/fs/cgroup/memory)",
            "mount(cgroup, /sys/fs/cgroup/cpu,cpuacct)",
            "mount(read-only, /sys/fs/cgroup)",
            "mount(/host/data, /data/sub)",
            "pivot_root(.)",
            "umount2(old root)",
            "mount(read-only, /)",
            "chdir(/srv/www)",
            "close_range(CLOEXEC)",
            "prctl(PR_CAPBSET_DROP, SYS_ADMIN)",
            "setgroups()",
            "setresgid(1001)",
            "setresuid(1000)",
            "capset()",
            "prctl(PR_SET_NO_NEW_PRIVS)",
            "seccomp(filter)",
            "execve(web)");
  }

  @Test
  void filterComesBeforeTheRightsGoWhenPrivilegesMayBeGained() {
    assertThat(labels(plan(false, false)))
        .containsSubsequence("seccomp(filter)", "setresuid(1000)", "capset()", "execve(web)")
        .doesNotContain("prctl(PR_SET_NO_NEW_PRIVS)", "mount(read-only, /)");
  }

  @Test
  void volumeTargetsAreResolvedBelowTheRootStepByStep() {
    assertThat(plan(false, true).toString())
        .contains("mkdirat(900, \"data\", 493)  # may fail")
        .contains("openat2(900, \"data\", ")
        .contains("openat2(900, \"data/sub\", ")
        .contains("mknodat($");
  }

  @Test
  void programIsSearchedInTheContainersPath() {
    assertThat(plan(false, true).toString())
        .contains("execve(\"/a/web\", [web, -v], [PATH=/a:/b])  # may fail")
        .contains("execve(\"/b/web\", [web, -v], [PATH=/a:/b])\n");
  }

  @Test
  void overlayOptionsAreEscaped() {
    assertThat(plan(false, true).toString()).contains("lowerdir=/img\\:1:/base,upperdir=/up");
  }

  @Test
  void terminalStopsOnceMoreForItsOtherEnd() {
    LaunchPlan plan = ContainerPlan.of(launch(false, process(true), true), Arch.AMD64);
    assertThat(labels(plan))
        .containsSubsequence(
            "read(gate)",
            "pivot_root(.)",
            "write(terminal)",
            "read(gate)",
            "open(/dev/pts/0)",
            "execve(web)");
  }

  @Test
  void samePlanForEveryArchitectureExceptItsConstants() {
    LaunchPlan amd64 = plan(true, true);
    LaunchPlan arm64 = ContainerPlan.of(launch(true, process(true), false), Arch.ARM64);
    assertThat(labels(arm64)).isEqualTo(labels(amd64));
    assertThat(LaunchProgram.encode(arm64, Arch.ARM64)).isNotEmpty();
  }

  @Test
  void execJoinsEverythingAndHasTheSameRights() {
    LaunchPlan plan =
        ExecPlan.of(
            List.of(Path.of("/cg/cgroup.procs")), process(true), OptionalInt.of(3), Arch.AMD64);
    assertThat(labels(plan))
        .containsSubsequence(
            "write(/cg/cgroup.procs)",
            "setns(container)",
            "setsid()",
            "open(/dev/pts/3)",
            "capset()",
            "seccomp(filter)",
            "execve(web)");
  }

  @Test
  void programThatIsTooLargeIsRefused() {
    ProcessSpec large =
        new ProcessSpec(
            List.of("/x", "y".repeat(LaunchProgram.MAX_BYTES)),
            List.of(),
            "/",
            0,
            0,
            List.of(),
            Set.of(),
            true);
    LaunchPlan plan = ExecPlan.of(List.of(), large, OptionalInt.empty(), Arch.AMD64);
    assertThatThrownBy(() -> LaunchProgram.encode(plan, Arch.AMD64))
        .hasMessageContaining("larger than");
  }

  @Test
  void unknownCapabilityIsNamed() {
    assertThatThrownBy(() -> Capability.granted(List.of("NET_ADMINS"), List.of()))
        .hasMessageContaining("unknown capability NET_ADMINS");
    assertThat(Capability.granted(List.of("CAP_NET_ADMIN"), List.of("ALL")))
        .containsExactly(Capability.NET_ADMIN);
  }

  @Test
  void aPrintedPlanNamesVariablesWithoutTheirValues() {
    ProcessSpec secret =
        process(true).running(List.of("/web"), List.of("PATH=/a", "KEY=two\nlines=here"));
    LaunchPlan plan = ContainerPlan.of(launch(true, secret, false), Arch.AMD64);
    String text = plan.withoutEnvironment().toString();
    assertThat(text).contains("execve(\"/web\", [/web], [PATH=…, KEY=…])");
    assertThat(text).doesNotContain("two", "lines");
    assertThat(labels(plan.withoutEnvironment())).isEqualTo(labels(plan));
  }

  @Test
  void pipesAreOpenedWhileTheMachinesFilesCanBeSeen() {
    ContainerLaunch plain = launch(false, process(true), false);
    ContainerLaunch piped =
        new ContainerLaunch(
            plain.joinFiles(),
            plain.namespaces(),
            plain.root(),
            plain.cgroupViews(),
            plain.volumes(),
            plain.maskedFiles(),
            plain.maskedDirectories(),
            plain.readOnlyPaths(),
            plain.process(),
            false,
            new ContainerLaunch.Streams(
                Optional.of(Path.of("/c/stdin")),
                true,
                Optional.of(Path.of("/c/stdout")),
                Optional.of(Path.of("/c/stderr"))),
            ContainerLaunch.Extras.NONE);
    assertThat(labels(ContainerPlan.of(piped, Arch.AMD64)))
        .containsSubsequence(
            "prctl(PR_SET_DUMPABLE)",
            "open(/c/stdin)",
            "dup3(/c/stdin)",
            "open(/c/stdout)",
            "dup3(/c/stdout)",
            "open(/c/stderr)",
            "dup3(/c/stderr)",
            "unshare(mnt)");
    assertThat(labels(ContainerPlan.of(plain, Arch.AMD64))).doesNotContain("open(/c/stdout)");
  }
}
