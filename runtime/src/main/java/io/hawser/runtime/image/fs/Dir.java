package io.hawser.runtime.image.fs;

import io.hawser.runtime.machine.OwnNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An open directory. Every method takes the raw name of one entry, never a path, and follows no
 * symbolic link: whoever walks with it can't be led out of the tree.
 */
public final class Dir implements AutoCloseable {
  private static final LibC C = LibC.CALLS;
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final int O_WRONLY = 01;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_CLOEXEC = 02000000;
  private static final int O_DIRECTORY = ARM ? 040000 : 0200000;
  private static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC = 0x7ff;
  private static final long SYS_GETDENTS64 = ARM ? 61 : 217;
  private static final int LISTING_BYTES = 32 << 10;
  private static final int MAX_LINK_BYTES = 4096;
  private static final int MAX_XATTR_BYTES = 64 << 10;

  private final int fd;
  private boolean closed;

  private Dir(int fd) {
    this.fd = fd;
  }

  /** Whether this process may set owners and make devices. */
  public static boolean privileged() {
    return C.geteuid() == 0 && !OwnNamespace.isRootless();
  }

  /** Whether what this process makes belongs to the group 0. */
  public static boolean rootGroup() {
    return C.getegid() == 0;
  }

  /** Opens a directory of the machine; links in this path are followed. */
  public static Dir open(Path path) throws IOException {
    String text = RawNames.raw(path.toString());
    int flags = O_DIRECTORY | O_CLOEXEC;
    return new Dir(check(C.openat(AT_FDCWD, z(text), flags, 0), "openat", text));
  }

  /** Opens an entry that is a directory. */
  public Dir dir(String name) throws IOException {
    int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    return new Dir(check(C.openat(fd, entry(name), flags, 0), "openat", name));
  }

  /** A second, independent handle on the same directory. */
  public Dir again() throws IOException {
    return new Dir(check(C.openat(fd, z("."), O_DIRECTORY | O_CLOEXEC, 0), "openat", "."));
  }

  /** Opens an entry that is a regular file, for reading. */
  public InputStream read(String name) throws IOException {
    return new FdInput(check(C.openat(fd, entry(name), O_NOFOLLOW | O_CLOEXEC, 0), "openat", name));
  }

  /** Makes a regular file that must not exist, for writing; mode 0600. */
  public FdOutput create(String name) throws IOException {
    int flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
    return new FdOutput(check(C.openat(fd, entry(name), flags, 0600), "openat", name));
  }

  public Optional<FileStat> stat(String name) throws IOException {
    byte[] buffer = new byte[FileStat.BYTES];
    if (C.statx(fd, entry(name), AT_SYMLINK_NOFOLLOW, STATX_BASIC, buffer) != 0) {
      ErrnoException e = new ErrnoException("statx", name, LibC.errno());
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
    return Optional.of(FileStat.parse(buffer));
  }

  /** This directory itself. */
  public FileStat stat() throws IOException {
    byte[] buffer = new byte[FileStat.BYTES];
    check(C.statx(fd, z(""), AT_EMPTY_PATH, STATX_BASIC, buffer), "statx", ".");
    return FileStat.parse(buffer);
  }

  /** The names of all entries, sorted by their bytes. */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    byte[] buffer = new byte[LISTING_BYTES];
    C.lseek(fd, 0, 0);
    long n = C.syscall(SYS_GETDENTS64, fd, buffer, buffer.length);
    while (n > 0) {
      ByteBuffer records = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
      for (int at = 0; at < n; at += Short.toUnsignedInt(records.getShort(at + 16))) {
        int end = at + 19;
        while (buffer[end] != 0) {
          end++;
        }
        String name = RawNames.of(buffer, at + 19, end - at - 19);
        if (!name.equals(".") && !name.equals("..")) {
          names.add(name);
        }
      }
      n = C.syscall(SYS_GETDENTS64, fd, buffer, buffer.length);
    }
    check((int) n, "getdents64", ".");
    names.sort(null);
    return names;
  }

  public String readLink(String name) throws IOException {
    byte[] buffer = new byte[MAX_LINK_BYTES];
    long n = C.readlinkat(fd, entry(name), buffer, buffer.length);
    check((int) n, "readlinkat", name);
    return RawNames.of(buffer, 0, (int) n);
  }

  public void makeDir(String name, int permissions) throws IOException {
    check(C.mkdirat(fd, entry(name), permissions), "mkdirat", name);
  }

  /**
   * Makes a device, a FIFO or a socket.
   *
   * @param mode with the type's bits
   */
  public void makeNode(String name, int mode, long major, long minor) throws IOException {
    long device =
        (major & 0xfffL) << 8 | (major & ~0xfffL) << 32 | minor & 0xffL | (minor & ~0xffL) << 12;
    check(C.mknodat(fd, entry(name), mode, device), "mknodat", name);
  }

  public void makeLink(String name, String target) throws IOException {
    check(C.symlinkat(z(target), fd, entry(name)), "symlinkat", name);
  }

  /** A second name for a file that is not followed when it is a symbolic link. */
  public void hardLink(Dir from, String existing, String name) throws IOException {
    check(C.linkat(from.fd, entry(existing), fd, entry(name), 0), "linkat", name);
  }

  public void owner(String name, long uid, long gid) throws IOException {
    int flags = AT_SYMLINK_NOFOLLOW;
    check(C.fchownat(fd, entry(name), (int) uid, (int) gid, flags), "fchownat", name);
  }

  /** Not for symbolic links, which have no permissions. */
  public void permissions(String name, int permissions) throws IOException {
    check(C.fchmodat(fd, entry(name), permissions, 0), "fchmodat", name);
  }

  /** Sets the time of modification and of access. */
  public void time(String name, long seconds, int nanos) throws IOException {
    long[] times = {seconds, nanos, seconds, nanos};
    check(C.utimensat(fd, entry(name), times, AT_SYMLINK_NOFOLLOW), "utimensat", name);
  }

  /** The same three for this directory itself. */
  public void attributes(long uid, long gid, int permissions, boolean chown) throws IOException {
    if (chown) {
      check(C.fchownat(fd, z(""), (int) uid, (int) gid, AT_EMPTY_PATH), "fchownat", ".");
    }
    check(C.fchmodat(fd, z("."), permissions, 0), "fchmodat", ".");
  }

  public void time(long seconds, int nanos) throws IOException {
    long[] times = {seconds, nanos, seconds, nanos};
    check(C.utimensat(fd, z("."), times, 0), "utimensat", ".");
  }

  public void xattr(String name, String attribute, byte[] value) throws IOException {
    check(
        C.lsetxattr(procPath(name), z(attribute), value, value.length, 0), "lsetxattr", attribute);
  }

  /** An extended attribute of an entry, or with the name {@code .} of this directory. */
  public Optional<byte[]> xattr(String name, String attribute) throws IOException {
    byte[] value = new byte[MAX_XATTR_BYTES];
    long n = C.lgetxattr(procPath(name), z(attribute), value, value.length);
    if (n < 0) {
      ErrnoException e = new ErrnoException("lgetxattr", attribute, LibC.errno());
      if (e.isUnsupported() || e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
    return Optional.of(Arrays.copyOf(value, (int) n));
  }

  /** All extended attributes of an entry that this process may see, sorted. */
  public Map<String, byte[]> xattrs(String name) throws IOException {
    byte[] list = new byte[MAX_XATTR_BYTES];
    long n = C.llistxattr(procPath(name), list, list.length);
    Map<String, byte[]> attributes = new TreeMap<>();
    if (n < 0) {
      ErrnoException e = new ErrnoException("llistxattr", name, LibC.errno());
      if (e.isUnsupported()) {
        return attributes;
      }
      throw e;
    }
    for (int at = 0; at < n; ) {
      int end = at;
      while (list[end] != 0) {
        end++;
      }
      String attribute = RawNames.of(list, at, end - at);
      Optional<byte[]> value = xattr(name, attribute);
      value.ifPresent(v -> attributes.put(attribute, v));
      at = end + 1;
    }
    return attributes;
  }

  /** Removes an entry with all below it; what is not there is no error. */
  public void remove(String name) throws IOException {
    if (C.unlinkat(fd, entry(name), 0) == 0) {
      return;
    }
    ErrnoException e = new ErrnoException("unlinkat", name, LibC.errno());
    if (e.isNotFound()) {
      return;
    }
    if (e.errno() != ErrnoException.EISDIR && e.errno() != ErrnoException.EPERM) {
      throw e;
    }
    try (Dir below = dir(name)) {
      for (String child : below.names()) {
        below.remove(child);
      }
    }
    check(C.unlinkat(fd, entry(name), AT_REMOVEDIR), "unlinkat", name);
  }

  /** Waits until all of this file system is on the disk: one call instead of one for each file. */
  public void syncFileSystem() throws IOException {
    check(C.syncfs(fd), "syncfs", ".");
  }

  private byte[] procPath(String name) {
    entry(name.equals(".") ? "-" : name);
    return z("/proc/self/fd/" + fd + "/" + name);
  }

  private static byte[] entry(String name) {
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("'" + RawNames.shown(name) + "' is no single entry");
    }
    return z(name);
  }

  private static byte[] z(String text) {
    if (text.indexOf(0) >= 0) {
      throw new IllegalArgumentException("a name has a NUL character");
    }
    byte[] bytes = RawNames.bytes(text);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  static int check(int result, String call, String argument) throws ErrnoException {
    if (result < 0) {
      throw new ErrnoException(call, argument, LibC.errno());
    }
    return result;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      C.close(fd);
    }
  }
}
