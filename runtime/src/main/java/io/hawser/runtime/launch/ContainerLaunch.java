package io.hawser.runtime.launch;

import io.hawser.runtime.ContainerSpec.MountOptions;
import io.hawser.runtime.Isolation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything the start of a container needs, resolved to plain paths and numbers: the input of
 * {@link ContainerPlan}.
 *
 * @param joinFiles {@code cgroup.procs} of the container's cgroup in each hierarchy
 * @param namespaces the sandbox's, to join
 * @param cgroupViews what is below /sys/fs/cgroup
 * @param volumes mounted in this order
 * @param maskedFiles absolute paths in the container that read as empty
 * @param maskedDirectories absolute paths that appear as empty directories
 * @param readOnlyPaths absolute paths below /proc that can't be written
 * @param terminal true: the launcher stops before the process and opens the container's first
 *     terminal once Java has the other end
 * @param streams of the process, unless it has a terminal
 * @param extras what few containers have
 */
public record ContainerLaunch(
    List<Path> joinFiles,
    Namespaces namespaces,
    Root root,
    List<CgroupView> cgroupViews,
    List<Volume> volumes,
    List<String> maskedFiles,
    List<String> maskedDirectories,
    List<String> readOnlyPaths,
    ProcessSpec process,
    boolean terminal,
    Streams streams,
    Extras extras) {

  public ContainerLaunch(
      List<Path> joinFiles,
      Namespaces namespaces,
      Root root,
      List<CgroupView> cgroupViews,
      List<Volume> volumes,
      List<String> maskedFiles,
      List<String> maskedDirectories,
      List<String> readOnlyPaths,
      ProcessSpec process,
      boolean terminal) {
    this(
        joinFiles,
        namespaces,
        root,
        cgroupViews,
        volumes,
        maskedFiles,
        maskedDirectories,
        readOnlyPaths,
        process,
        terminal,
        Streams.NONE,
        Extras.NONE);
  }

  /**
   * The pipes that are standard streams, opened while the machine's files can still be seen. What
   * has none stays as the launcher found it.
   *
   * @param stdin with {@code endless}, also held for writing, so that it never ends
   * @param stdout held for reading too, as stderr is: the agent's death does not end them
   */
  public record Streams(
      Optional<Path> stdin, boolean endless, Optional<Path> stdout, Optional<Path> stderr) {
    public static final Streams NONE =
        new Streams(Optional.empty(), false, Optional.empty(), Optional.empty());
  }

  /**
   * What few containers have.
   *
   * @param users the user namespace's file
   * @param clock offsets of a time namespace
   * @param bindRoot present: this directory is the root, instead of the overlay
   * @param sysctls written before /proc/sys becomes read-only
   * @param privileged true: /sys can be written
   * @param rootless true: the agent is root of a user namespace of its own only
   */
  public record Extras(
      Optional<Path> users,
      Optional<Isolation.ClockOffsets> clock,
      Optional<Path> bindRoot,
      List<Isolation.Tmpfs> tmpfs,
      List<Isolation.Device> devices,
      Map<String, String> sysctls,
      boolean privileged,
      boolean rootless) {
    public static final Extras NONE =
        new Extras(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            Map.of(),
            false,
            false);
  }

  /**
   * Namespace files to join.
   *
   * @param net empty: the machine's network
   * @param ipc empty: the machine's
   */
  public record Namespaces(Optional<Path> net, Optional<Path> ipc, Path uts) {}

  /**
   * An overlay over the image.
   *
   * @param lowers the image's layers, uppermost first. One that comes again below itself changes
   *     nothing, is left out, and would be refused by the kernel: two steps without changes have
   *     the same, empty layer
   * @param mountPoint a directory outside the image; every launch has its own mount namespace, so
   *     one serves all
   */
  public record Root(List<Path> lowers, Path upper, Path work, Path mountPoint, boolean readOnly) {
    public Root {
      lowers = lowers.stream().distinct().toList();
    }
  }

  /**
   * A cgroup file system, read-only: its root is the container's own cgroup. Java and other
   * runtimes read their limits there.
   *
   * @param controllers those of a v1 hierarchy; empty for v2, which is then the only one
   */
  public record CgroupView(List<String> controllers) {}

  /**
   * A bind mount.
   *
   * @param directory what is mounted is one, and one is made when the target is missing
   */
  public record Volume(
      String source, String target, boolean readOnly, boolean directory, MountOptions options) {
    public Volume(String source, String target, boolean readOnly, boolean directory) {
      this(source, target, readOnly, directory, MountOptions.DEFAULT);
    }
  }
}
