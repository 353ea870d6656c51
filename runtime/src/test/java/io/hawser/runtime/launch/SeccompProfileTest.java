package io.hawser.runtime.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.kernel.Arch;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SeccompProfileTest {
  private static final int ALLOW = 0x7fff0000;
  private static final int EPERM = 0x00050001;
  private static final int ENOSYS = 0x00050026;
  private static final int KILL = 0x80000000;

  private static int run(Arch arch, Set<Capability> granted, String call, long... arguments) {
    byte[] filter = SeccompProfile.forCapabilities(arch, granted);
    return ClassicBpf.run(filter, arch.auditArch(), arch.number(call), arguments);
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void everydayCallsAreAllowed(Arch arch) {
    for (String call :
        List.of("read", "openat", "execve", "futex", "epoll_pwait", "chroot", "ptrace", "prctl")) {
      assertThat(run(arch, Capability.DEFAULT, call)).as(call).isEqualTo(ALLOW);
    }
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void dangerousCallsAreRefused(Arch arch) {
    for (String call :
        List.of(
            "mount",
            "umount2",
            "unshare",
            "setns",
            "bpf",
            "keyctl",
            "add_key",
            "kexec_load",
            "init_module",
            "reboot",
            "swapon",
            "open_by_handle_at",
            "perf_event_open",
            "userfaultfd",
            "io_uring_setup",
            "pivot_root",
            "move_mount",
            "fsopen",
            "syslog",
            "settimeofday",
            "acct",
            "quotactl")) {
      assertThat(run(arch, Capability.DEFAULT, call)).as(call).isEqualTo(EPERM);
    }
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void capabilitiesOpenTheirCalls(Arch arch) {
    Set<Capability> admin = EnumSet.of(Capability.SYS_ADMIN);
    assertThat(run(arch, admin, "mount")).isEqualTo(ALLOW);
    assertThat(run(arch, admin, "clone", 0x10000000L)).isEqualTo(ALLOW);
    assertThat(run(arch, admin, "clone3")).isEqualTo(ALLOW);
    assertThat(run(arch, admin, "reboot")).isEqualTo(EPERM);
    assertThat(run(arch, EnumSet.of(Capability.SYSLOG), "syslog")).isEqualTo(ALLOW);
    assertThat(run(arch, Set.of(), "chroot")).isEqualTo(EPERM);
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void argumentsDecideWhereTheyMatter(Arch arch) {
    Set<Capability> none = Capability.DEFAULT;
    assertThat(run(arch, none, "clone", 0x01200011L)).isEqualTo(ALLOW);
    for (long namespace : new long[] {0x20000, 0x2000000, 0x10000000, 0x20000000, 0x40000000}) {
      assertThat(run(arch, none, "clone", namespace | 17)).isEqualTo(EPERM);
    }
    assertThat(run(arch, none, "clone3")).isEqualTo(ENOSYS);
    assertThat(run(arch, none, "socket", 2)).isEqualTo(ALLOW);
    assertThat(run(arch, none, "socket", 40)).isEqualTo(EPERM);
    assertThat(run(arch, none, "personality", 0xffffffffL)).isEqualTo(ALLOW);
    assertThat(run(arch, none, "personality", 0x20008L)).isEqualTo(ALLOW);
    assertThat(run(arch, none, "personality", 0x40000L)).isEqualTo(EPERM);
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void unknownNumbersAndOtherArchitecturesAreOut(Arch arch) {
    byte[] filter = SeccompProfile.forCapabilities(arch, Capability.DEFAULT);
    assertThat(ClassicBpf.run(filter, arch.auditArch(), 100_000)).isEqualTo(ENOSYS);
    assertThat(ClassicBpf.run(filter, arch.auditArch(), 0x40000000)).isEqualTo(ENOSYS); // x32
    assertThat(ClassicBpf.run(filter, arch.auditArch(), -1)).isEqualTo(ENOSYS);
    assertThat(ClassicBpf.run(filter, 0x40000003, arch.number("read"))).isEqualTo(KILL); // i386
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void everyKnownCallHasARuleAndTheTreeIsSmall(Arch arch) {
    byte[] filter = SeccompProfile.forCapabilities(arch, Capability.DEFAULT);
    for (String call : arch.syscalls()) {
      assertThat(ClassicBpf.run(filter, arch.auditArch(), arch.number(call))).isNotEqualTo(KILL);
    }
    assertThat(filter.length / 8).isLessThan(300);
  }
}
