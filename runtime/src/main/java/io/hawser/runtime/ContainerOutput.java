package io.hawser.runtime;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.log.LogPump;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a container writes. Two pipes with names: the container holds its ends for reading too, so
 * the death of this process neither ends them nor kills their writer, and a successor opens them
 * again (docs/adr/0003-logs-through-fifos.md). Or a terminal, which ends with this process.
 */
final class ContainerOutput {
  static final int NONE = -1;

  /** The name of the pipe that is the standard input. */
  static final String INPUT = "stdin";

  private final Kernel kernel;
  private final List<Integer> containersEnds = new ArrayList<>();
  private final Map<Integer, Integer> byNumber = new HashMap<>();
  private int stdout = NONE;
  private int stderr = NONE;
  private int input = NONE;

  ContainerOutput(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Makes the pipes in the container's directory, unless a terminal will take their place.
   *
   * @param uid owns the pipes: the process may open /dev/stdout again
   */
  void open(Path home, long uid, ContainerSpec.Stdin stdin, boolean tty) {
    int nothing = kernel.open(new Kernel.Open("/dev/null", Flags.O_RDWR, 0));
    containersEnds.add(nothing);
    byNumber.putAll(Map.of(0, nothing, 1, nothing, 2, nothing));
    if (tty) {
      return;
    }
    for (int number = 1; number <= 2; number++) {
      String path = home.resolve(number == 1 ? "stdout" : "stderr").toString();
      kernel.makeFifo(new Kernel.MakeFifo(path, 0600, uid, 0));
      int fd = kernel.open(new Kernel.Open(path, Flags.O_RDWR, 0));
      containersEnds.add(fd);
      byNumber.put(number, fd);
    }
    if (stdin != ContainerSpec.Stdin.NONE) {
      openInput(home, uid, stdin == ContainerSpec.Stdin.OPEN);
    }
    reopen(home);
  }

  /**
   * A third pipe. Of one that never ends the container holds an end for writing too, so that it
   * outlives this process; the end of the other is this process' writing end.
   */
  private void openInput(Path home, long uid, boolean endless) {
    String path = home.resolve(INPUT).toString();
    kernel.makeFifo(new Kernel.MakeFifo(path, 0600, uid, 0));
    int both = kernel.open(new Kernel.Open(path, Flags.O_RDWR, 0));
    containersEnds.add(both);
    if (endless) {
      byNumber.put(0, both);
      return;
    }
    int theirs = kernel.open(new Kernel.Open(path, Flags.O_RDONLY, 0));
    containersEnds.add(theirs);
    byNumber.put(0, theirs);
    input = kernel.open(new Kernel.Open(path, Flags.O_WRONLY, 0));
  }

  /** Opens this process' ends of pipes that are there; a container with a terminal has none. */
  void reopen(Path home) {
    int flags = Flags.O_RDONLY | Flags.O_NONBLOCK;
    if (Files.exists(home.resolve("stdout"))) {
      stdout = kernel.open(new Kernel.Open(home.resolve("stdout").toString(), flags, 0));
      stderr = kernel.open(new Kernel.Open(home.resolve("stderr").toString(), flags, 0));
    }
  }

  /** Opens the master of the container's first terminal, number 0. */
  void openTerminal(int pid) {
    stdout = Terminal.open(kernel, pid).master();
    kernel.setNonBlocking(stdout);
    input = kernel.duplicate(stdout);
  }

  /** The container's descriptors 0, 1 and 2. */
  Map<Integer, Integer> containersEnds() {
    return byNumber;
  }

  void closeContainersEnds() {
    containersEnds.forEach(kernel::close);
    containersEnds.clear();
  }

  void closeOurEnds() {
    for (int fd : new int[] {stdout, stderr, input}) {
      if (fd != NONE) {
        kernel.close(fd);
      }
    }
  }

  /**
   * What has to stay open for the container's standard input, now the caller's: a terminal's master
   * or the writing end of a pipe.
   *
   * @return -1: nothing has to
   */
  int inputDescriptor() {
    return input;
  }

  /** Gives this process' ends to the pump. */
  LogPump.Output handOver(LogPump logs, Path logFile) {
    return logs.add(logFile, stdout, stderr);
  }
}
