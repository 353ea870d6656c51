package io.hawser.runtime.launch;

import java.util.List;

/** Numbers of resource limits: asm-generic/resource.h, the same on amd64 and arm64. */
final class Rlimits {
  private static final List<String> NAMES =
      List.of(
          "CPU",
          "FSIZE",
          "DATA",
          "STACK",
          "CORE",
          "RSS",
          "NPROC",
          "NOFILE",
          "MEMLOCK",
          "AS",
          "LOCKS",
          "SIGPENDING",
          "MSGQUEUE",
          "NICE",
          "RTPRIO",
          "RTTIME");

  private Rlimits() {}

  /**
   * @param type {@code RLIMIT_NOFILE} and so on
   * @throws IllegalArgumentException naming an unknown type
   */
  static int number(String type) {
    int number = NAMES.indexOf(type.replaceFirst("^RLIMIT_", ""));
    if (number < 0 || !type.startsWith("RLIMIT_")) {
      throw new IllegalArgumentException(
          "rlimit \"" + type + "\": expected RLIMIT_ and one of " + String.join(", ", NAMES));
    }
    return number;
  }

  /** {@code struct rlimit64}; infinity is all bits. */
  static byte[] value(long soft, long hard) {
    return LaunchPlan.longs(infinite(soft), infinite(hard));
  }

  private static long infinite(long limit) {
    return limit == Long.MAX_VALUE ? -1 : limit;
  }
}
