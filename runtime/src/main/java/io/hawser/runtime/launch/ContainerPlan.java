package io.hawser.runtime.launch;

import static io.hawser.runtime.kernel.Flags.AT_FDCWD;
import static io.hawser.runtime.kernel.Flags.MS_BIND;
import static io.hawser.runtime.kernel.Flags.MS_NODEV;
import static io.hawser.runtime.kernel.Flags.MS_NOEXEC;
import static io.hawser.runtime.kernel.Flags.MS_NOSUID;
import static io.hawser.runtime.kernel.Flags.MS_RDONLY;
import static io.hawser.runtime.kernel.Flags.MS_REC;
import static io.hawser.runtime.kernel.Flags.MS_REMOUNT;

import io.hawser.runtime.Isolation;
import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Flags;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
  static final int ROOT_FD = 900;

  private static final long HARDENED = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  private static final long READ_ONLY = HARDENED | MS_RDONLY;
  private static final int S_IFREG = 0100000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;
  private static final int TTY_GROUP = 5;

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
  private final VolumeSteps volumes;

  private ContainerPlan(Arch arch, ContainerLaunch launch) {
    this.arch = arch;
    this.launch = launch;
    this.volumes = new VolumeSteps(arch, plan, launch.extras().users().isPresent());
  }

  public static LaunchPlan of(ContainerLaunch launch, Arch arch) {
    return new ContainerPlan(arch, launch).compute();
  }

  private LaunchPlan compute() {
    ProcessPlan process = new ProcessPlan(arch, plan);
    process.begin();
    process.oomScore(launch.process());
    streams();
    namespaces();
    launch.extras().clock().ifPresent(this::clock);
    OwnerMapping owners = new OwnerMapping(plan);
    long base = launch.process().confinement().namespaces().usersBase();
    launch.extras().users().ifPresent(users -> owners.createAsRoot(users, base));
    root();
    devices();
    sys();
    mountFilesystem("proc", "proc", HARDENED, null);
    launch.extras().sysctls().forEach(this::sysctl);
    restrictProc();
    // Until here the steps go on beside Java's own: it makes the cgroup, and a checkpoint.
    process.waitAtGate();
    process.join(launch.joinFiles());
    plan.call("unshare(cgroup)", "unshare", Flags.CLONE_NEWCGROUP);
    cgroups();
    launch.extras().tmpfs().forEach(this::tmpfs);
    launch.volumes().forEach(volumes::attach);
    pivot();
    process.rlimits(launch.process());
    if (launch.terminal()) {
      plan.call("write(terminal)", "write", LauncherDescriptors.ERRORS, "T", 1);
      process.waitAtGate();
      process.openTerminal(0, launch.process());
    }
    launch.extras().users().ifPresent(owners::enter);
    process.becomeNow(launch.process());
    return plan.build();
  }

  private void streams() {
    ContainerLaunch.Streams streams = launch.streams();
    int input = streams.endless() ? Flags.O_RDWR : Flags.O_RDONLY;
    streams.stdin().ifPresent(pipe -> stream(pipe, input, 0));
    streams.stdout().ifPresent(pipe -> stream(pipe, Flags.O_RDWR, 1));
    streams.stderr().ifPresent(pipe -> stream(pipe, Flags.O_RDWR, 2));
  }

  private void stream(Path pipe, int flags, int number) {
    String path = pipe.toString();
    Argument.Result fd =
        plan.call("open(" + path + ")", "openat", AT_FDCWD, path, flags | Flags.O_CLOEXEC, 0);
    plan.call("dup3(" + path + ")", "dup3", fd, number, 0);
    plan.call("close()", "close", fd);
  }

  private void namespaces() {
    launch.namespaces().net().ifPresent(file -> join(file, Flags.CLONE_NEWNET));
    launch.namespaces().ipc().ifPresent(file -> join(file, Flags.CLONE_NEWIPC));
    join(launch.namespaces().uts(), Flags.CLONE_NEWUTS);
    plan.call("unshare(mnt)", "unshare", Flags.CLONE_NEWNS);
    plan.call("setsid()", "setsid");
    launch.volumes().stream().filter(VolumeSteps::isBidirectional).forEach(volumes::take);
    // Slave, not private: what the machine unmounts later is not kept busy from in here.
    mount("mount(none, /, rslave)", null, "/", null, MS_REC | Flags.MS_SLAVE, null);
    plan.call("umask(0)", "umask", 0);
    launch.volumes().stream().filter(v -> !VolumeSteps.isBidirectional(v)).forEach(volumes::take);
  }

  private void clock(Isolation.ClockOffsets offsets) {
    plan.call("unshare(time)", "unshare", Flags.CLONE_NEWTIME);
    new ProcessPlan(arch, plan).enterClock(offsets);
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
    if (launch.extras().bindRoot().isPresent()) {
      String source = launch.extras().bindRoot().get().toString();
      mount("mount(" + source + ", /)", source, mountPoint, null, MS_BIND | MS_REC, null);
      mount("mount(none, /, rprivate)", null, mountPoint, null, MS_REC | Flags.MS_PRIVATE, null);
    } else {
      if (launch.extras().users().isPresent()) {
        homes(root.lowers()).forEach(new OwnerMapping(plan)::cover);
      }
      mount("mount(overlay, /)", "overlay", mountPoint, "overlay", 0, fittingOptions(root));
    }
    plan.call("chdir(" + mountPoint + ")", "chdir", mountPoint);
    Argument.Result fd =
        plan.call("open(/)", "openat", AT_FDCWD, ".", Flags.O_PATH | Flags.directory(arch), 0);
    plan.call("dup3(/)", "dup3", fd, ROOT_FD, Flags.O_CLOEXEC);
    plan.call("close()", "close", fd);
  }

  /** Layers lie side by side as …/layers/NAME/fs: one mount covers them all. */
  private static Set<Path> homes(List<Path> lowers) {
    return lowers.stream()
        .map(lower -> lower.getNameCount() > 2 ? lower.getParent().getParent() : lower)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * Mount options must fit a page, and the paths of sixty layers don't: then the layers are named
   * relative to their common directory, which becomes the working directory for this moment.
   */
  private String fittingOptions(ContainerLaunch.Root root) {
    boolean rootless = launch.extras().rootless();
    String options = overlayOptions(root, root.lowers(), rootless);
    if (options.length() >= MAX_OPTION_BYTES) {
      // …/layers/NAME/fs: the image's lie below the same directory; above them may be the pod's
      // own.
      Path lowest = root.lowers().get(root.lowers().size() - 1);
      Path layers = lowest.getParent().getParent();
      plan.call("chdir(" + layers + ")", "chdir", layers.toString());
      options =
          overlayOptions(root, root.lowers().stream().map(layers::relativize).toList(), rootless);
    }
    if (options.length() >= MAX_OPTION_BYTES) {
      throw new IllegalArgumentException(
          "the image has "
              + root.lowers().size()
              + " layers; their names are too long for an overlay mount");
    }
    return options;
  }

  /** Its mount options, however long. */
  public static String overlayOptions(ContainerLaunch.Root root) {
    return overlayOptions(root, root.lowers(), false);
  }

  private static String overlayOptions(
      ContainerLaunch.Root root, List<Path> lowers, boolean rootless) {
    return "lowerdir="
        + lowers.stream()
            .map(lower -> lower.toString().replaceAll("([\\\\:,])", "\\\\$1"))
            .collect(Collectors.joining(":"))
        + ",upperdir="
        + root.upper().toString().replaceAll("([\\\\,])", "\\\\$1")
        + ",workdir="
        + root.work().toString().replaceAll("([\\\\,])", "\\\\$1")
        // So that the upper directory alone tells what was changed: a build makes a layer of it.
        // With userxattr they are off, and may not be named.
        + (rootless ? ",userxattr" : ",redirect_dir=off,metacopy=off");
  }

  /** A network that is not the agent's own shows itself to nobody's root: then it is bound. */
  private void sys() {
    if (launch.extras().rootless() && launch.namespaces().net().isEmpty()) {
      plan.tryCall("mkdir(/sys)", "mkdirat", AT_FDCWD, "sys", 0755);
      mount("mount(/sys, /sys)", "/sys", "sys", null, MS_BIND | MS_REC, null);
      mount("mount(read-only, /sys)", null, "sys", null, MS_REMOUNT | MS_BIND | READ_ONLY, null);
    } else {
      mountFilesystem("sysfs", "sys", launch.extras().privileged() ? HARDENED : READ_ONLY, null);
    }
  }

  private void devices() {
    mountFilesystem("tmpfs", "dev", MS_NOSUID | Flags.MS_STRICTATIME, "mode=755,size=65536k");
    for (Device device : DEVICES) {
      String path = "dev/" + device.name();
      if (launch.extras().rootless()) {
        borrow("/" + path, path);
        continue;
      }
      int number = device.major() << 8 | device.minor();
      plan.call("mknod(/" + path + ")", "mknodat", AT_FDCWD, path, S_IFCHR | 0666, number);
    }
    launch.extras().devices().forEach(this::device);
    link("/proc/self/fd", "dev/fd");
    link("/proc/self/fd/0", "dev/stdin");
    link("/proc/self/fd/1", "dev/stdout");
    link("/proc/self/fd/2", "dev/stderr");
    link("pts/ptmx", "dev/ptmx");
    ProcessSpec.OtherNamespaces others = launch.process().confinement().namespaces();
    String terminals = "newinstance,ptmxmode=0666,mode=0620";
    if (!others.oneId()) {
      terminals += ",gid=" + (others.usersBase() + TTY_GROUP);
    }
    mountFilesystem("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, terminals);
    mountFilesystem("tmpfs", "dev/shm", HARDENED, "mode=1777,size=65536k");
    mountFilesystem("mqueue", "dev/mqueue", HARDENED, null);
    long base = launch.process().confinement().namespaces().usersBase();
    if (base != 0) { // made with its ipc namespace, before there were ids
      plan.call("chown(/dev/mqueue)", "fchownat", AT_FDCWD, "dev/mqueue", base, base, 0);
    }
  }

  /** Without root no node can be made: the machine's own is shown. */
  private void borrow(String device, String path) {
    plan.call("mknod(/" + path + ")", "mknodat", AT_FDCWD, path, S_IFREG | 0666, 0);
    mount("mount(" + device + ", /" + path + ")", device, path, null, MS_BIND, null);
  }

  /** Directories on the way to it are made: /dev is empty but for what is made here. */
  private void device(Isolation.Device device) {
    Path path = Path.of("/").relativize(Path.of(device.path()).normalize());
    for (int i = 2; i < path.getNameCount(); i++) {
      String parent = path.subpath(0, i).toString();
      plan.tryCall("mkdir(/" + parent + ")", "mkdirat", AT_FDCWD, parent, 0755);
    }
    if (launch.extras().rootless()) {
      borrow(device.path(), path.toString());
      return;
    }
    int type = device.type() == 'b' ? S_IFBLK : S_IFCHR;
    // The kernel's new_encode_dev: 12 bits of major between the low 8 and the high 12 of minor.
    int low = device.minor() & 0xff | device.major() << 8;
    int number = low | (device.minor() & ~0xff) << 12;
    plan.call(
        "mknod(" + device.path() + ")",
        "mknodat",
        AT_FDCWD,
        path.toString(),
        type | device.mode(),
        number);
    long base = launch.process().confinement().namespaces().usersBase();
    if (device.uid() != 0 || device.gid() != 0) {
      plan.call(
          "chown(" + device.path() + ")",
          "fchownat",
          AT_FDCWD,
          path.toString(),
          base + device.uid(),
          base + device.gid(),
          0);
    }
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

  /** A dot separates names, and a slash stands for a dot in a name; sysctl.d(5). */
  private void sysctl(String name, String value) {
    String path = "proc/sys/" + SysctlNames.path(name);
    new ProcessPlan(arch, plan).write(path, value);
  }

  private void tmpfs(Isolation.Tmpfs tmpfs) {
    Path target = Path.of("/").relativize(Path.of(tmpfs.target()).normalize());
    Argument.Result directory = volumes.target(target, true);
    // The directory is a descriptor's: no link is followed on the way to it.
    String path = "mount(tmpfs, /" + target + ")";
    long flags =
        MS_NOSUID
            | MS_NODEV
            | (tmpfs.noExec() ? MS_NOEXEC : 0)
            | (tmpfs.readOnly() ? MS_RDONLY : 0);
    String options = "mode=" + Integer.toOctalString(tmpfs.mode());
    if (tmpfs.sizeBytes().isPresent()) {
      options += ",size=" + tmpfs.sizeBytes().getAsLong();
    }
    plan.call("fchdir(/" + target + ")", "fchdir", directory);
    mount(path, "tmpfs", ".", "tmpfs", flags, options);
    plan.call("fchdir(/)", "fchdir", ROOT_FD);
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
