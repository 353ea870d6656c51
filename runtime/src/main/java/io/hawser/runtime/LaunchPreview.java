package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.Reaper;
import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.Checkpoints.Shared;
import io.hawser.runtime.cgroup.CgroupLayout;
import io.hawser.runtime.cgroup.NodeCgroups;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.LinuxKernel;
import io.hawser.runtime.launch.LaunchPlan;
import java.nio.file.Path;

/**
 * What the start of a container would have this machine's kernel do, for a pod that no node has:
 * for {@code hawser debug launch -f}. Makes no namespace, cgroup or interface.
 */
public final class LaunchPreview {
  /** Where its cgroups would be. */
  private static final String NODE = "preview";

  /** Documentation's, RFC 5737. */
  private static final String ADDRESS = "192.0.2.2";

  private LaunchPreview() {}

  /**
   * @param scratch a directory for the pod's files, the caller's to remove
   * @param image what the container is made from; it is on this machine
   * @return without the values of the environment
   * @throws IllegalArgumentException for a spec that can't be started
   */
  public static LaunchPlan of(
      Path scratch, SandboxSpec sandbox, ContainerSpec spec, ImageStore.Image image) {
    Kernel kernel = new LinuxKernel();
    NodeDirectory directory = new NodeDirectory(scratch);
    NodeCgroups cgroups = new NodeCgroups(kernel, CgroupLayout.read(), NODE);
    return new ContainerLaunches(directory, cgroups)
        .plan(spec, state(sandbox), image, kernel.arch())
        .withoutEnvironment();
  }

  private static SandboxState state(SandboxSpec sandbox) {
    SandboxSpec.Sharing sharing = sandbox.sharing();
    Shared shared =
        new Shared(
            sharing.ownUsers() ? UserRanges.FIRST : 0,
            sharing.hostIpc(),
            sharing.pids(),
            new Reaper(0, 0),
            null);
    return new SandboxState(
        sandbox.podUid(),
        sandbox.hostname(),
        sandbox.hostNetwork(),
        ADDRESS,
        Checkpoints.bootId(),
        shared,
        sandbox.ports());
  }
}
