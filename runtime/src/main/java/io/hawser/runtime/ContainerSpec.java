package io.hawser.runtime;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything one start of a container needs. Restarting means a new spec with a new id.
 *
 * @param id unique on the machine, for all time: {@code <podUid>.<name>.<attempt>}
 * @param podUid the sandbox to run in
 * @param name the container's name in its pod; names its log file
 * @param attempt 0 for the first start, growing by one with every restart
 * @param image the image's reference in the {@link ImageStore}
 * @param command replaces the image's entrypoint when not empty
 * @param args replaces the image's cmd when not empty (dropped with a command, as in Kubernetes)
 * @param env added to, and winning over, the image's environment
 * @param workingDir absolute path inside the container; else the image's
 * @param stdin what its standard input is without a terminal
 * @param tty true: stdin, stdout and stderr are a terminal
 * @param isolation what is out of the ordinary
 */
public record ContainerSpec(
    String id,
    String podUid,
    String name,
    int attempt,
    String image,
    List<String> command,
    List<String> args,
    Map<String, String> env,
    Optional<String> workingDir,
    Limits limits,
    Security security,
    List<VolumeMount> mounts,
    Stdin stdin,
    boolean tty,
    Isolation isolation) {

  /** With the default isolation and no standard input. */
  public ContainerSpec(
      String id,
      String podUid,
      String name,
      int attempt,
      String image,
      List<String> command,
      List<String> args,
      Map<String, String> env,
      Optional<String> workingDir,
      Limits limits,
      Security security,
      List<VolumeMount> mounts,
      boolean tty) {
    this(
        id,
        podUid,
        name,
        attempt,
        image,
        command,
        args,
        env,
        workingDir,
        limits,
        security,
        mounts,
        tty,
        Isolation.DEFAULT);
  }

  /** Without a standard input. */
  public ContainerSpec(
      String id,
      String podUid,
      String name,
      int attempt,
      String image,
      List<String> command,
      List<String> args,
      Map<String, String> env,
      Optional<String> workingDir,
      Limits limits,
      Security security,
      List<VolumeMount> mounts,
      boolean tty,
      Isolation isolation) {
    this(
        id,
        podUid,
        name,
        attempt,
        image,
        command,
        args,
        env,
        workingDir,
        limits,
        security,
        mounts,
        Stdin.NONE,
        tty,
        isolation);
  }

  /** The same with another isolation. */
  public ContainerSpec with(Isolation other) {
    return new ContainerSpec(
        id,
        podUid,
        name,
        attempt,
        image,
        command,
        args,
        env,
        workingDir,
        limits,
        security,
        mounts,
        stdin,
        tty,
        other);
  }

  /** The same with another standard input. */
  public ContainerSpec with(Stdin other) {
    return new ContainerSpec(
        id,
        podUid,
        name,
        attempt,
        image,
        command,
        args,
        env,
        workingDir,
        limits,
        security,
        mounts,
        other,
        tty,
        isolation);
  }

  /** Where a container's standard input comes from. */
  public enum Stdin {
    /** {@code /dev/null}. */
    NONE,
    /** From whoever attaches, one after the other; it never ends. */
    OPEN,
    /** From the first who attaches; it ends with them. */
    ONCE
  }

  /**
   * Zero or empty means no limit.
   *
   * @param cpuWeightMillis relative share under contention, in thousandths of a core (the request)
   * @param cpuLimitMillis hard ceiling in thousandths of a core
   * @param memoryBytes hard ceiling; above it the kernel kills
   * @param pids most processes and threads
   * @param finer what few containers ask for
   */
  public record Limits(
      long cpuWeightMillis, long cpuLimitMillis, long memoryBytes, long pids, Finer finer) {
    public static final Limits NONE = new Limits(0, 0, 0, 0);

    public Limits(long cpuWeightMillis, long cpuLimitMillis, long memoryBytes, long pids) {
      this(cpuWeightMillis, cpuLimitMillis, memoryBytes, pids, Finer.NONE);
    }
  }

  /**
   * Zero or empty means no limit. A limit whose controller the machine lacks is refused.
   *
   * @param cpus processors to run on, such as {@code 0-2,5}
   * @param memoryNodes NUMA nodes to take memory from, in the same format
   * @param reservationBytes memory that is taken back last when the machine runs short
   * @param swapBytes swap beside the memory; only with a memory limit; -1: no limit
   * @param io weights and throttles of block devices
   * @param hugepageBytes by page size as the kernel names it, such as {@code 2MB}
   */
  public record Finer(
      String cpus,
      String memoryNodes,
      long reservationBytes,
      long swapBytes,
      Io io,
      Map<String, Long> hugepageBytes) {
    public static final Finer NONE = new Finer("", "", 0, 0, Io.NONE, Map.of());

    public Finer {
      hugepageBytes = Map.copyOf(hugepageBytes);
    }
  }

  /**
   * @param weight 1…10000 relative to other containers (100 is usual); 0: none
   */
  public record Io(int weight, List<Throttle> throttles) {
    public static final Io NONE = new Io(0, List.of());

    public Io {
      throttles = List.copyOf(throttles);
    }
  }

  /** A block device's ceilings each second; 0: none. */
  public record Throttle(
      int major,
      int minor,
      long readBytes,
      long writeBytes,
      long readOperations,
      long writeOperations) {}

  /**
   * What the process may do. The default is Docker's capability set, no new privileges, the default
   * seccomp profile.
   *
   * @param user numeric uid, or the image's when empty
   * @param group numeric gid, or the image's when empty
   * @param addCapabilities names such as {@code NET_ADMIN}, or {@code ALL}
   * @param dropCapabilities names, or {@code ALL}; dropping is applied before adding
   */
  public record Security(
      Optional<Long> user,
      Optional<Long> group,
      boolean readOnlyRoot,
      boolean allowPrivilegeEscalation,
      List<String> addCapabilities,
      List<String> dropCapabilities) {}

  /**
   * A directory of the pod or of the machine inside the container.
   *
   * @param source absolute path on the machine; for {@code emptyDir} a directory made by the node
   * @param target absolute path in the container, made if missing, resolved inside the image's root
   * @param options what is out of the ordinary
   */
  public record VolumeMount(String source, String target, boolean readOnly, MountOptions options) {
    public VolumeMount(String source, String target, boolean readOnly) {
      this(source, target, readOnly, MountOptions.DEFAULT);
    }
  }

  /**
   * @param subPath a place in the source, made if missing; empty: the source itself. No link leads
   *     out of the source, also when it is swapped while the container starts
   * @param recursive false: mounts below the source are left out
   */
  public record MountOptions(
      String subPath, Propagation propagation, boolean noExec, boolean recursive) {
    public static final MountOptions DEFAULT =
        new MountOptions("", Propagation.PRIVATE, false, true);
  }

  /** Whether later mounts below a volume are seen on the other side; mount_namespaces(7). */
  public enum Propagation {
    PRIVATE,
    HOST_TO_CONTAINER,
    BIDIRECTIONAL
  }
}
