package io.hawser.runtime.launch;

import java.nio.file.Path;
import java.util.List;
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
    boolean terminal) {

  /**
   * Namespace files to join.
   *
   * @param net empty: the machine's network
   */
  public record Namespaces(Optional<Path> net, Path ipc, Path uts) {}

  /**
   * An overlay over the image.
   *
   * @param lowers the image's layers, uppermost first
   * @param mountPoint a directory outside the image; every launch has its own mount namespace, so
   *     one serves all
   */
  public record Root(List<Path> lowers, Path upper, Path work, Path mountPoint, boolean readOnly) {
    public Root {
      lowers = List.copyOf(lowers);
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
   * @param directory what the source is, and what is made when the target is missing
   */
  public record Volume(String source, String target, boolean readOnly, boolean directory) {}
}
