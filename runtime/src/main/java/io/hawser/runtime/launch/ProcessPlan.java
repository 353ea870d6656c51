package io.hawser.runtime.launch;

import static io.hawser.runtime.kernel.Flags.CLOSE_RANGE_CLOEXEC;
import static io.hawser.runtime.kernel.Flags.LINUX_CAPABILITY_VERSION_3;
import static io.hawser.runtime.kernel.Flags.PR_CAPBSET_DROP;
import static io.hawser.runtime.kernel.Flags.PR_SET_NO_NEW_PRIVS;
import static io.hawser.runtime.kernel.Flags.SECCOMP_SET_MODE_FILTER;

import io.hawser.runtime.Isolation;
import io.hawser.runtime.Isolation.Rlimit;
import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Flags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The steps that a container's first process and an exec'ed one share. */
final class ProcessPlan {
  private static final String KERNEL_RELEASE = System.getProperty("os.version", "");

  private final Arch arch;
  private final LaunchPlan.Builder plan;

  ProcessPlan(Arch arch, LaunchPlan.Builder plan) {
    this.arch = arch;
    this.plan = plan;
  }

  /** Until execve nobody inside the container may trace the launcher or open its files. */
  void begin() {
    plan.call("prctl(PR_SET_DUMPABLE)", "prctl", Flags.PR_SET_DUMPABLE, 0, 0, 0, 0);
    // The agent's own priority is not a container's; an agent that is below it can't lift others.
    plan.tryCall("setpriority(PRIO_PROCESS, 0)", "setpriority", 0, 0, 0);
  }

  /**
   * Each cgroup is joined by writing 0, the writer itself: about free, where moving another process
   * costs milliseconds.
   */
  void join(List<Path> joinFiles) {
    joinFiles.forEach(file -> write(file.toString(), "0"));
  }

  /** Writes a kernel's file, or the image's when {@code path} is relative and checked before. */
  void write(String path, String value) {
    Argument.Result fd =
        plan.call(
            "open(" + path + ")",
            "openat",
            Flags.AT_FDCWD,
            path,
            Flags.O_WRONLY | Flags.O_CLOEXEC,
            0);
    int length = value.getBytes(StandardCharsets.UTF_8).length;
    plan.call("write(" + path + (length > 1 ? ", " + value : "") + ")", "write", fd, value, length);
    plan.call("close()", "close", fd);
  }

  /**
   * Of a time namespace that was just made: its offsets are written before the first process
   * enters; time_namespaces(7).
   */
  void enterClock(Isolation.ClockOffsets offsets) {
    write(
        "/proc/self/timens_offsets",
        offset("monotonic", offsets.monotonicNanos()) + offset("boottime", offsets.bootNanos()));
    String path = "/proc/self/ns/time_for_children";
    Argument.Result fd =
        plan.call("open(" + path + ")", "openat", Flags.AT_FDCWD, path, Flags.O_CLOEXEC, 0);
    plan.call("setns(" + path + ")", "setns", fd, Flags.CLONE_NEWTIME);
    plan.call("close()", "close", fd);
  }

  private static String offset(String clock, long nanos) {
    long second = 1_000_000_000L;
    return clock + " " + Math.floorDiv(nanos, second) + " " + Math.floorMod(nanos, second) + "\n";
  }

  /**
   * Set while the launcher still has the machine's rights. A score below the agent's needs
   * CAP_SYS_RESOURCE, which agents in containers often lack: then it stays as it is, and the kernel
   * chooses among processes by their size alone.
   */
  void oomScore(ProcessSpec process) {
    if (process.confinement().oomScoreAdj() != null) {
      String value = "" + process.confinement().oomScoreAdj();
      String path = "/proc/self/oom_score_adj";
      Argument.Result fd =
          plan.call("open(" + path + ")", "openat", Flags.AT_FDCWD, path, Flags.O_WRONLY, 0);
      plan.tryCall("write(" + path + ", " + value + ")", "write", fd, value, value.length());
      plan.call("close()", "close", fd);
    }
  }

  /** With the machine's rights too, but late: the launcher's own descriptors count as well. */
  void rlimits(ProcessSpec process) {
    for (Rlimit limit : process.confinement().rlimits()) {
      plan.call(
          "prlimit64(" + limit.type() + ", " + limit.soft() + ", " + limit.hard() + ")",
          "prlimit64",
          0,
          Rlimits.number(limit.type()),
          Rlimits.value(limit.soft(), limit.hard()),
          0);
    }
  }

  /** Goes on when Java has written a byte; ends when Java has died. */
  void waitAtGate() {
    plan.callOrEnd("read(gate)", "read", LauncherDescriptors.GATE, new byte[8], 1);
  }

  /**
   * Makes a terminal of the container's devpts the controlling one, and the standard streams. Java
   * has made it, so it is the machine's root's: it is given away while that can still be done.
   */
  void openTerminal(int number, ProcessSpec process) {
    String path = "/dev/pts/" + number;
    Argument.Result fd =
        plan.call(
            "open(" + path + ")",
            "openat",
            Flags.AT_FDCWD,
            path,
            Flags.O_RDWR | Flags.O_NOCTTY | Flags.noFollow(arch),
            0);
    plan.call("ioctl(TIOCSCTTY)", "ioctl", fd, Flags.TIOCSCTTY, 0);
    long owner = process.confinement().namespaces().usersBase() + process.uid();
    plan.call("fchown(" + path + ")", "fchown", fd, owner, -1);
    for (int target = 0; target <= 2; target++) {
      plan.call("dup3(" + path + ")", "dup3", fd, target, 0);
    }
  }

  /**
   * Working directory, identity, rights, filter, and the program itself. The gate comes first: what
   * was prepared until here went on beside Java's own work, and is gone with the launcher if Java
   * dies.
   */
  void become(ProcessSpec process) {
    waitAtGate();
    becomeNow(process);
  }

  /** The same for a plan that has waited already. */
  void becomeNow(ProcessSpec process) {
    plan.call("chdir(" + process.workingDir() + ")", "chdir", process.workingDir());
    // Before the filter: many a profile does not know this call.
    plan.call(
        "close_range(CLOEXEC)",
        "close_range",
        LauncherDescriptors.PROGRAM,
        0xffffffffL,
        CLOSE_RANGE_CLOEXEC);
    Optional<SeccompFilter> filter =
        SeccompFilter.of(
            process.confinement().seccomp(), arch, process.capabilities(), KERNEL_RELEASE);
    if (!process.noNewPrivileges()) { // needs CAP_SYS_ADMIN, which is about to go
      filter.ifPresent(this::installFilter);
    }
    identity(process);
    if (process.noNewPrivileges()) {
      plan.call("prctl(PR_SET_NO_NEW_PRIVS)", "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      filter.ifPresent(this::installFilter);
    }
    execute(process);
  }

  private void installFilter(SeccompFilter filter) {
    plan.call(
        "seccomp(filter)",
        "seccomp",
        SECCOMP_SET_MODE_FILTER,
        filter.flags(),
        new Argument.Filter(filter.instructions()));
  }

  private void identity(ProcessSpec process) {
    ProcessSpec.CapabilityMasks masks = process.masks();
    for (Capability capability : Capability.values()) {
      if ((masks.bounding() & capability.bit()) == 0) {
        plan.tryCall( // EINVAL where the kernel is older than the capability
            "prctl(PR_CAPBSET_DROP, " + capability + ")",
            "prctl",
            PR_CAPBSET_DROP,
            capability.ordinal(),
            0,
            0,
            0);
      }
    }
    int[] groups = process.groups().stream().mapToInt(Long::intValue).toArray();
    if (!process.confinement().namespaces().oneId()) { // those have no say in it: setgroups(2)
      plan.call("setgroups()", "setgroups", groups.length, LaunchPlan.ints(groups));
    }
    long gid = process.gid();
    long uid = process.uid();
    if (uid != 0 && masks.permitted() != 0) {
      plan.call("prctl(PR_SET_KEEPCAPS)", "prctl", Flags.PR_SET_KEEPCAPS, 1, 0, 0, 0);
    }
    plan.call("setresgid(" + gid + ")", "setresgid", gid, gid, gid);
    plan.call("setresuid(" + uid + ")", "setresuid", uid, uid, uid);
    capabilities(masks);
  }

  private void capabilities(ProcessSpec.CapabilityMasks masks) {
    plan.call(
        "capset()",
        "capset",
        LaunchPlan.ints(LINUX_CAPABILITY_VERSION_3, 0),
        LaunchPlan.ints(
            (int) masks.effective(),
            (int) masks.permitted(),
            (int) masks.inheritable(),
            (int) (masks.effective() >>> 32),
            (int) (masks.permitted() >>> 32),
            (int) (masks.inheritable() >>> 32)));
    for (Capability capability : Capability.values()) {
      if ((masks.ambient() & capability.bit()) != 0) {
        plan.call(
            "prctl(PR_CAP_AMBIENT_RAISE, " + capability + ")",
            "prctl",
            Flags.PR_CAP_AMBIENT,
            Flags.PR_CAP_AMBIENT_RAISE,
            capability.ordinal(),
            0,
            0);
      }
    }
  }

  /** As execvp(3): a name without a slash is tried in every directory of PATH. */
  private void execute(ProcessSpec process) {
    String program = process.arguments().get(0);
    String label = "execve(" + program + ")";
    List<String> candidates = process.candidates();
    for (int i = 0; i < candidates.size(); i++) {
      Object[] arguments = {candidates.get(i), process.arguments(), process.environment()};
      if (i < candidates.size() - 1) {
        plan.tryCall(label, "execve", arguments);
      } else {
        plan.call(label, "execve", arguments);
      }
    }
  }

  /** {@code struct open_how} of openat2(2). */
  static byte[] openHow(long flags, long resolve) {
    return ByteBuffer.allocate(24)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(flags | Flags.O_CLOEXEC)
        .putLong(0)
        .putLong(resolve)
        .array();
  }
}
