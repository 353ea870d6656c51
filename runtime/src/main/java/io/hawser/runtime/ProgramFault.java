package io.hawser.runtime;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.KernelFault;

/** The program of a process can't be executed; everything before that step went well. */
public final class ProgramFault extends RuntimeFault {
  private static final int NOT_FOUND = 127;
  private static final int NOT_EXECUTABLE = 126;

  private final int exitCode;

  ProgramFault(String reason, String message, KernelFault cause) {
    super(reason, message, cause);
    this.exitCode = cause.is(Errno.ENOENT) ? NOT_FOUND : NOT_EXECUTABLE;
  }

  static boolean isOne(RuntimeException fault) {
    return fault instanceof KernelFault kernel && kernel.call().startsWith("execve(");
  }

  /** As shells have it: 127 when there is no such program, 126 when it can't be executed. */
  public int exitCode() {
    return exitCode;
  }
}
