package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Flags;
import java.nio.file.Path;
import java.util.List;

/** Computes the helpers of a sandbox that need a process of their own. */
public final class SandboxPlan {
  private static final int SIGCHLD = 17;
  private static final long SIG_IGN = 1;

  private SandboxPlan() {}

  /**
   * New user, network, ipc and uts namespaces, the last three owned by the first: only so does the
   * pod's root rule over them. A JVM's thread can't make a user namespace, a process of one thread
   * can. It stops for Java to write the id maps and to keep the namespaces' files, and is ended.
   */
  public static LaunchPlan users() {
    return users(Flags.CLONE_NEWNET | Flags.CLONE_NEWIPC | Flags.CLONE_NEWUTS);
  }

  /**
   * @param owned the kinds that are owned by the new users
   */
  public static LaunchPlan users(long owned) {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    plan.call("unshare(user, net, ipc, uts)", "unshare", Flags.CLONE_NEWUSER | owned);
    plan.call("write(stop)", "write", LauncherDescriptors.ERRORS, "S", 1);
    waitAtGate(plan);
    plan.call("exit_group()", "exit_group", 0);
    return plan.build();
  }

  /**
   * Maps owners as a container's launch would, in a mount namespace that ends with the process.
   *
   * @param users the user namespace's file
   */
  public static LaunchPlan trial(Path users, List<Path> directories, Path scratch) {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    OwnerMapping mapping = new OwnerMapping(plan);
    mapping.open(users);
    plan.call("unshare(mnt)", "unshare", Flags.CLONE_NEWNS);
    plan.call("mount(rprivate)", "mount", 0, "/", 0, Flags.MS_REC | Flags.MS_PRIVATE, 0);
    directories.forEach(mapping::cover);
    for (String name : List.of("upper", "work")) {
      String path = scratch.resolve(name).toString();
      plan.tryCall("mkdir(" + path + ")", "mkdirat", Flags.AT_FDCWD, path, 0755);
    }
    String options =
        "lowerdir="
            + directories.get(0)
            + ",upperdir="
            + scratch
            + "/upper,workdir="
            + scratch
            + "/work";
    plan.call("mount(overlay)", "mount", "overlay", scratch.toString(), "overlay", 0, options);
    plan.call("write(stop)", "write", LauncherDescriptors.ERRORS, "S", 1);
    waitAtGate(plan);
    plan.call("exit_group()", "exit_group", 0);
    return plan.build();
  }

  /**
   * The first process of a pid namespace that the pod's containers share. It does nothing: with
   * SIGCHLD ignored the kernel itself reaps orphans, and nothing inside can signal it.
   *
   * @param joinFiles {@code cgroup.procs} of the sandbox' cgroup in each hierarchy
   */
  public static LaunchPlan reaper(List<Path> joinFiles) {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    joinFiles.forEach(
        file -> {
          String path = file.toString();
          long flags = Flags.O_WRONLY | Flags.O_CLOEXEC;
          Argument.Result fd =
              plan.call("open(" + path + ")", "openat", Flags.AT_FDCWD, path, flags, 0);
          plan.call("write(" + path + ")", "write", fd, "0", 1);
        });
    plan.call("setsid()", "setsid");
    plan.call("chdir(/)", "chdir", "/");
    byte[] ignore = LaunchPlan.longs(SIG_IGN, 0, 0, 0);
    plan.call("rt_sigaction(SIGCHLD)", "rt_sigaction", SIGCHLD, ignore, 0, 8);
    waitAtGate(plan);
    plan.call("close_range()", "close_range", 0, 0xffffffffL, 0);
    plan.tryCall("ppoll()", "ppoll", 0, 0, 0, 0, 0);
    plan.call("exit_group()", "exit_group", 0);
    return plan.build();
  }

  private static void waitAtGate(LaunchPlan.Builder plan) {
    plan.callOrEnd("read(gate)", "read", LauncherDescriptors.GATE, new byte[8], 1);
  }
}
