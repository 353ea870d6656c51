package io.hawser.runtime.launch;

import static io.hawser.runtime.kernel.Flags.AT_FDCWD;
import static io.hawser.runtime.kernel.Flags.MS_BIND;
import static io.hawser.runtime.kernel.Flags.MS_NODEV;
import static io.hawser.runtime.kernel.Flags.MS_NOEXEC;
import static io.hawser.runtime.kernel.Flags.MS_NOSUID;
import static io.hawser.runtime.kernel.Flags.MS_RDONLY;
import static io.hawser.runtime.kernel.Flags.MS_REC;
import static io.hawser.runtime.kernel.Flags.MS_REMOUNT;

import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Flags;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Computes the start of a container: a pure function from a {@link ContainerLaunch} to a plan. The
 * launcher is already pid 1 of a new pid namespace when it begins.
 *
 * <p>The image is not trusted: before the pivot, every path in it is opened below a descriptor of
 * its root with {@code RESOLVE_IN_ROOT}, so that no symbolic link leads a mount outside.
 */
public final class ContainerPlan {
  /** A descriptor that no call of the plan returns by itself. */
  private static final int ROOT_FD = 100;

  private static final long HARDENED = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  private static final long READ_ONLY = HARDENED | MS_RDONLY;
  private static final int S_IFCHR = 0020000;

  /** A page, where pages are smallest; mount(2). */
  private static final int MAX_OPTION_BYTES = 4096;

  private record Device(String name, int major, int minor) {}

  private static final List<Device> DEVICES =
      List.of(
          new Device("null", 1, 3),
          new Device("zero", 1, 5),
          new Device("full", 1, 7),
          new Device("random", 1, 8),
          new Device("urandom", 1, 9),
          new Device("tty", 5, 0));

  private final Arch arch;
  private final ContainerLaunch launch;
  private final LaunchPlan.Builder plan = new LaunchPlan.Builder();

  private ContainerPlan(Arch arch, ContainerLaunch launch) {
    this.arch = arch;
    this.launch = launch;
  }

  public static LaunchPlan of(ContainerLaunch launch, Arch arch) {
    return new ContainerPlan(arch, launch).compute();
  }

  private LaunchPlan compute() {
    ProcessPlan process = new ProcessPlan(arch, plan);
    process.begin(launch.joinFiles());
    namespaces();
    root();
    devices();
    mountFilesystem("sysfs", "sys", READ_ONLY, null);
    cgroups();
    mountFilesystem("proc", "proc", HARDENED, null);
    restrictProc();
    launch.volumes().forEach(this::volume);
    pivot();
    if (launch.terminal()) {
      plan.call("write(terminal)", "write", LauncherDescriptors.ERRORS, "T", 1);
      process.waitAtGate();
      process.openTerminal(0, launch.process());
    }
    process.become(launch.process());
    return plan.build();
  }

  private void namespaces() {
    launch.namespaces().net().ifPresent(file -> join(file, Flags.CLONE_NEWNET));
    join(launch.namespaces().ipc(), Flags.CLONE_NEWIPC);
    join(launch.namespaces().uts(), Flags.CLONE_NEWUTS);
    plan.call("unshare(mnt, cgroup)", "unshare", Flags.CLONE_NEWNS | Flags.CLONE_NEWCGROUP);
    plan.call("setsid()", "setsid");
    // Slave, not private: what the machine unmounts later is not kept busy from in here.
    mount("mount(none, /, rslave)", null, "/", null, MS_REC | Flags.MS_SLAVE, null);
    plan.call("umask(0)", "umask", 0);
  }

  private void join(Path file, long kind) {
    String path = file.toString();
    Argument.Result fd =
        plan.call("open(" + path + ")", "openat", AT_FDCWD, path, Flags.O_CLOEXEC, 0);
    plan.call("setns(" + path + ")", "setns", fd, kind);
    plan.call("close()", "close", fd);
  }

  private void root() {
    ContainerLaunch.Root root = launch.root();
    String mountPoint = root.mountPoint().toString();
    mount("mount(overlay, /)", "overlay", mountPoint, "overlay", 0, overlayOptions(root));
    plan.call("chdir(" + mountPoint + ")", "chdir", mountPoint);
    Argument.Result fd =
        plan.call("open(/)", "openat", AT_FDCWD, ".", Flags.O_PATH | Flags.directory(arch), 0);
    plan.call("dup3(/)", "dup3", fd, ROOT_FD, Flags.O_CLOEXEC);
    plan.call("close()", "close", fd);
  }

  /**
   * Mount options must fit a page, and the paths of sixty layers don't: then the layers are named
   * relative to their common directory, which becomes the working directory for this moment.
   */
  private String overlayOptions(ContainerLaunch.Root root) {
    String options = overlayOptions(root, root.lowers());
    if (options.length() >= MAX_OPTION_BYTES) {
      // …/layers/NAME/fs: all lie below the same directory.
      Path layers = root.lowers().get(0).getParent().getParent();
      plan.call("chdir(" + layers + ")", "chdir", layers.toString());
      options = overlayOptions(root, root.lowers().stream().map(layers::relativize).toList());
    }
    if (options.length() >= MAX_OPTION_BYTES) {
      throw new IllegalArgumentException(
          "the image has "
              + root.lowers().size()
              + " layers; their names are too long for an overlay mount");
    }
    return options;
  }

  private static String overlayOptions(ContainerLaunch.Root root, List<Path> lowers) {
    return "lowerdir="
        + lowers.stream()
            .map(lower -> lower.toString().replaceAll("([\\\\:,])", "\\\\$1"))
            .collect(Collectors.joining(":"))
        + ",upperdir="
        + root.upper().toString().replaceAll("([\\\\,])", "\\\\$1")
        + ",workdir="
        + root.work().toString().replaceAll("([\\\\,])", "\\\\$1");
  }

  private void devices() {
    mountFilesystem("tmpfs", "dev", MS_NOSUID | Flags.MS_STRICTATIME, "mode=755,size=65536k");
    for (Device device : DEVICES) {
      String path = "dev/" + device.name();
      int number = device.major() << 8 | device.minor();
      plan.call("mknod(/" + path + ")", "mknodat", AT_FDCWD, path, S_IFCHR | 0666, number);
    }
    link("/proc/self/fd", "dev/fd");
    link("/proc/self/fd/0", "dev/stdin");
    link("/proc/self/fd/1", "dev/stdout");
    link("/proc/self/fd/2", "dev/stderr");
    link("pts/ptmx", "dev/ptmx");
    String terminals = "newinstance,ptmxmode=0666,mode=0620,gid=5";
    mountFilesystem("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, terminals);
    mountFilesystem("tmpfs", "dev/shm", HARDENED, "mode=1777,size=65536k");
    mountFilesystem("mqueue", "dev/mqueue", HARDENED, null);
  }

  /** In the new cgroup namespace: nothing of the machine's other cgroups can be seen. */
  private void cgroups() {
    String root = "sys/fs/cgroup";
    for (ContainerLaunch.CgroupView view : launch.cgroupViews()) {
      if (view.controllers().isEmpty()) {
        mount("mount(cgroup2, /" + root + ")", "cgroup2", root, "cgroup2", READ_ONLY, null);
        return;
      }
    }
    if (launch.cgroupViews().isEmpty()) {
      return;
    }
    String label = "mount(tmpfs, /" + root + ")";
    mount(label, "tmpfs", root, "tmpfs", HARDENED, "mode=755,size=64k");
    for (ContainerLaunch.CgroupView view : launch.cgroupViews()) {
      String controllers = String.join(",", view.controllers());
      String path = root + "/" + controllers;
      plan.call("mkdir(/" + path + ")", "mkdirat", AT_FDCWD, path, 0755);
      mount("mount(cgroup, /" + path + ")", "cgroup", path, "cgroup", READ_ONLY, controllers);
    }
    mount("mount(read-only, /" + root + ")", null, root, null, MS_REMOUNT | READ_ONLY, null);
  }

  private void link(String text, String path) {
    plan.call("symlink(/" + path + ")", "symlinkat", text, AT_FDCWD, path);
  }

  /** Mounts below the root, after making sure that the path is a real directory there. */
  private void mountFilesystem(String type, String path, long flags, String options) {
    plan.tryCall("mkdir(/" + path + ")", "mkdirat", AT_FDCWD, path, 0755);
    Argument.Result fd =
        plan.call(
            "openat2(/" + path + ")",
            "openat2",
            AT_FDCWD,
            path,
            ProcessPlan.openHow(Flags.O_PATH | Flags.directory(arch), Flags.RESOLVE_NO_SYMLINKS),
            24);
    plan.call("close()", "close", fd);
    mount("mount(" + type + ", /" + path + ")", type, path, type, flags, options);
  }

  /** Below the fresh /proc and /sys no path is the image's: plain relative paths are safe. */
  private void restrictProc() {
    for (String path : launch.maskedFiles()) {
      mount("mount(mask, " + path + ")", "dev/null", path.substring(1), null, MS_BIND, null);
    }
    for (String path : launch.maskedDirectories()) {
      String label = "mount(mask, " + path + ")";
      mount(label, "tmpfs", path.substring(1), "tmpfs", HARDENED | MS_RDONLY, "size=0k");
    }
    for (String path : launch.readOnlyPaths()) {
      String label = "mount(read-only, " + path + ")";
      String target = path.substring(1);
      mount(label, target, target, null, MS_BIND | MS_REC, null);
      mount(label, null, target, null, MS_REMOUNT | MS_BIND | MS_RDONLY | HARDENED, null);
    }
  }

  /** The target is found and made component by component, each below the root's descriptor. */
  private void volume(ContainerLaunch.Volume volume) {
    Path target = Path.of("/").relativize(Path.of(volume.target()).normalize());
    Argument.Result parent = new Argument.Result(-1);
    for (int i = 0; i < target.getNameCount(); i++) {
      boolean last = i == target.getNameCount() - 1;
      String name = target.getName(i).toString();
      Object directory = i == 0 ? (Object) ROOT_FD : parent;
      String label = "(/" + target.subpath(0, i + 1) + ")";
      if (last && !volume.directory()) {
        plan.tryCall("mknod" + label, "mknodat", directory, name, 0100644, 0);
      } else {
        plan.tryCall("mkdir" + label, "mkdirat", directory, name, 0755);
      }
      long kind = last && !volume.directory() ? 0 : Flags.directory(arch);
      parent = openInRoot(label, target.subpath(0, i + 1).toString(), Flags.O_PATH | kind);
    }
    attach(volume, parent);
  }

  private Argument.Result openInRoot(String label, String path, long flags) {
    long resolve = Flags.RESOLVE_IN_ROOT | Flags.RESOLVE_NO_MAGICLINKS;
    return plan.call(
        "openat2" + label, "openat2", ROOT_FD, path, ProcessPlan.openHow(flags, resolve), 24);
  }

  private void attach(ContainerLaunch.Volume volume, Argument.Result target) {
    String label = "(" + volume.source() + ", " + volume.target() + ")";
    Argument.Result tree =
        plan.call(
            "open_tree" + label,
            "open_tree",
            AT_FDCWD,
            volume.source(),
            Flags.OPEN_TREE_CLONE | Flags.OPEN_TREE_CLOEXEC | Flags.AT_RECURSIVE);
    long set =
        Flags.MOUNT_ATTR_NOSUID
            | Flags.MOUNT_ATTR_NODEV
            | (volume.readOnly() ? Flags.MOUNT_ATTR_RDONLY : 0);
    plan.call(
        "mount_setattr" + label,
        "mount_setattr",
        tree,
        "",
        Flags.AT_EMPTY_PATH | Flags.AT_RECURSIVE,
        LaunchPlan.longs(set, 0, Flags.MS_PRIVATE, 0),
        32);
    long both = Flags.MOVE_MOUNT_F_EMPTY_PATH | Flags.MOVE_MOUNT_T_EMPTY_PATH;
    plan.call("mount" + label, "move_mount", tree, "", target, "", both);
  }

  /** {@code pivot_root(".", ".")} stacks the old root on the new one; see pivot_root(2), notes. */
  private void pivot() {
    plan.call("pivot_root(.)", "pivot_root", ".", ".");
    plan.call("umount2(old root)", "umount2", ".", Flags.MNT_DETACH);
    plan.call("chdir(/)", "chdir", "/");
    Path made = Path.of("/");
    for (Path name : Path.of(launch.process().workingDir()).normalize()) {
      made = made.resolve(name);
      plan.tryCall("mkdir(" + made + ")", "mkdirat", AT_FDCWD, made.toString(), 0755);
    }
    if (launch.root().readOnly()) {
      String label = "mount(read-only, /)";
      mount(label, null, "/", null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
    }
    plan.call("umask(022)", "umask", 022);
  }

  private void mount(
      String label, String source, String target, String type, long flags, String options) {
    plan.call(
        label,
        "mount",
        source == null ? (Object) 0 : source,
        target,
        type == null ? (Object) 0 : type,
        flags,
        options == null ? (Object) 0 : options);
  }
}
