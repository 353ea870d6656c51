package io.hawser.runtime.machine;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.kernel.LinuxKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Whose turn it is when every processor is busy: nice values, {@code setpriority(2)}, {@code
 * sched(7)}. An agent goes before the containers it starts, so that theirs is not the work that
 * makes it miss a heartbeat; containers start at 0 whatever the agent has.
 */
public final class ProcessorPriority {
  /** Of an agent: about nine times the share of a process with 0. */
  public static final int AGENT = -10;

  private static final Path THREADS = Path.of("/proc/self/task");

  private ProcessorPriority() {}

  /**
   * Gives every thread of this program the nice value; threads started later have their starter's.
   *
   * @return false when this user may not (CAP_SYS_NICE), and nothing has changed
   */
  public static boolean set(int nice) {
    Kernel kernel = new LinuxKernel();
    try {
      for (int thread : threads()) {
        setPriority(kernel, thread, nice);
      }
      return true;
    } catch (KernelFault | IOException notAllowed) {
      return false;
    }
  }

  private static void setPriority(Kernel kernel, int thread, int nice) {
    try {
      kernel.setPriority(thread, nice);
    } catch (KernelFault e) {
      if (!e.is(Errno.ESRCH)) { // it has ended meanwhile
        throw e;
      }
    }
  }

  /** For a thread with work that can wait, such as unpacking an image: 0 for itself alone. */
  public static void yieldToOthers() {
    try {
      new LinuxKernel().setPriority(0, 0);
    } catch (KernelFault belowAlready) {
      // It has less than that.
    }
  }

  private static List<Integer> threads() throws IOException {
    try (Stream<Path> threads = Files.list(THREADS)) {
      return threads.map(thread -> Integer.parseInt(thread.getFileName().toString())).toList();
    }
  }
}
