package io.hawser.runtime;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Both ends of an exec'ed process' standard streams: pipes, or a terminal of the container's. */
final class ExecStreams {
  private static final int STREAMS = 3;

  private final Kernel kernel;
  private final Map<Integer, Integer> byNumber = new HashMap<>();
  private final List<Integer> theirs = new ArrayList<>();
  private final NativeStreams[] ours = new NativeStreams[STREAMS];
  private OptionalInt terminal = OptionalInt.empty();

  private ExecStreams(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * @param containerPid a process of the container, for its devpts
   */
  static ExecStreams open(Kernel kernel, ExecSpec spec, int containerPid) {
    ExecStreams streams = new ExecStreams(kernel);
    try {
      int nothing = kernel.open(new Kernel.Open("/dev/null", Flags.O_RDWR, 0));
      streams.theirs.add(nothing);
      streams.byNumber.putAll(Map.of(0, nothing, 1, nothing, 2, nothing));
      if (spec.tty()) {
        streams.openTerminal(containerPid, spec.stdin());
      } else {
        for (int number = spec.stdin() ? 0 : 1; number < STREAMS; number++) {
          streams.openPipe(number);
        }
      }
      return streams;
    } catch (RuntimeException e) {
      streams.closeTheirs();
      streams.closeOurs();
      throw e;
    }
  }

  /** The process opens the other end by itself, once it is in the container. */
  private void openTerminal(int containerPid, boolean stdin) {
    Terminal opened = Terminal.open(kernel, containerPid);
    kernel.setNonBlocking(opened.master());
    ours[1] = new NativeStreams(kernel, opened.master());
    ours[0] = stdin ? ours[1] : null;
    terminal = OptionalInt.of(opened.number());
  }

  private void openPipe(int number) {
    Kernel.Pipe pipe = kernel.pipe();
    boolean input = number == 0;
    int their = input ? pipe.readEnd() : pipe.writeEnd();
    int our = input ? pipe.writeEnd() : pipe.readEnd();
    byNumber.put(number, their);
    theirs.add(their);
    ours[number] = new NativeStreams(kernel, our);
    kernel.setNonBlocking(our);
  }

  /** The process' descriptors 0, 1 and 2. */
  Map<Integer, Integer> theirs() {
    return byNumber;
  }

  /** The terminal's number in the container's devpts. */
  OptionalInt terminal() {
    return terminal;
  }

  /**
   * This process' end of a standard stream; of a terminal, 0 and 1 are its master.
   *
   * @return null when there is none
   */
  NativeStreams our(int number) {
    return ours[number];
  }

  void closeTheirs() {
    theirs.forEach(kernel::close);
    theirs.clear();
  }

  void closeOurs() {
    for (NativeStreams stream : ours) {
      if (stream != null) {
        stream.close();
      }
    }
  }
}
