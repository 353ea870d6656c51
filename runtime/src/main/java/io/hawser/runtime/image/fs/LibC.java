package io.hawser.runtime.image.fs;

import java.nio.ByteBuffer;
import java.util.Map;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The calls of the C library that Java lacks; see their man pages. Names are NUL-terminated. */
public interface LibC {
  /** Loaded when the first tree is opened. */
  LibC CALLS = LibraryLoader.loadLibrary(LibC.class, Map.of(LibraryOption.SaveError, true), "c");

  int openat(int dirfd, @In byte[] name, int flags, int mode);

  int close(int fd);

  @ssize_t
  long read(int fd, @Out ByteBuffer buffer, @size_t long count);

  @ssize_t
  long write(int fd, @In ByteBuffer buffer, @size_t long count);

  int ftruncate(int fd, long length);

  long lseek(int fd, long offset, int whence);

  int mkdirat(int dirfd, @In byte[] name, int mode);

  int mknodat(int dirfd, @In byte[] name, int mode, long device);

  int symlinkat(@In byte[] target, int dirfd, @In byte[] name);

  int linkat(int fromDir, @In byte[] from, int toDir, @In byte[] to, int flags);

  int unlinkat(int dirfd, @In byte[] name, int flags);

  int fchownat(int dirfd, @In byte[] name, int uid, int gid, int flags);

  int fchmodat(int dirfd, @In byte[] name, int mode, int flags);

  int utimensat(int dirfd, @In byte[] name, @In long[] times, int flags);

  @ssize_t
  long readlinkat(int dirfd, @In byte[] name, @Out byte[] buffer, @size_t long size);

  int statx(int dirfd, @In byte[] name, int flags, int mask, @Out byte[] buffer);

  int fchown(int fd, int uid, int gid);

  int fchmod(int fd, int mode);

  int futimens(int fd, @In long[] times);

  int getegid();

  int lsetxattr(@In byte[] path, @In byte[] name, @In byte[] value, @size_t long size, int flags);

  @ssize_t
  long lgetxattr(@In byte[] path, @In byte[] name, @Out byte[] value, @size_t long size);

  @ssize_t
  long llistxattr(@In byte[] path, @Out byte[] list, @size_t long size);

  int syncfs(int fd);

  int geteuid();

  long syscall(long number, int fd, @Out byte[] buffer, @size_t long size);

  static int errno() {
    return Runtime.getRuntime(CALLS).getLastError();
  }
}
