package io.hawser.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a container is given and denied beyond {@link ContainerSpec.Security}. {@link #DEFAULT} is
 * what a container gets that asks for nothing.
 *
 * @param privileged true: every capability and device of the machine, no seccomp filter, nothing
 *     masked or read-only
 */
public record Isolation(boolean privileged, Seccomp seccomp, Rights rights, Files files) {
  public static final Isolation DEFAULT =
      new Isolation(false, Seccomp.DEFAULT, Rights.DEFAULT, Files.DEFAULT);

  /**
   * A system call filter.
   *
   * @param profile JSON of the OCI runtime specification ({@code linux.seccomp}) or of Docker's
   *     profiles; only with {@link Kind#PROFILE}
   */
  public record Seccomp(Kind kind, String profile) {
    public static final Seccomp DEFAULT = new Seccomp(Kind.RUNTIME_DEFAULT, "");
    public static final Seccomp UNCONFINED = new Seccomp(Kind.UNCONFINED, "");

    /** Where the filter comes from. */
    public enum Kind {
      RUNTIME_DEFAULT,
      UNCONFINED,
      PROFILE
    }

    public static Seccomp of(String profile) {
      return new Seccomp(Kind.PROFILE, profile);
    }
  }

  /**
   * Rights of the process.
   *
   * @param capabilities exact sets instead of those that {@link ContainerSpec.Security} computes
   * @param supplementalGroups in addition to those the image's /etc/group gives the user
   * @param oomScoreAdj -1000…1000; empty: the agent's own. Below the agent's needs CAP_SYS_RESOURCE
   * @param sysctls of the container's own namespaces, such as {@code kernel.msgmax}: written before
   *     /proc/sys becomes read-only
   * @param clock present: a time namespace with these offsets
   */
  public record Rights(
      Optional<CapabilitySets> capabilities,
      List<Long> supplementalGroups,
      List<Rlimit> rlimits,
      Optional<Integer> oomScoreAdj,
      Map<String, String> sysctls,
      Optional<ClockOffsets> clock) {
    public static final Rights DEFAULT =
        new Rights(
            Optional.empty(), List.of(), List.of(), Optional.empty(), Map.of(), Optional.empty());

    public Rights {
      supplementalGroups = List.copyOf(supplementalGroups);
      rlimits = List.copyOf(rlimits);
      sysctls = Map.copyOf(sysctls);
    }
  }

  /** Names such as {@code NET_ADMIN}, with or without {@code CAP_}; see capabilities(7). */
  public record CapabilitySets(
      Set<String> bounding,
      Set<String> effective,
      Set<String> inheritable,
      Set<String> permitted,
      Set<String> ambient) {}

  /**
   * setrlimit(2).
   *
   * @param type {@code RLIMIT_NOFILE} and so on
   * @param soft {@code Long.MAX_VALUE} or -1: infinity
   */
  public record Rlimit(String type, long soft, long hard) {}

  /** Nanoseconds added to the container's clocks; see time_namespaces(7). */
  public record ClockOffsets(long monotonicNanos, long bootNanos) {}

  /**
   * What lies in the container's file tree.
   *
   * @param rootDirectory present: this directory itself is the root, no image and no overlay; what
   *     the container writes goes into it
   * @param tmpfs mounted before the volumes
   * @param devices nodes in /dev beside the harmless ones every container has; also allowed by the
   *     device filter
   * @param paths instead of the default masked and read-only paths
   */
  public record Files(
      Optional<Path> rootDirectory,
      List<Tmpfs> tmpfs,
      List<Device> devices,
      Optional<ProtectedPaths> paths) {
    public static final Files DEFAULT =
        new Files(Optional.empty(), List.of(), List.of(), Optional.empty());

    public Files {
      tmpfs = List.copyOf(tmpfs);
      devices = List.copyOf(devices);
    }
  }

  /**
   * An empty file system in memory.
   *
   * @param target absolute path in the container
   * @param sizeBytes empty: half of the machine's memory
   * @param mode permissions of its root directory
   */
  public record Tmpfs(
      String target, OptionalLong sizeBytes, int mode, boolean readOnly, boolean noExec) {}

  /**
   * A device node.
   *
   * @param path absolute path in the container, below /dev
   * @param type {@code c} or {@code b}
   * @param access letters of r, w and m, as the device filter allows it
   */
  public record Device(
      String path, char type, int major, int minor, int mode, long uid, long gid, String access) {}

  /** Absolute paths that read as empty, and those that can't be written. */
  public record ProtectedPaths(List<String> masked, List<String> readOnly) {}
}
