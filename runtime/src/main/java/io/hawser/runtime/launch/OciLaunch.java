package io.hawser.runtime.launch;

import io.hawser.runtime.Isolation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The start of a container that an OCI bundle describes, resolved to plain paths and numbers: the
 * input of {@link OciPlan}.
 *
 * @param joinFiles {@code cgroup.procs} or {@code tasks} of the container's cgroups
 * @param stateDirectory where {@link #FIFO} is, which holds the program back until {@code start}
 * @param masked absolute paths in the container that read as empty
 * @param readOnly absolute paths in the container that can't be written
 * @param sysctls names with dots
 * @param stopForHooks true: the launcher stops with {@link #HOOKS} when all is made, before the
 *     pivot
 * @param terminal true: it stops with {@link #TERMINAL}
 */
public record OciLaunch(
    List<Path> joinFiles,
    Namespaces namespaces,
    Root root,
    List<Mount> mounts,
    List<Device> devices,
    List<String> masked,
    List<String> readOnly,
    Map<String, String> sysctls,
    Names names,
    ProcessSpec process,
    Path stateDirectory,
    boolean stopForHooks,
    boolean terminal) {

  /** The launcher's stops, as letters on its pipe for errors. */
  public static final char HOOKS = 'H';

  public static final char TERMINAL = 'T';
  public static final char CREATED = 'C';

  /** The name of the pipe that the launcher opens last. */
  public static final String FIFO = "exec.fifo";

  /**
   * The pid namespace is the spawner's business and not here.
   *
   * @param joined files by kind: {@code net}, {@code ipc}, {@code uts}, {@code mnt}, {@code
   *     cgroup}, {@code time}
   * @param fresh kinds that are the container's own; those that are joined too were made before
   * @param clock of a fresh time namespace
   * @param users the file of a user namespace; it is entered last
   */
  public record Namespaces(
      Map<String, Path> joined,
      Set<String> fresh,
      Isolation.ClockOffsets clock,
      Optional<Path> users) {

    /** False: what is mounted is mounted on the machine, and the root is entered by chroot(2). */
    public boolean ownMounts() {
      return fresh.contains("mnt") || joined.containsKey("mnt");
    }
  }

  /**
   * @param propagation {@code MS_SLAVE} and so on, with or without {@code MS_REC}
   */
  public record Root(Path path, boolean readOnly, long propagation) {}

  /**
   * @param type empty: a bind mount
   * @param flags of mount(2); {@code MS_BIND} and {@code MS_REC} tell a bind mount's kind
   * @param data what the file system itself understands
   * @param propagation 0: as it comes
   * @param directory whether a bind mount's source is one
   */
  public record Mount(
      String destination,
      String source,
      String type,
      long flags,
      String data,
      long propagation,
      boolean directory) {}

  /**
   * @param type {@code c}, {@code b} or {@code p}
   */
  public record Device(
      String path, char type, int major, int minor, int mode, long uid, long gid) {}

  /**
   * @param umask empty: 022
   */
  public record Names(Optional<String> host, Optional<String> domain, Optional<Integer> umask) {}
}
