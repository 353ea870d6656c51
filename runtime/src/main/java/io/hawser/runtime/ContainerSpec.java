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
    boolean tty) {

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
   */
  public record Limits(long cpuWeightMillis, long cpuLimitMillis, long memoryBytes, long pids) {}

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
   */
  public record VolumeMount(String source, String target, boolean readOnly) {}
}
