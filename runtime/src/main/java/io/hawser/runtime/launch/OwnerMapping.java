package io.hawser.runtime.launch;

import static io.hawser.runtime.kernel.Flags.AT_FDCWD;

import io.hawser.runtime.kernel.Flags;
import java.nio.file.Path;

/** The steps that show a directory's files with other owners: idmapped mounts, mount_setattr(2). */
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
