package io.hawser.runtime;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.KernelFault;

/** A kernel's error as a user reads it: the step and the errno, then what that usually means. */
public final class FaultText {
  private FaultText() {}

  public static String of(RuntimeException fault) {
    String hint = fault instanceof KernelFault kernel ? hint(kernel) : "";
    return fault.getMessage() + (hint.isEmpty() ? "" : " (" + hint + ")");
  }

  private static String hint(KernelFault fault) {
    String call = fault.call();
    if (fault.is(Errno.ENOSPC)) {
      return "the disk is full";
    }
    if (fault.is(Errno.EMFILE) || fault.is(Errno.ENFILE)) {
      return "too many open files: raise ulimit -n";
    }
    if (call.startsWith("execve(")) {
      if (fault.is(Errno.ENOENT)) {
        return "the command, or the interpreter it names, is not in the image";
      }
      if (fault.is(Errno.EACCES)) {
        return "the command is not executable for the container's user";
      }
      return fault.is(Errno.ENOEXEC) ? "not a program for this machine's processor" : "";
    }
    if (call.startsWith("launch of") && fault.is(Errno.ESRCH)) {
      return "killed before its program ran: is the memory limit below what a start needs?";
    }
    if (call.startsWith("chdir(")) {
      return "the working directory is not a directory the container can have";
    }
    if (call.startsWith("openat2(") && fault.is(Errno.EXDEV)) {
      return "a link leads out of the volume";
    }
    if (call.startsWith("mount_setattr(idmap") && fault.is(Errno.EINVAL)) {
      return "its file system can't show other owners: use hostUsers: true";
    }
    if (call.startsWith("openat2(") && fault.is(Errno.ELOOP)) {
      return "the image has a symbolic link where a directory must be";
    }
    if (call.startsWith("openat2(") && fault.is(Errno.ENOENT)) {
      return "the image's symbolic link leads nowhere inside the image";
    }
    if (call.startsWith("openat2(") && fault.is(Errno.ENOTDIR)) {
      return "the image has a file where a directory must be";
    }
    if (fault.is(Errno.EPERM)) {
      return "not permitted: does this process run as root?";
    }
    return "";
  }
}
