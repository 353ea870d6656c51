package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Flags;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * Computes another process in a running container: a pure function. The launcher is already in the
 * container's pid namespace and holds a pidfd of its first process.
 */
public final class ExecPlan {
  private static final long NAMESPACES =
      Flags.CLONE_NEWNS
          | Flags.CLONE_NEWUTS
          | Flags.CLONE_NEWIPC
          | Flags.CLONE_NEWNET
          | Flags.CLONE_NEWCGROUP;

  private ExecPlan() {}

  /**
   * @param joinFiles {@code cgroup.procs} of the container's cgroup in each hierarchy
   * @param terminal the number of a terminal in the container's devpts
   */
  public static LaunchPlan of(
      List<Path> joinFiles, ProcessSpec process, OptionalInt terminal, Arch arch) {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    ProcessPlan steps = new ProcessPlan(arch, plan);
    steps.begin();
    steps.join(joinFiles);
    steps.oomScore(process);
    steps.rlimits(process);
    long namespaces = NAMESPACES;
    ProcessSpec.OtherNamespaces others = process.confinement().namespaces();
    namespaces |= others.clock() ? Flags.CLONE_NEWTIME : 0;
    plan.call("setns(container)", "setns", LauncherDescriptors.CONTAINER, namespaces);
    plan.call("setsid()", "setsid");
    plan.call("umask(022)", "umask", 022);
    terminal.ifPresent(number -> steps.openTerminal(number, process));
    if (others.usersBase() != 0) { // joining the one that one is in is an error: setns(2)
      int container = LauncherDescriptors.CONTAINER;
      plan.call("setns(user)", "setns", container, Flags.CLONE_NEWUSER);
    }
    steps.become(process);
    return plan.build();
  }
}
