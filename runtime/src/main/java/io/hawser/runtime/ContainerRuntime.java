package io.hawser.runtime;

import io.hawser.runtime.launch.LaunchPlan;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Linux containers of one machine, without actors: sandboxes (pods) and the containers in them.
 *
 * <p>Every method blocks for milliseconds and must be called from a thread that may block. Methods
 * are idempotent where a repeated call makes sense, and safe to call from several threads for
 * different pods. A failed call has undone what it had made and throws {@link RuntimeFault}, which
 * names the step and the errno.
 */
public interface ContainerRuntime extends AutoCloseable {

  /** Opens the runtime over its state directory; what an earlier process left stays adoptable. */
  static ContainerRuntime open(RuntimeConfig config) {
    return LinuxContainerRuntime.open(config);
  }

  /**
   * Finds the sandboxes and containers that an earlier process of this node left, running or exited
   * meanwhile, and takes them over. Remains that can't be taken over (a torn checkpoint, a sandbox
   * whose namespaces are gone) are cleared and are not listed. Called once, after {@link #open}.
   */
  List<Recovered> recover();

  /**
   * Makes a pod's sandbox: network, ipc and uts namespaces that live without a pause process, its
   * interface on the node's bridge with an address from the node's subnet, its cgroup.
   */
  Sandbox createSandbox(SandboxSpec spec);

  /**
   * Limits a sandbox as a whole, its containers and what is beside them; what the limits leave out
   * is no longer limited. Idempotent.
   */
  void limitSandbox(String podUid, ContainerSpec.Limits limits);

  /** Creates and starts a container in a sandbox. The process has been exec'ed on return. */
  Container start(ContainerSpec spec);

  /**
   * What {@link #start} would have the kernel do for this container, call by call; for {@code
   * hawser debug launch}. Starts nothing. The values of the environment are left out.
   *
   * @throws RuntimeFault when the sandbox or the image is not there, or another OCI runtime starts
   *     the pod's containers
   */
  LaunchPlan describeLaunch(ContainerSpec spec);

  /**
   * Why no pod on this machine can have users of its own ({@link SandboxSpec.Sharing#ownUsers}).
   * Tried once, with the file systems of this node.
   *
   * @return empty: they can
   */
  default Optional<String> ownUsersObstacle() {
    return Optional.of("this runtime has no user namespaces");
  }

  Optional<Sandbox> sandbox(String podUid);

  Optional<Container> container(String containerId);

  /** Kills what still runs in the sandbox and removes all of it, logs included. Idempotent. */
  void removeSandbox(String podUid);

  /**
   * Waits until nothing is left of the containers removed so far. {@link #removeSandbox} does the
   * same for what is in it; for measurements and tests.
   */
  default void settle() {}

  /** The images that containers on this machine may use. */
  ImageStore images();

  /**
   * Kills every container of this node, frozen ones too, within the bound of a few hundred
   * milliseconds that SIGKILL takes; nothing is cleaned up. For a node that lost its cluster.
   */
  default void fence() {
    fence(Set.of());
  }

  /**
   * As {@link #fence()}, but containers of some pods run on.
   *
   * @param keptPods uids of those pods
   */
  void fence(Set<String> keptPods);

  /** Removes everything this node owns: sandboxes, bridge, cgroups, mounts. For {@code down}. */
  void purge();

  /**
   * Lets go of the machine without stopping any container; the guard then waits for a successor as
   * if the process had died.
   */
  @Override
  void close();
}
