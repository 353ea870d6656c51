package io.hawser.runtime.launch;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Linux' capabilities in the kernel's numbering (capabilities(7)). */
public enum Capability {
  CHOWN,
  DAC_OVERRIDE,
  DAC_READ_SEARCH,
  FOWNER,
  FSETID,
  KILL,
  SETGID,
  SETUID,
  SETPCAP,
  LINUX_IMMUTABLE,
  NET_BIND_SERVICE,
  NET_BROADCAST,
  NET_ADMIN,
  NET_RAW,
  IPC_LOCK,
  IPC_OWNER,
  SYS_MODULE,
  SYS_RAWIO,
  SYS_CHROOT,
  SYS_PTRACE,
  SYS_PACCT,
  SYS_ADMIN,
  SYS_BOOT,
  SYS_NICE,
  SYS_RESOURCE,
  SYS_TIME,
  SYS_TTY_CONFIG,
  MKNOD,
  LEASE,
  AUDIT_WRITE,
  AUDIT_CONTROL,
  SETFCAP,
  MAC_OVERRIDE,
  MAC_ADMIN,
  SYSLOG,
  WAKE_ALARM,
  BLOCK_SUSPEND,
  AUDIT_READ,
  PERFMON,
  BPF,
  CHECKPOINT_RESTORE;

  /** What Docker grants by default: 14 capabilities. */
  public static final Set<Capability> DEFAULT =
      Set.copyOf(
          EnumSet.of(
              CHOWN,
              DAC_OVERRIDE,
              FSETID,
              FOWNER,
              MKNOD,
              NET_RAW,
              SETGID,
              SETUID,
              SETFCAP,
              SETPCAP,
              NET_BIND_SERVICE,
              SYS_CHROOT,
              KILL,
              AUDIT_WRITE));

  public long bit() {
    return 1L << ordinal();
  }

  /**
   * The default set, without those dropped, with those added; {@code ALL} works in both lists.
   *
   * @throws IllegalArgumentException naming an unknown capability
   */
  public static Set<Capability> granted(List<String> add, List<String> drop) {
    EnumSet<Capability> granted = EnumSet.copyOf(DEFAULT);
    drop.forEach(name -> granted.removeAll(parse(name)));
    add.forEach(name -> granted.addAll(parse(name)));
    return granted;
  }

  static long mask(Set<Capability> capabilities) {
    return capabilities.stream().mapToLong(Capability::bit).reduce(0, (a, b) -> a | b);
  }

  /**
   * Exactly these.
   *
   * @throws IllegalArgumentException naming an unknown capability
   */
  public static Set<Capability> named(Set<String> names) {
    EnumSet<Capability> all = EnumSet.noneOf(Capability.class);
    names.forEach(name -> all.addAll(parse(name)));
    return all;
  }

  /**
   * Bits as in {@code /proc/self/status}.
   *
   * @throws IllegalArgumentException naming an unknown capability
   */
  public static long bits(Set<String> names) {
    return mask(named(names));
  }

  private static Set<Capability> parse(String name) {
    String word = name.toUpperCase(Locale.ROOT).replaceFirst("^CAP_", "");
    if (word.equals("ALL")) {
      return EnumSet.allOf(Capability.class);
    }
    try {
      return EnumSet.of(valueOf(word));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "unknown capability " + name + ": expected a name of capabilities(7) such as NET_ADMIN");
    }
  }
}
