package io.hawser.runtime.oci;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Looks for the program in the finished container, so that {@code create} fails and not only {@code
 * start}. It is a courtesy: what execve itself will say counts.
 */
final class OciProgram {
  private static final int ANY_EXECUTE = 0111;
  private static final int FILE_TYPE = 0170000;
  private static final int REGULAR = 0100000;

  private OciProgram() {}

  /**
   * @param pid of the container's first process, after the pivot
   * @throws KernelFault as execve would have it
   */
  static void check(Kernel kernel, int pid, ProcessSpec process) {
    String program = process.arguments().get(0);
    Errno found = Errno.ENOENT;
    for (String candidate : process.candidates()) {
      String path = Path.of(process.workingDir()).resolve(candidate).normalize().toString();
      try {
        int fd =
            kernel.openInRoot(new Kernel.OpenInRoot("/proc/" + pid + "/root", path, Flags.O_PATH));
        try {
          if (isExecutable(fd)) {
            return;
          }
          found = Errno.EACCES;
        } finally {
          kernel.close(fd);
        }
      } catch (KernelFault e) {
        // The next one may be there.
      }
    }
    throw new KernelFault("execve(" + program + ")", found.number());
  }

  private static boolean isExecutable(int fd) {
    try {
      int mode = (Integer) Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:mode");
      return (mode & FILE_TYPE) == REGULAR && (mode & ANY_EXECUTE) != 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
