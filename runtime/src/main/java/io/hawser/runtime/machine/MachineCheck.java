package io.hawser.runtime.machine;

import io.hawser.runtime.cgroup.CgroupLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One thing a machine needs to run containers, and whether it has it.
 *
 * @param subject what was looked at: {@code kernel}, {@code cgroup memory}
 * @param finding what is there
 * @param advice one sentence of what to do; empty when nothing
 */
public record MachineCheck(String subject, Level level, String finding, String advice) {

  /** How much it matters. */
  public enum Level {
    /** As it should be. */
    OK,
    /** Containers run, with less: the advice says less of what. */
    WARNING,
    /** Containers don't run. */
    MISSING
  }

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);
  private static final int NEEDED_MAJOR = 5;
  private static final int NEEDED_MINOR = 12;
  private static final long COMFORTABLE_DESCRIPTORS = 16_384;
  private static final long COMFORTABLE_PROCESSES = 8_192;
  private static final int MAPPED_OVERLAY = 5019;

  private static final String NOT_DELEGATED = "not delegated to this user";

  private static final int CAP_NET_ADMIN = 12;
  private static final int CAP_SYS_ADMIN = 21;
  private static final int CAP_SYS_RESOURCE = 24;

  /** All checks of this machine, in a fixed order. */
  public static List<MachineCheck> all() {
    return all(MachineFacts.read());
  }

  /** A pure function of what the facts give. */
  public static List<MachineCheck> all(MachineFacts facts) {
    List<MachineCheck> checks = new ArrayList<>(readable(facts));
    checks.add(nftables(facts));
    return List.copyOf(checks);
  }

  /** The first thing without which containers don't run; found by reading files alone. */
  public static Optional<MachineCheck> missing(MachineFacts facts) {
    return readable(facts).stream().filter(check -> check.level == Level.MISSING).findFirst();
  }

  private static List<MachineCheck> readable(MachineFacts facts) {
    List<MachineCheck> checks = new ArrayList<>();
    checks.add(kernel(facts));
    checks.add(rights(facts));
    for (String namespace : List.of("pid", "mnt", "uts", "ipc", "net", "cgroup")) {
      checks.add(namespace(facts, namespace));
    }
    checks.add(userNamespaces(facts));
    checks.add(layout(facts));
    facts.cgroups().ifPresent(layout -> controllers(checks, layout, facts));
    facts.cgroups().ifPresent(layout -> rareControllers(checks, layout, facts));
    checks.add(fileSystem(facts, "overlay", "containers' roots are overlays: modprobe overlay"));
    checks.add(mappedMounts(facts));
    checks.add(fileSystem(facts, "mqueue", "enable CONFIG_POSIX_MQUEUE in the kernel"));
    checks.add(seccomp(facts));
    checks.add(executableMemory(facts));
    checks.add(descriptors(facts));
    checks.add(processes(facts));
    return checks;
  }

  /** True when nothing is missing. */
  public static boolean canRunContainers(List<MachineCheck> checks) {
    return checks.stream().noneMatch(check -> check.level == Level.MISSING);
  }

  private static MachineCheck ok(String subject, String finding) {
    return new MachineCheck(subject, Level.OK, finding, "");
  }

  private static MachineCheck missing(String subject, String finding, String advice) {
    return new MachineCheck(subject, Level.MISSING, finding, advice);
  }

  private static MachineCheck warning(String subject, String finding, String advice) {
    return new MachineCheck(subject, Level.WARNING, finding, advice);
  }

  private static MachineCheck kernel(MachineFacts facts) {
    String release = facts.text().apply("/proc/sys/kernel/osrelease").orElse("");
    Matcher version = VERSION.matcher(release);
    if (!version.matches()) {
      return missing("kernel", "unknown: " + release, "run on Linux 5.12 or newer");
    }
    int major = Integer.parseInt(version.group(1));
    int minor = Integer.parseInt(version.group(2));
    if (major < NEEDED_MAJOR || major == NEEDED_MAJOR && minor < NEEDED_MINOR) {
      return missing("kernel", release, "upgrade to Linux 5.12 or newer: mount_setattr is needed");
    }
    if (major < 6 || major == 6 && minor < 15) {
      return warning(
          "kernel",
          release,
          "from Linux 6.15 on, adopted containers' exit codes are known after an agent's restart");
    }
    return ok("kernel", release);
  }

  private static MachineCheck rights(MachineFacts facts) {
    long capabilities = effectiveCapabilities(facts);
    if ((capabilities >> CAP_SYS_ADMIN & 1) == 0 || (capabilities >> CAP_NET_ADMIN & 1) == 0) {
      return missing(
          "rights",
          "not enough capabilities",
          "run as root, or as a user by the command hawser, which enters a user namespace");
    }
    if ((capabilities >> CAP_SYS_RESOURCE & 1) == 0) {
      return warning(
          "rights",
          "root without CAP_SYS_RESOURCE",
          "resource limits of containers can't be raised above this process' own");
    }
    return isRootless(facts)
        ? warning(
            "rights",
            "root of a user namespace",
            "pods have a loopback or the machine's network, no ports and no way out of their own")
        : ok("rights", "root");
  }

  private static boolean isRootless(MachineFacts facts) {
    return facts
        .text()
        .apply("/proc/self/uid_map")
        .map(map -> !map.isBlank() && !map.contains("4294967295"))
        .orElse(false);
  }

  private static long effectiveCapabilities(MachineFacts facts) {
    for (String line : facts.text().apply("/proc/self/status").orElse("").split("\n")) {
      if (line.startsWith("CapEff:")) {
        return Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16);
      }
    }
    return 0;
  }

  private static MachineCheck namespace(MachineFacts facts, String name) {
    String subject = "namespace " + name;
    if (facts.text().apply("/proc/self/ns/" + name).isPresent()) {
      return ok(subject, "there");
    }
    return missing(subject, "not there", "use a kernel with all namespaces enabled");
  }

  private static MachineCheck userNamespaces(MachineFacts facts) {
    long most =
        facts.text().apply("/proc/sys/user/max_user_namespaces").map(Long::parseLong).orElse(0L);
    if (most > 0) {
      return ok("namespace user", "at most " + most);
    }
    return warning(
        "namespace user", "not there", "set sysctl user.max_user_namespaces for rootless use");
  }

  private static MachineCheck layout(MachineFacts facts) {
    Optional<CgroupLayout> layout = facts.cgroups();
    if (layout.isEmpty()) {
      String advice = "mount -t cgroup2 none /sys/fs/cgroup";
      return missing("cgroups", "none mounted", advice);
    }
    return ok("cgroups", layout.get().kind());
  }

  private static void controllers(
      List<MachineCheck> checks, CgroupLayout layout, MachineFacts facts) {
    for (String name : List.of("cpu", "memory", "pids")) {
      String subject = "cgroup " + name;
      Optional<CgroupLayout.Hierarchy> hierarchy = layout.with(name);
      boolean usable =
          hierarchy.filter(h -> facts.isWritable().test(h.own().toString())).isPresent();
      if (!usable && isRootless(facts)) {
        checks.add(
            warning(
                subject,
                NOT_DELEGATED,
                "limits are not enforced; on cgroup v2: systemd-run --user --scope -p Delegate=yes"));
        continue;
      }
      if (hierarchy.isEmpty()) {
        checks.add(
            missing(
                subject,
                "no such controller here",
                "delegate it to this cgroup, e.g. systemd-run --scope -p Delegate=yes hawser …"));
      } else if (!facts.isWritable().test(hierarchy.get().own().toString())) {
        String path = hierarchy.get().own().toString();
        checks.add(missing(subject, path + " is not writable", "run as root or delegate it"));
      } else {
        checks.add(ok(subject, "v" + hierarchy.get().version()));
      }
    }
  }

  /** What few containers ask for is only warned of. */
  private static void rareControllers(
      List<MachineCheck> checks, CgroupLayout layout, MachineFacts facts) {
    boolean v1 = layout.with("memory").map(h -> h.version() == 1).orElse(false);
    List<String> names =
        v1
            ? List.of("cpuset", "blkio", "devices", "freezer", "hugetlb")
            : List.of("cpuset", "io", "hugetlb");
    for (String name : names) {
      Optional<CgroupLayout.Hierarchy> hierarchy = layout.with(name);
      boolean usable =
          hierarchy.filter(h -> facts.isWritable().test(h.own().toString())).isPresent();
      String lack =
          hierarchy.isPresent() && isRootless(facts) ? NOT_DELEGATED : "no such controller here";
      checks.add(
          usable
              ? ok("cgroup " + name, "v" + hierarchy.get().version())
              : warning("cgroup " + name, lack, "pods that need it are refused"));
    }
  }

  /** Overlay's layers can be idmapped from 5.19 on. */
  private static MachineCheck mappedMounts(MachineFacts facts) {
    Matcher version = VERSION.matcher(facts.text().apply("/proc/sys/kernel/osrelease").orElse(""));
    int release =
        version.matches()
            ? Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2))
            : 0;
    return release >= MAPPED_OVERLAY
        ? ok("idmapped mounts", "there")
        : warning(
            "idmapped mounts",
            "not for overlay",
            "pods with a user namespace of their own need Linux 5.19");
  }

  private static MachineCheck nftables(MachineFacts facts) {
    if (isRootless(facts)) {
      return warning("nftables", "not for users", "pods have no way out and no host ports");
    }
    return facts
        .nftables()
        .get()
        .map(
            why ->
                warning(
                    "nftables",
                    why,
                    "pods have no way out and no host ports: as root, modprobe nf_tables nft_masq"))
        .orElseGet(() -> ok("nftables", "answers"));
  }

  private static MachineCheck processes(MachineFacts facts) {
    for (String line : facts.text().apply("/proc/self/limits").orElse("").split("\n")) {
      if (line.startsWith("Max processes")) {
        String hard = line.split("\\s{2,}")[2];
        return hard.equals("unlimited") || Long.parseLong(hard) >= COMFORTABLE_PROCESSES
            ? ok("processes", hard)
            : warning("processes", hard, "raise it (ulimit -u): containers' processes count");
      }
    }
    return warning("processes", "unknown", "");
  }

  private static MachineCheck fileSystem(MachineFacts facts, String name, String advice) {
    String known = facts.text().apply("/proc/filesystems").orElse("");
    if (known.lines().anyMatch(line -> line.strip().replaceFirst("nodev\\s+", "").equals(name))) {
      return ok("file system " + name, "there");
    }
    return missing("file system " + name, "not known to the kernel", advice);
  }

  private static MachineCheck seccomp(MachineFacts facts) {
    String actions = facts.text().apply("/proc/sys/kernel/seccomp/actions_avail").orElse("");
    if (actions.contains("errno")) {
      return ok("seccomp", "there");
    }
    return missing("seccomp", "not there", "use a kernel with CONFIG_SECCOMP_FILTER");
  }

  /** The launcher runs from a memfd. */
  private static MachineCheck executableMemory(MachineFacts facts) {
    String forbidden = facts.text().apply("/proc/sys/vm/memfd_noexec").orElse("0");
    if (forbidden.equals("2")) {
      return missing("memfd", "vm.memfd_noexec is 2", "set sysctl vm.memfd_noexec to 0 or 1");
    }
    return ok("memfd", "executable");
  }

  private static MachineCheck descriptors(MachineFacts facts) {
    for (String line : facts.text().apply("/proc/self/limits").orElse("").split("\n")) {
      if (line.startsWith("Max open files")) {
        String hard = line.split("\\s{2,}")[2];
        if (hard.equals("unlimited") || Long.parseLong(hard) >= COMFORTABLE_DESCRIPTORS) {
          return ok("open files", hard);
        }
        return warning("open files", hard, "raise it (ulimit -n): a container takes about three");
      }
    }
    return warning("open files", "unknown", "");
  }
}
