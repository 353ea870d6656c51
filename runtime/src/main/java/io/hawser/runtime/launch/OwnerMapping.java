package io.hawser.runtime.launch;

import static io.hawser.runtime.kernel.Flags.AT_FDCWD;

import io.hawser.runtime.kernel.Flags;
import java.nio.file.Path;

/** The steps of containers with users of their own; idmapped mounts: mount_setattr(2). */
final class OwnerMapping {
  /** The user namespace, at a number that no call returns by itself. */
  static final int USERS = 901;

  private final LaunchPlan.Builder plan;

  OwnerMapping(LaunchPlan.Builder plan) {
    this.plan = plan;
  }

  void open(Path users) {
    String path = users.toString();
    Argument.Result fd =
        plan.call("open(" + path + ")", "openat", AT_FDCWD, path, Flags.O_CLOEXEC, 0);
    plan.call("dup3(" + path + ")", "dup3", fd, USERS, Flags.O_CLOEXEC);
    plan.call("close()", "close", fd);
  }

  /**
   * What the launcher makes in the container's tree belongs to the container's root, while it keeps
   * the machine's rights until the tree is built. Without the secure bit the change of the file
   * system's user would drop them; entering the user namespace clears it.
   *
   * @param base the machine's id of the container's root
   */
  void createAsRoot(Path users, long base) {
    int bits = Flags.SECBIT_NO_SETUID_FIXUP;
    plan.call("prctl(PR_SET_SECUREBITS)", "prctl", Flags.PR_SET_SECUREBITS, bits, 0, 0, 0);
    open(users);
    plan.call("setfsgid(" + base + ")", "setfsgid", base);
    plan.call("setfsuid(" + base + ")", "setfsuid", base);
  }

  /**
   * The tree is copied into a mount namespace of the container's users, where its mounts are locked
   * together: even with every capability nothing can be unmounted to see what is below. The cgroup
   * namespace stays the machine's: no cgroup file system can be mounted inside.
   */
  void enter(Path users) {
    // The file is not in the new tree: it was opened before the pivot.
    plan.call("setns(" + users + ")", "setns", USERS, Flags.CLONE_NEWUSER);
    plan.call("close()", "close", USERS);
    plan.call("unshare(mnt)", "unshare", Flags.CLONE_NEWNS);
  }

  /**
   * Covers a directory by itself with its owners mapped: what belongs to root there belongs to the
   * namespace's root in an overlay above. Only in this mount namespace.
   */
  void cover(Path directory) {
    String label = "(" + directory + ")";
    String path = directory.toString();
    long clone = Flags.OPEN_TREE_CLONE | Flags.OPEN_TREE_CLOEXEC;
    Argument.Result tree = plan.call("open_tree" + label, "open_tree", AT_FDCWD, path, clone);
    map(tree, path, 0);
    long flags = Flags.MOVE_MOUNT_F_EMPTY_PATH;
    plan.call("mount" + label, "move_mount", tree, "", AT_FDCWD, path, flags);
    plan.call("close()", "close", tree);
  }

  /**
   * @param tree a mount that no path leads to yet
   * @param recursive {@code AT_RECURSIVE}: what is mounted below as well
   */
  void map(Argument.Result tree, String shown, int recursive) {
    plan.call(
        "mount_setattr(idmap, " + shown + ")",
        "mount_setattr",
        tree,
        "",
        Flags.AT_EMPTY_PATH | recursive,
        LaunchPlan.longs(Flags.MOUNT_ATTR_IDMAP, 0, 0, USERS),
        32);
  }
}
