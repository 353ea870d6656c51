package io.hawser.runtime.image.fs;

import java.io.IOException;
import java.util.Map;

/** A system call failed: {@code mkdirat(usr) failed: EEXIST}. */
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1L;

  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EACCES = 13;
  static final int EEXIST = 17;
  static final int ENOTDIR = 20;
  static final int EISDIR = 21;
  static final int ELOOP = 40;
  static final int ENODATA = 61;
  static final int EOPNOTSUPP = 95;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM"),
          Map.entry(ENOENT, "ENOENT"),
          Map.entry(5, "EIO"),
          Map.entry(EACCES, "EACCES"),
          Map.entry(EEXIST, "EEXIST"),
          Map.entry(18, "EXDEV"),
          Map.entry(ENOTDIR, "ENOTDIR"),
          Map.entry(EISDIR, "EISDIR"),
          Map.entry(22, "EINVAL"),
          Map.entry(24, "EMFILE"),
          Map.entry(27, "EFBIG"),
          Map.entry(28, "ENOSPC"),
          Map.entry(30, "EROFS"),
          Map.entry(31, "EMLINK"),
          Map.entry(36, "ENAMETOOLONG"),
          Map.entry(39, "ENOTEMPTY"),
          Map.entry(ELOOP, "ELOOP"),
          Map.entry(ENODATA, "ENODATA"),
          Map.entry(EOPNOTSUPP, "EOPNOTSUPP"),
          Map.entry(122, "EDQUOT"));

  private final int errno;

  ErrnoException(String call, String argument, int errno) {
    super(
        call
            + "("
            + RawNames.shown(argument)
            + ") failed: "
            + NAMES.getOrDefault(errno, "errno " + errno));
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }

  public boolean isNotFound() {
    return errno == ENOENT;
  }

  public boolean isExists() {
    return errno == EEXIST;
  }

  /** A component is a symbolic link or no directory, where one must not be followed. */
  public boolean isNoDirectory() {
    return errno == ENOTDIR || errno == ELOOP;
  }

  /** The file system has no such attribute, or this user may not set it. */
  public boolean isUnsupported() {
    return errno == EOPNOTSUPP || errno == EPERM || errno == EACCES || errno == ENODATA;
  }
}
