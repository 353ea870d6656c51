package io.hawser.runtime.launch;

import static io.hawser.runtime.kernel.Flags.AT_FDCWD;

import io.hawser.runtime.ContainerSpec.Propagation;
import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Flags;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The steps that bring a directory or file of the machine into the container's tree. Neither the
 * image nor the volume is trusted: both ends are found by {@code openat2} and held as descriptors,
 * so a link that appears in between leads nowhere else.
 */
final class VolumeSteps {
  private static final Path NOTHING = Path.of("");

  private final Arch arch;
  private final LaunchPlan.Builder plan;
  private final boolean mapped;
  private final Map<ContainerLaunch.Volume, Argument.Result> taken = new HashMap<>();

  /**
   * @param mapped true: owners are mapped by the user namespace at {@link OwnerMapping#USERS}
   */
  VolumeSteps(Arch arch, LaunchPlan.Builder plan, boolean mapped) {
    this.arch = arch;
    this.plan = plan;
    this.mapped = mapped;
  }

  /** Such a volume must be taken before the mount namespace stops to be the machine's peer. */
  static boolean isBidirectional(ContainerLaunch.Volume volume) {
    return volume.options().propagation() == Propagation.BIDIRECTIONAL;
  }

  /**
   * Takes a copy of the source's mount, while the launcher is still the machine's root: a directory
   * made here belongs to the machine's ids, as the volume does.
   */
  void take(ContainerLaunch.Volume volume) {
    taken.put(volume, source(volume));
  }

  /** Brings what was taken to its target. */
  void attach(ContainerLaunch.Volume volume) {
    Argument.Result tree = taken.get(volume);
    Path target = Path.of("/").relativize(Path.of(volume.target()).normalize());
    Argument.Result place = target(target, volume.directory());
    attach(volume, tree, place);
    plan.call("close()", "close", place);
    plan.call("close()", "close", tree);
  }

  /** The target is found and made component by component, each below the root's descriptor. */
  Argument.Result target(Path target, boolean directory) {
    Argument.Result parent = new Argument.Result(-1);
    for (int i = 0; i < target.getNameCount(); i++) {
      Path path = target.subpath(0, i + 1);
      boolean isDirectory = directory || i < target.getNameCount() - 1;
      Object in = i == 0 ? (Object) ContainerPlan.ROOT_FD : parent;
      make(in, "/" + path, target.getName(i).toString(), isDirectory);
      long resolve = Flags.RESOLVE_IN_ROOT | Flags.RESOLVE_NO_MAGICLINKS;
      Argument.Result next =
          open("/" + path, ContainerPlan.ROOT_FD, path.toString(), isDirectory, resolve);
      if (i > 0) {
        plan.call("close()", "close", parent);
      }
      parent = next;
    }
    return parent;
  }

  private void make(Object parent, String shown, String name, boolean directory) {
    if (directory) {
      plan.tryCall("mkdir(" + shown + ")", "mkdirat", parent, name, 0755);
    } else {
      plan.tryCall("mknod(" + shown + ")", "mknodat", parent, name, 0100644, 0);
    }
  }

  private Argument.Result open(
      String shown, Object root, String path, boolean directory, long resolve) {
    long flags = Flags.O_PATH | (directory ? Flags.directory(arch) : 0);
    byte[] how = ProcessPlan.openHow(flags, resolve);
    return plan.call("openat2(" + shown + ")", "openat2", root, path, how, 24);
  }

  /** A copy of the mount that no path leads to yet. */
  private Argument.Result source(ContainerLaunch.Volume volume) {
    String label = "open_tree" + label(volume);
    long flags = Flags.OPEN_TREE_CLONE | Flags.OPEN_TREE_CLOEXEC;
    flags |= volume.options().recursive() ? Flags.AT_RECURSIVE : 0;
    Path subPath = Path.of(volume.options().subPath()).normalize();
    if (subPath.equals(NOTHING)) {
      return plan.call(label, "open_tree", AT_FDCWD, volume.source(), flags);
    }
    Argument.Result place = subPath(volume, subPath);
    return plan.call(label, "open_tree", place, "", flags | Flags.AT_EMPTY_PATH);
  }

  /** Each component is opened beneath the volume: a link that leaves it fails with EXDEV. */
  private Argument.Result subPath(ContainerLaunch.Volume volume, Path subPath) {
    String source = volume.source();
    long flags = Flags.O_PATH | Flags.directory(arch) | Flags.O_CLOEXEC;
    Argument.Result root = plan.call("open(" + source + ")", "openat", AT_FDCWD, source, flags, 0);
    Argument.Result place = root;
    for (int i = 0; i < subPath.getNameCount(); i++) {
      boolean directory = volume.directory() || i < subPath.getNameCount() - 1;
      Path path = subPath.subpath(0, i + 1);
      make(place, source + "/" + path, subPath.getName(i).toString(), directory);
      long resolve = Flags.RESOLVE_BENEATH | Flags.RESOLVE_NO_MAGICLINKS;
      place = open(source + "/" + path, root, path.toString(), directory, resolve);
    }
    return place;
  }

  private void attach(ContainerLaunch.Volume volume, Argument.Result tree, Argument.Result target) {
    String label = label(volume);
    int recursive = volume.options().recursive() ? Flags.AT_RECURSIVE : 0;
    long set =
        Flags.MOUNT_ATTR_NOSUID
            | Flags.MOUNT_ATTR_NODEV
            | (volume.readOnly() ? Flags.MOUNT_ATTR_RDONLY : 0)
            | (volume.options().noExec() ? Flags.MOUNT_ATTR_NOEXEC : 0);
    Propagation propagation = volume.options().propagation();
    long kind = propagation == Propagation.PRIVATE ? Flags.MS_PRIVATE : 0;
    int flags = Flags.AT_EMPTY_PATH | recursive;
    byte[] attributes = LaunchPlan.longs(set, 0, kind, 0);
    plan.call("mount_setattr" + label, "mount_setattr", tree, "", flags, attributes, 32);
    if (mapped) {
      new OwnerMapping(plan).map(tree, volume.source(), recursive);
    }
    long both = Flags.MOVE_MOUNT_F_EMPTY_PATH | Flags.MOVE_MOUNT_T_EMPTY_PATH;
    plan.call("mount" + label, "move_mount", tree, "", target, "", both);
  }

  private static String label(ContainerLaunch.Volume volume) {
    String subPath = volume.options().subPath();
    String source = volume.source() + (subPath.isEmpty() ? "" : "/" + subPath);
    return "(" + source + ", " + volume.target() + ")";
  }
}
