package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * Lets a new process run beside the thread that spawned it. Where processors share no cache, as in
 * many virtual machines, the kernel draws a thread that is woken to the processor of its waker, so
 * the end of vfork puts parent and child onto one, the child waits for the parent's next pause, and
 * an idle processor looks for work every few milliseconds only. Without the parent's processor in
 * its affinity the child moves at once.
 */
public final class OtherProcessor {
  private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");

  /** More than Linux can be built for: also those that are plugged in later. */
  private static final int MOST_PROCESSORS = 8192;

  private final Kernel kernel;
  private final BitSet online;
  private final BitSet all = new BitSet();

  public OtherProcessor(Kernel kernel) {
    this(kernel, online());
  }

  /**
   * @param online the machine's; empty: unknown
   */
  OtherProcessor(Kernel kernel, BitSet online) {
    this.kernel = kernel;
    this.online = online;
    all.set(0, MOST_PROCESSORS);
  }

  /** The processor that the calling thread is on. */
  public int current() {
    return kernel.processor();
  }

  /**
   * Moves a thread away from a processor. No effect on one that is elsewhere already, nor where
   * this thread may not run on all of the machine: what the other may use in the end could then not
   * be told from this thread's own.
   *
   * @param thread of a process that has not run anything of a user's yet; 0: the calling one
   */
  public void leave(int processor, int thread) {
    try {
      BitSet others = kernel.affinity(0);
      if (others.cardinality() < 2 || !others.equals(online)) {
        return;
      }
      others.clear(processor);
      kernel.setAffinity(thread, others);
      kernel.setAffinity(thread, all);
    } catch (KernelFault e) {
      // It has ended, or its cpuset has no other: where it runs is a matter of speed alone.
    }
  }

  private static BitSet online() {
    try {
      return parse(Files.readString(ONLINE, StandardCharsets.US_ASCII).strip());
    } catch (IOException | NumberFormatException e) {
      return new BitSet();
    }
  }

  /** A list as in cpuset(7): {@code 0-3,8}. */
  static BitSet parse(String list) {
    BitSet processors = new BitSet();
    for (String range : list.split(",")) {
      String[] ends = range.split("-");
      processors.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
    }
    return processors;
  }
}
