package io.hawser.runtime.launch;

import static io.hawser.runtime.launch.Capability.BPF;
import static io.hawser.runtime.launch.Capability.DAC_READ_SEARCH;
import static io.hawser.runtime.launch.Capability.PERFMON;
import static io.hawser.runtime.launch.Capability.SYSLOG;
import static io.hawser.runtime.launch.Capability.SYS_ADMIN;
import static io.hawser.runtime.launch.Capability.SYS_BOOT;
import static io.hawser.runtime.launch.Capability.SYS_CHROOT;
import static io.hawser.runtime.launch.Capability.SYS_MODULE;
import static io.hawser.runtime.launch.Capability.SYS_NICE;
import static io.hawser.runtime.launch.Capability.SYS_PACCT;
import static io.hawser.runtime.launch.Capability.SYS_PTRACE;
import static io.hawser.runtime.launch.Capability.SYS_RAWIO;
import static io.hawser.runtime.launch.Capability.SYS_TIME;
import static io.hawser.runtime.launch.Capability.SYS_TTY_CONFIG;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Errno;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The default system call filter, as strong as Docker's: every known call is allowed except those
 * below, which need a granted capability or are refused with EPERM; numbers newer than this table
 * get ENOSYS, so that C libraries fall back. Stricter than Docker's in three points: io_uring and
 * userfaultfd are refused, and so are 32-bit and x32 calls.
 */
final class SeccompProfile {
  /** Calls that any one of these capabilities opens. */
  private static final Map<List<Capability>, String> BY_CAPABILITY =
      Map.ofEntries(
          Map.entry(
              List.of(SYS_ADMIN),
              "fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr"
                  + " move_mount open_tree open_tree_attr listmount statmount quotactl quotactl_fd"
                  + " setdomainname sethostname setns umount2 unshare"),
          Map.entry(List.of(SYS_ADMIN, BPF), "bpf"),
          Map.entry(List.of(SYS_ADMIN, PERFMON), "perf_event_open"),
          Map.entry(List.of(SYS_ADMIN, SYSLOG), "syslog"),
          Map.entry(List.of(DAC_READ_SEARCH), "open_by_handle_at"),
          Map.entry(List.of(SYS_BOOT), "reboot"),
          Map.entry(List.of(SYS_CHROOT), "chroot"),
          Map.entry(List.of(SYS_MODULE), "delete_module finit_module init_module"),
          Map.entry(List.of(SYS_PACCT), "acct"),
          Map.entry(List.of(SYS_PTRACE), "kcmp pidfd_getfd process_madvise"),
          Map.entry(List.of(SYS_RAWIO), "ioperm iopl"),
          Map.entry(List.of(SYS_TIME), "clock_settime settimeofday"),
          Map.entry(List.of(SYS_TTY_CONFIG), "vhangup"),
          Map.entry(
              List.of(SYS_NICE), "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"));

  /** Never: kernel-wide state, keyrings that have no namespace, calls with a history of holes. */
  private static final String REFUSED =
      "_sysctl add_key afs_syscall create_module get_kernel_syms getpmsg io_uring_enter"
          + " io_uring_register io_uring_setup kexec_file_load kexec_load keyctl"
          + " lsm_set_self_attr migrate_pages move_pages nfsservctl pivot_root putpmsg"
          + " query_module request_key security swapoff swapon sysfs tuxcall uselib userfaultfd"
          + " ustat vserver";

  private static final int CLONE_NAMESPACES = 0x7E020000;
  private static final int AF_VSOCK = 40;
  private static final int[] PERSONALITIES = {0, 8, 0x20000, 0x20008, 0xffffffff};
  private static final int EPERM = Errno.EPERM.number();
  private static final int ENOSYS = Errno.ENOSYS.number();

  private record Key(Arch arch, long capabilities) {}

  private static final Map<Key, byte[]> COMPILED = new ConcurrentHashMap<>();

  private SeccompProfile() {}

  /**
   * The BPF instructions for a process with these capabilities. Kept: pods ask for few variants.
   */
  static byte[] forCapabilities(Arch arch, Set<Capability> granted) {
    return COMPILED.computeIfAbsent(
        new Key(arch, Capability.mask(granted)), key -> compile(arch, granted));
  }

  private static byte[] compile(Arch arch, Set<Capability> granted) {
    Map<String, SyscallFilter.Rule> rules = new HashMap<>();
    for (String name : arch.syscalls()) {
      rules.put(name, SyscallFilter.Rule.allow());
    }
    refused(granted).forEach(name -> rules.replace(name, SyscallFilter.Rule.error(EPERM)));
    rules.replace("socket", SyscallFilter.Rule.errorIfArgument(0, EPERM, AF_VSOCK));
    rules.replace("personality", SyscallFilter.Rule.allowIfArgument(0, EPERM, PERSONALITIES));
    if (!granted.contains(SYS_ADMIN)) {
      // clone3 hides its flags in memory, which a filter can't read: without it, libraries use
      // clone.
      rules.replace("clone3", SyscallFilter.Rule.error(ENOSYS));
      rules.replace("clone", SyscallFilter.Rule.errorIfBits(0, EPERM, CLONE_NAMESPACES));
    }
    TreeMap<Integer, SyscallFilter.Rule> byNumber = new TreeMap<>();
    rules.forEach((name, rule) -> byNumber.put(arch.number(name), rule));
    return SyscallFilter.assemble(arch, byNumber, ENOSYS);
  }

  private static Set<String> refused(Set<Capability> granted) {
    Set<String> refused = new TreeSet<>(List.of(REFUSED.split(" ")));
    BY_CAPABILITY.forEach(
        (capabilities, names) -> {
          if (capabilities.stream().noneMatch(granted::contains)) {
            refused.addAll(List.of(names.split(" ")));
          }
        });
    return refused;
  }

  /** The same filter as {@code linux.seccomp} of the OCI runtime specification. */
  static ObjectNode document(Arch arch, Set<Capability> granted) {
    ObjectNode profile = JsonNodeFactory.instance.objectNode();
    profile.put("defaultAction", "SCMP_ACT_ERRNO").put("defaultErrnoRet", ENOSYS);
    profile
        .putArray("architectures")
        .add(arch == Arch.AMD64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64");
    ArrayNode rules = profile.putArray("syscalls");
    Set<String> refused = refused(granted);
    Set<String> special = new TreeSet<>(Set.of("socket", "personality"));
    rule(rules, "socket", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_NE", AF_VSOCK, 0);
    for (int personality : PERSONALITIES) {
      long value = Integer.toUnsignedLong(personality);
      rule(rules, "personality", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", value, 0);
    }
    if (!granted.contains(SYS_ADMIN)) {
      special.addAll(Set.of("clone", "clone3"));
      rule(rules, "clone", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_MASKED_EQ", CLONE_NAMESPACES, 0);
    }
    ObjectNode allowed = rules.addObject().put("action", "SCMP_ACT_ALLOW");
    ArrayNode names = allowed.putArray("names");
    for (String name : new TreeSet<>(arch.syscalls())) {
      if (!refused.contains(name) && !special.contains(name)) {
        names.add(name);
      }
    }
    ObjectNode denied = rules.addObject().put("action", "SCMP_ACT_ERRNO").put("errnoRet", EPERM);
    ArrayNode deniedNames = denied.putArray("names");
    refused.stream().filter(arch.syscalls()::contains).forEach(deniedNames::add);
    return profile;
  }

  private static void rule(
      ArrayNode rules,
      String name,
      String action,
      int argument,
      String operator,
      long value,
      long second) {
    ObjectNode rule = rules.addObject().put("action", action);
    rule.putArray("names").add(name);
    rule.putArray("args")
        .addObject()
        .put("index", argument)
        .put("value", value)
        .put("valueTwo", second)
        .put("op", operator);
  }
}
