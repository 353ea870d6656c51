package io.hawser.runtime.launch;

import static io.hawser.runtime.kernel.Flags.AT_FDCWD;
import static io.hawser.runtime.kernel.Flags.MS_BIND;
import static io.hawser.runtime.kernel.Flags.MS_NODEV;
import static io.hawser.runtime.kernel.Flags.MS_NOEXEC;
import static io.hawser.runtime.kernel.Flags.MS_NOSUID;
import static io.hawser.runtime.kernel.Flags.MS_PRIVATE;
import static io.hawser.runtime.kernel.Flags.MS_RDONLY;
import static io.hawser.runtime.kernel.Flags.MS_REC;
import static io.hawser.runtime.kernel.Flags.MS_REMOUNT;

import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Flags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Computes {@code create} of the OCI runtime specification: a pure function from an {@link
 * OciLaunch} to a plan. Unlike {@link ContainerPlan} it makes exactly the mounts the bundle lists.
 * Every path in the root file system is opened below a descriptor of its root, so no symbolic link
 * leads outside.
 */
public final class OciPlan {
  /** Descriptors that no call of the plan returns by itself. */
  private static final int ROOT_FD = 900;

  private static final int TARGET_FD = 903; // OwnerMapping has 901
  private static final int STATE_FD = 902;
  private static final String TARGET = "/proc/self/fd/" + TARGET_FD;

  private static final Map<String, Long> KINDS =
      Map.of(
          "net", Flags.CLONE_NEWNET,
          "ipc", Flags.CLONE_NEWIPC,
          "uts", Flags.CLONE_NEWUTS,
          "mnt", Flags.CLONE_NEWNS,
          "cgroup", Flags.CLONE_NEWCGROUP,
          "time", Flags.CLONE_NEWTIME);

  private static final long MOUNT_ATTR_NOEXEC = 8;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final short IFF_UP = 1;
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_FLAGS = 16;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFREG = 0100000;

  private final Arch arch;
  private final OciLaunch launch;
  private final LaunchPlan.Builder plan = new LaunchPlan.Builder();

  private OciPlan(Arch arch, OciLaunch launch) {
    this.arch = arch;
    this.launch = launch;
  }

  public static LaunchPlan of(OciLaunch launch, Arch arch) {
    return new OciPlan(arch, launch).compute();
  }

  private LaunchPlan compute() {
    ProcessPlan process = new ProcessPlan(arch, plan);
    process.begin();
    process.join(launch.joinFiles());
    process.oomScore(launch.process());
    keep(launch.stateDirectory().toString(), STATE_FD);
    namespaces();
    launch
        .namespaces()
        .users()
        .ifPresent(users -> new OwnerMapping(plan).createAsRoot(users, base()));
    root();
    launch.mounts().forEach(this::mount);
    launch.devices().forEach(this::device);
    deviceLinks();
    launch.sysctls().forEach(this::sysctl);
    if (launch.stopForHooks()) {
      stop(process, OciLaunch.HOOKS);
    }
    launch.masked().forEach(this::mask);
    launch.readOnly().forEach(this::protect);
    pivot();
    if (launch.terminal()) {
      stop(process, OciLaunch.TERMINAL);
      process.openTerminal(0, launch.process());
      console();
    }
    process.rlimits(launch.process());
    launch.namespaces().users().ifPresent(users -> new OwnerMapping(plan).enter(users));
    stop(process, OciLaunch.CREATED);
    awaitStart();
    process.becomeNow(launch.process());
    return plan.build();
  }

  private void stop(ProcessPlan process, char letter) {
    String text = String.valueOf(letter);
    plan.call("write(stop " + text + ")", "write", LauncherDescriptors.ERRORS, text, 1);
    process.waitAtGate();
  }

  /**
   * Blocks until {@code start} opens the pipe for reading. From then on errors go there, and its
   * closing by execve says that all went well.
   */
  private void awaitStart() {
    Argument.Result fifo =
        plan.call(
            "open(" + OciLaunch.FIFO + ")",
            "openat",
            STATE_FD,
            OciLaunch.FIFO,
            Flags.O_WRONLY | Flags.O_CLOEXEC,
            0);
    plan.call("write(started)", "write", fifo, "0", 1);
    plan.call("dup3(errors)", "dup3", fifo, LauncherDescriptors.ERRORS, Flags.O_CLOEXEC);
    plan.call("close()", "close", fifo);
  }

  private void namespaces() {
    launch.namespaces().joined().forEach((kind, file) -> join(kind, file.toString()));
    List<String> fresh =
        launch.namespaces().fresh().stream()
            .filter(KINDS::containsKey)
            .filter(kind -> !launch.namespaces().joined().containsKey(kind))
            .toList();
    long flags = fresh.stream().mapToLong(KINDS::get).reduce(0, (a, b) -> a | b);
    if (flags != 0) {
      plan.call("unshare(" + fresh + ")", "unshare", flags);
    }
    if (fresh.contains("time")) {
      new ProcessPlan(arch, plan).enterClock(launch.namespaces().clock());
    }
    plan.call("setsid()", "setsid");
    if (launch.namespaces().fresh().contains("net")) {
      loopbackUp();
    }
    launch.names().host().ifPresent(name -> setName("sethostname", name));
    launch.names().domain().ifPresent(name -> setName("setdomainname", name));
    plan.call("umask(0)", "umask", 0);
  }

  /** The machine's id of the container's root. */
  private long base() {
    return launch.process().confinement().namespaces().usersBase();
  }

  private void setName(String call, String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    plan.call(call + "(" + name + ")", call, name, length);
  }

  private void join(String kind, String path) {
    Argument.Result fd =
        plan.call("open(" + path + ")", "openat", AT_FDCWD, path, Flags.O_CLOEXEC, 0);
    plan.call("setns(" + path + ")", "setns", fd, KINDS.getOrDefault(kind, 0L));
    plan.call("close()", "close", fd);
  }

  private void loopbackUp() {
    byte[] request =
        ByteBuffer.allocate(IFREQ_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("lo".getBytes(StandardCharsets.US_ASCII))
            .putShort(IFREQ_FLAGS, IFF_UP)
            .array();
    Argument.Result socket =
        plan.call("socket()", "socket", AF_INET, SOCK_DGRAM | Flags.O_CLOEXEC, 0);
    plan.call("ioctl(SIOCSIFFLAGS, lo)", "ioctl", socket, Flags.SIOCSIFFLAGS, request);
    plan.call("close()", "close", socket);
  }

  private void root() {
    OciLaunch.Root root = launch.root();
    String path = root.path().toString();
    // A shared one would carry this namespace's mounts to the machine: it becomes so in the end.
    long propagation = root.propagation() & ~MS_REC;
    boolean slave = propagation == 0 || propagation == Flags.MS_SLAVE;
    long kind = slave ? Flags.MS_SLAVE : MS_PRIVATE;
    boolean own = launch.namespaces().ownMounts();
    if (own) {
      plainMount("mount(none, /)", null, "/", null, MS_REC | kind, null);
    }
    plainMount("mount(" + path + ", /)", path, path, null, MS_BIND | MS_REC, null);
    if (!own) { // whoever shares the machine's mounts shall not see those of this root
      plainMount("mount(none, " + path + ")", null, path, null, MS_REC | MS_PRIVATE, null);
    }
    plan.call("chdir(" + path + ")", "chdir", path);
    keep(".", ROOT_FD);
  }

  private void keep(String path, int number) {
    Argument.Result fd =
        plan.call(
            "open(" + path + ")",
            "openat",
            AT_FDCWD,
            path,
            Flags.O_PATH | Flags.directory(arch) | Flags.O_CLOEXEC,
            0);
    plan.call("dup3(" + path + ")", "dup3", fd, number, Flags.O_CLOEXEC);
    plan.call("close()", "close", fd);
  }

  /** Opens a path of the container at {@link #TARGET_FD}, made first if it is missing. */
  private void target(String destination, boolean directory) {
    Path target = Path.of("/").relativize(Path.of("/").resolve(destination).normalize());
    Argument.Result parent = new Argument.Result(-1);
    for (int i = 0; i < target.getNameCount(); i++) {
      boolean last = i == target.getNameCount() - 1;
      String name = target.getName(i).toString();
      Path soFar = target.subpath(0, i + 1);
      Object above = i == 0 ? (Object) ROOT_FD : parent;
      boolean file = last && !directory;
      if (file) {
        plan.tryCall("mknod(/" + soFar + ")", "mknodat", above, name, S_IFREG | 0644, 0);
      } else if (!name.isEmpty()) {
        plan.tryCall("mkdir(/" + soFar + ")", "mkdirat", above, name, 0755);
      }
      Argument.Result next = openInRoot(soFar.toString(), file);
      if (i > 0) {
        plan.call("close()", "close", parent);
      }
      parent = next;
    }
    plan.call("dup3(/" + target + ")", "dup3", parent, TARGET_FD, Flags.O_CLOEXEC);
    plan.call("close()", "close", parent);
  }

  private Argument.Result openInRoot(String path, boolean file) {
    long flags = Flags.O_PATH | (file ? 0 : Flags.directory(arch));
    long resolve = Flags.RESOLVE_IN_ROOT | Flags.RESOLVE_NO_MAGICLINKS;
    byte[] how = ProcessPlan.openHow(flags, resolve);
    String there = path.isEmpty() ? "." : path;
    return plan.call("openat2(/" + path + ")", "openat2", ROOT_FD, there, how, 24);
  }

  private void mount(OciLaunch.Mount mount) {
    target(mount.destination(), !isBind(mount) || mount.directory());
    String label = "mount(" + mount.source() + ", " + mount.destination() + ")";
    if (isBind(mount)) {
      bind(label, mount);
    } else {
      String data = mount.data().isEmpty() ? null : mount.data();
      plainMount(label, mount.source(), TARGET, mount.type(), mount.flags(), data);
    }
    if (mount.type().equals("mqueue") && base() != 0) { // made with its ipc namespace
      target(mount.destination(), true);
      int flags = Flags.AT_EMPTY_PATH;
      plan.call(
          "chown(" + mount.destination() + ")", "fchownat", TARGET_FD, "", base(), base(), flags);
    }
    if (mount.propagation() != 0) {
      // The descriptor is of what lies below: the mount itself is found by its path.
      target(mount.destination(), !isBind(mount) || mount.directory());
      plainMount(label, null, TARGET, null, mount.propagation(), null);
    }
  }

  private static boolean isBind(OciLaunch.Mount mount) {
    return (mount.flags() & MS_BIND) != 0;
  }

  private void bind(String label, OciLaunch.Mount mount) {
    boolean recursive = (mount.flags() & MS_REC) != 0;
    long depth = recursive ? Flags.AT_RECURSIVE : 0;
    Argument.Result tree =
        plan.call(
            "open_tree(" + mount.source() + ")",
            "open_tree",
            AT_FDCWD,
            mount.source(),
            Flags.OPEN_TREE_CLONE | Flags.OPEN_TREE_CLOEXEC | depth);
    long set = attributes(mount.flags());
    plan.call(
        "mount_setattr(" + mount.destination() + ")",
        "mount_setattr",
        tree,
        "",
        Flags.AT_EMPTY_PATH,
        LaunchPlan.longs(set, 0, 0, 0),
        32);
    long both = Flags.MOVE_MOUNT_F_EMPTY_PATH | Flags.MOVE_MOUNT_T_EMPTY_PATH;
    plan.call(label, "move_mount", tree, "", TARGET_FD, "", both);
    plan.call("close()", "close", tree);
  }

  /** mount(2)'s flags as mount_setattr(2)'s. */
  private static long attributes(long flags) {
    return ((flags & MS_RDONLY) != 0 ? Flags.MOUNT_ATTR_RDONLY : 0)
        | ((flags & MS_NOSUID) != 0 ? Flags.MOUNT_ATTR_NOSUID : 0)
        | ((flags & MS_NODEV) != 0 ? Flags.MOUNT_ATTR_NODEV : 0)
        | ((flags & MS_NOEXEC) != 0 ? MOUNT_ATTR_NOEXEC : 0);
  }

  /** In the directory's own descriptor: its path may be the image's. */
  private void device(OciLaunch.Device device) {
    Path path = Path.of(device.path());
    target(path.getParent().toString(), true);
    String name = path.getFileName().toString();
    int kind = device.type() == 'b' ? S_IFBLK : device.type() == 'p' ? S_IFIFO : S_IFCHR;
    long number =
        (device.minor() & 0xff)
            | (device.major() & 0xfffL) << 8
            | ((long) device.minor() & ~0xffL) << 12;
    String label = "mknod(" + path + ")";
    plan.tryCall("unlink(" + path + ")", "unlinkat", TARGET_FD, name, 0);
    plan.call(label, "mknodat", TARGET_FD, name, kind | device.mode(), number);
    if (device.uid() != 0 || device.gid() != 0) {
      long uid = base() + device.uid();
      plan.call("chown(" + path + ")", "fchownat", TARGET_FD, name, uid, base() + device.gid(), 0);
    }
  }

  private void deviceLinks() {
    if (launch.devices().isEmpty()) {
      return;
    }
    target("/dev", true);
    link("/proc/self/fd", "fd");
    link("/proc/self/fd/0", "stdin");
    link("/proc/self/fd/1", "stdout");
    link("/proc/self/fd/2", "stderr");
    plan.tryCall("unlink(/dev/ptmx)", "unlinkat", TARGET_FD, "ptmx", 0);
    link("pts/ptmx", "ptmx");
  }

  private void link(String text, String name) {
    plan.tryCall("symlink(/dev/" + name + ")", "symlinkat", text, TARGET_FD, name);
  }

  /** By the machine's /proc, which shows the namespaces of whoever looks. */
  private void sysctl(String name, String value) {
    String path = "/proc/sys/" + SysctlNames.path(name);
    Argument.Result fd =
        plan.call("open(" + path + ")", "openat", AT_FDCWD, path, Flags.O_WRONLY, 0);
    int length = value.getBytes(StandardCharsets.UTF_8).length;
    plan.call("write(" + path + ", " + value + ")", "write", fd, value, length);
    plan.call("close()", "close", fd);
  }

  /** What is not there needs no mask. A directory refuses the first way, a file the second. */
  private void mask(String path) {
    plan.tryCall("close()", "close", TARGET_FD); // nothing else may be meant when it is not there
    Argument.Result fd = tryOpen(path);
    plan.tryCall("dup3(" + path + ")", "dup3", fd, TARGET_FD, Flags.O_CLOEXEC);
    plan.tryCall("close()", "close", fd);
    tryMount("mount(mask, " + path + ")", "/dev/null", null, MS_BIND, null);
    long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    tryMount("mount(mask, " + path + ")", "tmpfs", "tmpfs", flags, "size=0k");
  }

  private void protect(String path) {
    plan.tryCall("close()", "close", TARGET_FD);
    Argument.Result fd = tryOpen(path);
    plan.tryCall("dup3(" + path + ")", "dup3", fd, TARGET_FD, Flags.O_CLOEXEC);
    plan.tryCall("close()", "close", fd);
    tryMount("mount(read-only, " + path + ")", TARGET, null, MS_BIND | MS_REC, null);
    Argument.Result above = tryOpen(path);
    plan.tryCall("dup3(" + path + ")", "dup3", above, TARGET_FD, Flags.O_CLOEXEC);
    plan.tryCall("close()", "close", above);
    long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    tryMount("mount(read-only, " + path + ")", null, null, flags, null);
  }

  private Argument.Result tryOpen(String path) {
    long resolve = Flags.RESOLVE_IN_ROOT | Flags.RESOLVE_NO_MAGICLINKS;
    byte[] how = ProcessPlan.openHow(Flags.O_PATH, resolve);
    return plan.tryCall("openat2(" + path + ")", "openat2", ROOT_FD, path, how, 24);
  }

  private void tryMount(String label, String source, String type, long flags, String data) {
    plan.tryCall(
        label,
        "mount",
        source == null ? (Object) 0 : source,
        TARGET,
        type == null ? (Object) 0 : type,
        flags,
        data == null ? (Object) 0 : data);
  }

  /**
   * {@code pivot_root(".", ".")} stacks the old root on the new one; see pivot_root(2), notes. The
   * machine's root stays where it is: only this process changes its own then.
   */
  private void pivot() {
    OciLaunch.Root root = launch.root();
    if (launch.namespaces().ownMounts()) {
      plan.call("pivot_root(.)", "pivot_root", ".", ".");
      plan.call("umount2(old root)", "umount2", ".", Flags.MNT_DETACH);
    } else {
      plan.call("chroot(.)", "chroot", ".");
    }
    plan.call("chdir(/)", "chdir", "/");
    if (root.propagation() != 0) {
      plainMount("mount(none, /)", null, "/", null, root.propagation(), null);
    }
    String cwd = launch.process().workingDir();
    Path made = Path.of("/");
    for (Path name : Path.of(cwd).normalize()) {
      made = made.resolve(name);
      plan.tryCall("mkdir(" + made + ")", "mkdirat", AT_FDCWD, made.toString(), 0755);
    }
    if (root.readOnly()) {
      long flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
      plainMount("mount(read-only, /)", null, "/", null, flags, null);
    }
    plan.call("umask()", "umask", launch.names().umask().orElse(022));
  }

  /** The container's terminal is its console too. */
  private void console() {
    plan.tryCall("mknod(/dev/console)", "mknodat", AT_FDCWD, "/dev/console", S_IFREG | 0620, 0);
    plan.tryCall("mount(/dev/console)", "mount", "/dev/pts/0", "/dev/console", 0, MS_BIND, 0);
  }

  private void plainMount(
      String label, String source, String target, String type, long flags, String data) {
    plan.call(
        label,
        "mount",
        source == null ? (Object) 0 : source,
        target,
        type == null ? (Object) 0 : type,
        flags,
        data == null ? (Object) 0 : data);
  }

  /**
   * A hook in the container's namespaces; its file is looked up there.
   *
   * @param others which of the rarer ones to enter, as the container's root then
   */
  public static LaunchPlan hook(
      String path,
      List<String> arguments,
      List<String> environment,
      ProcessSpec.OtherNamespaces others) {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    plan.callOrEnd("read(gate)", "read", LauncherDescriptors.GATE, new byte[8], 1);
    long all = KINDS.values().stream().reduce(0L, (a, b) -> a | b);
    all &= others.clock() ? -1 : ~Flags.CLONE_NEWTIME;
    all |= others.usersBase() != 0 ? Flags.CLONE_NEWUSER : 0;
    plan.call("setns(container)", "setns", LauncherDescriptors.CONTAINER, all);
    if (others.usersBase() != 0) {
      plan.call("setgroups()", "setgroups", 0, 0);
      plan.call("setresgid(0)", "setresgid", 0, 0, 0);
      plan.call("setresuid(0)", "setresuid", 0, 0, 0);
    }
    plan.call(
        "close_range(CLOEXEC)",
        "close_range",
        LauncherDescriptors.PROGRAM,
        0xffffffffL,
        Flags.CLOSE_RANGE_CLOEXEC);
    plan.call("execve(" + path + ")", "execve", path, arguments, environment);
    return plan.build();
  }
}
