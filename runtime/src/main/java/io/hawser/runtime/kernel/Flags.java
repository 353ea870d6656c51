package io.hawser.runtime.kernel;

/**
 * Constants of Linux' interfaces under their kernel names; equal on amd64 and arm64 if not said.
 */
public final class Flags {
  private Flags() {}

  // open(2). O_DIRECTORY and O_NOFOLLOW differ by architecture: see directory() and noFollow().
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_NOCTTY = 0400;
  public static final int O_NONBLOCK = 04000;
  public static final int O_CLOEXEC = 02000000;
  public static final int O_PATH = 010000000;
  public static final int AT_FDCWD = -100;
  public static final int AT_EMPTY_PATH = 0x1000;
  public static final int AT_RECURSIVE = 0x8000;

  // openat2(2)
  public static final long RESOLVE_NO_MAGICLINKS = 0x02;
  public static final long RESOLVE_NO_SYMLINKS = 0x04;
  public static final long RESOLVE_BENEATH = 0x08;
  public static final long RESOLVE_IN_ROOT = 0x10;

  // clone(2), unshare(2), setns(2)
  public static final long CLONE_NEWTIME = 0x80;
  public static final long CLONE_PARENT = 0x8000;
  public static final long CLONE_NEWNS = 0x20000;
  public static final long CLONE_NEWCGROUP = 0x02000000;
  public static final long CLONE_NEWUTS = 0x04000000;
  public static final long CLONE_NEWIPC = 0x08000000;
  public static final long CLONE_NEWUSER = 0x10000000;
  public static final long CLONE_NEWPID = 0x20000000;
  public static final long CLONE_NEWNET = 0x40000000;

  // mount(2), umount2(2), open_tree(2), move_mount(2), mount_setattr(2)
  public static final long MS_RDONLY = 1;
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final long MS_NOEXEC = 8;
  public static final long MS_REMOUNT = 32;
  public static final long MS_BIND = 4096;
  public static final long MS_REC = 16384;
  public static final long MS_PRIVATE = 1 << 18;
  public static final long MS_SLAVE = 1 << 19;
  public static final long MS_SHARED = 1 << 20;
  public static final long MS_STRICTATIME = 1 << 24;
  public static final int MNT_DETACH = 2;
  public static final int UMOUNT_NOFOLLOW = 8;
  public static final long OPEN_TREE_CLONE = 1;
  public static final long OPEN_TREE_CLOEXEC = O_CLOEXEC;
  public static final long MOVE_MOUNT_F_EMPTY_PATH = 0x04;
  public static final long MOVE_MOUNT_T_EMPTY_PATH = 0x40;
  public static final long MOUNT_ATTR_RDONLY = 1;
  public static final long MOUNT_ATTR_NOSUID = 2;
  public static final long MOUNT_ATTR_NODEV = 4;
  public static final long MOUNT_ATTR_NOEXEC = 8;
  public static final long MOUNT_ATTR_IDMAP = 0x100000;

  // prctl(2), capabilities(7), seccomp(2)
  public static final int PR_SET_DUMPABLE = 4;
  public static final int PR_SET_KEEPCAPS = 8;
  public static final int PR_CAPBSET_DROP = 24;
  public static final int PR_SET_SECUREBITS = 28;
  public static final int SECBIT_NO_SETUID_FIXUP = 4;
  public static final int PR_SET_NO_NEW_PRIVS = 38;
  public static final int PR_CAP_AMBIENT = 47;
  public static final int PR_CAP_AMBIENT_RAISE = 2;
  public static final int LINUX_CAPABILITY_VERSION_3 = 0x20080522;
  public static final int SECCOMP_SET_MODE_FILTER = 1;

  // poll(2), epoll(7)
  public static final int POLLIN = 1;
  public static final int POLLOUT = 4;
  public static final int POLLERR = 8;
  public static final int POLLHUP = 16;

  // ioctl_tty(2)
  public static final long TIOCSCTTY = 0x540E;
  public static final long TIOCSWINSZ = 0x5414;
  public static final long TIOCGPTN = 0x80045430L;
  public static final long TIOCSPTLCK = 0x40045431L;
  public static final long SIOCSIFFLAGS = 0x8914;

  // close_range(2)
  public static final int CLOSE_RANGE_CLOEXEC = 4;

  public static final int SIGKILL = 9;
  public static final int SIGTERM = 15;

  /** {@code O_DIRECTORY}, which differs by architecture. */
  public static int directory(Arch arch) {
    return arch == Arch.ARM64 ? 040000 : 0200000;
  }

  /** {@code O_NOFOLLOW}, which differs by architecture. */
  public static int noFollow(Arch arch) {
    return arch == Arch.ARM64 ? 0100000 : 0400000;
  }
}
