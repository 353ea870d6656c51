package io.hawser.runtime;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.ContainerLaunch;
import io.hawser.runtime.log.LogPump;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a container writes. Two pipes with names: the container holds its ends for reading too, so
 * the death of this process neither ends them nor kills their writer, and a successor opens them
 * again (docs/adr/0003-logs-through-fifos.md). Or a terminal, which ends with this process.
 */
final class ContainerOutput {
  static final int NONE = -1;

  /** The name of the pipe that is the standard input. */
  static final String INPUT = "stdin";

  private static final String STDOUT = "stdout";
  private static final String STDERR = "stderr";

  private final Kernel kernel;
  private int stdout = NONE;
  private int stderr = NONE;
  private int input = NONE;

  /** Both ends of the standard input, until the container has opened its own. */
  private int held = NONE;

  ContainerOutput(Kernel kernel) {
    this.kernel = kernel;
  }

  /** What a container's launcher opens in its directory. */
  static ContainerLaunch.Streams streams(Path home, ContainerSpec spec) {
    if (spec.tty()) {
      return ContainerLaunch.Streams.NONE;
    }
    return new ContainerLaunch.Streams(
        spec.stdin() == ContainerSpec.Stdin.NONE
            ? Optional.empty()
            : Optional.of(home.resolve(INPUT)),
        spec.stdin() == ContainerSpec.Stdin.OPEN,
        Optional.of(home.resolve(STDOUT)),
        Optional.of(home.resolve(STDERR)));
  }

  /**
   * Makes the pipes in the container's directory, unless a terminal will take their place.
   *
   * @param uid owns the pipes: the process may open /dev/stdout again
   */
  void open(Path home, long uid, ContainerSpec.Stdin stdin, boolean tty) {
    if (tty) {
      return;
    }
    makePipe(home.resolve(STDOUT), uid);
    makePipe(home.resolve(STDERR), uid);
    if (stdin != ContainerSpec.Stdin.NONE) {
      makePipe(home.resolve(INPUT), uid);
    }
    if (stdin == ContainerSpec.Stdin.ONCE) { // its end is that of this process' writing end
      held = open(home.resolve(INPUT), Flags.O_RDWR);
      input = open(home.resolve(INPUT), Flags.O_WRONLY);
    }
    reopen(home);
  }

  private void makePipe(Path path, long uid) {
    kernel.makeFifo(new Kernel.MakeFifo(path.toString(), 0600, uid, 0));
  }

  private int open(Path path, int flags) {
    return kernel.open(new Kernel.Open(path.toString(), flags, 0));
  }

  /** Opens this process' ends of pipes that are there; a container with a terminal has none. */
  void reopen(Path home) {
    int flags = Flags.O_RDONLY | Flags.O_NONBLOCK;
    if (Files.exists(home.resolve(STDOUT))) {
      stdout = open(home.resolve(STDOUT), flags);
      stderr = open(home.resolve(STDERR), flags);
    }
  }

  /** Opens the master of the container's first terminal, number 0. */
  void openTerminal(int pid) {
    stdout = Terminal.open(kernel, pid).master();
    kernel.setNonBlocking(stdout);
    input = kernel.duplicate(stdout);
  }

  /** For when the container has opened its ends, or never will. */
  void letGoOfContainersEnds() {
    if (held != NONE) {
      kernel.close(held);
      held = NONE;
    }
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
