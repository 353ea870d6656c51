package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.ContainerState;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.ExecPlan;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A process that was exec'ed in a container. */
final class LinuxExecSession implements ExecSession {
  private static final int SIGNAL_BASE = 128;

  private final Kernel kernel;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final OutputStream stdin;
  private final InputStream stdout;
  private final InputStream stderr;
  private final Optional<NativeStreams> terminal;
  private int pidfd;

  /** This process' ends, or null. */
  private record Ends(NativeStreams stdin, NativeStreams stdout, NativeStreams stderr) {}

  private LinuxExecSession(Kernel kernel, Ends ends, Optional<NativeStreams> terminal, int pidfd) {
    this.kernel = kernel;
    this.stdin = ends.stdin == null ? OutputStream.nullOutputStream() : ends.stdin.output();
    this.stdout = ends.stdout.input();
    this.stderr = ends.stderr == null ? InputStream.nullInputStream() : ends.stderr.input();
    this.terminal = terminal;
    this.pidfd = pidfd;
  }

  /**
   * @param containerPidfd of the container's first process; stays the caller's
   */
  static LinuxExecSession start(
      NodeKernel node,
      ContainerState container,
      int containerPidfd,
      List<Path> joinFiles,
      ExecSpec spec) {
    if (spec.command().isEmpty()) {
      throw new IllegalArgumentException("exec: the command is empty");
    }
    Kernel kernel = node.kernel();
    List<Integer> theirs = new ArrayList<>();
    List<NativeStreams> ours = new ArrayList<>();
    try {
      Map<Integer, Integer> descriptors = new HashMap<>();
      int nothing = kernel.open(new Kernel.Open("/dev/null", Flags.O_RDWR, 0));
      theirs.add(nothing);
      Ends ends;
      OptionalInt number = OptionalInt.empty();
      if (spec.tty()) {
        Terminal terminal = Terminal.open(kernel, container.pid());
        kernel.setNonBlocking(terminal.master());
        NativeStreams master = new NativeStreams(kernel, terminal.master());
        ours.add(master);
        number = OptionalInt.of(terminal.number());
        ends = new Ends(spec.stdin() ? master : null, master, null);
        descriptors.putAll(Map.of(0, nothing, 1, nothing, 2, nothing));
      } else {
        ends = pipes(kernel, spec, nothing, descriptors, theirs, ours);
      }
      LaunchPlan plan =
          ExecPlan.of(joinFiles, process(container.process(), spec), number, kernel.arch());
      PendingLaunch pending =
          node.launcher().prepare(plan, new Launcher.PidNamespace.Of(containerPidfd), descriptors);
      int pidfd = pending.go();
      Optional<NativeStreams> terminal = spec.tty() ? Optional.of(ours.get(0)) : Optional.empty();
      LinuxExecSession session = new LinuxExecSession(kernel, ends, terminal, pidfd);
      node.watcher()
          .watch(pidfd, true)
          .thenAccept(end -> node.timers().execute(() -> session.ended(end)));
      return session;
    } catch (RuntimeException e) {
      ours.forEach(NativeStreams::close);
      throw e;
    } finally {
      theirs.forEach(kernel::close);
    }
  }

  private static Ends pipes(
      Kernel kernel,
      ExecSpec spec,
      int nothing,
      Map<Integer, Integer> descriptors,
      List<Integer> theirs,
      List<NativeStreams> ours) {
    NativeStreams[] ends = new NativeStreams[3];
    for (int target = 0; target <= 2; target++) {
      if (target == 0 && !spec.stdin()) {
        descriptors.put(0, nothing);
        continue;
      }
      Kernel.Pipe pipe = kernel.pipe();
      int their = target == 0 ? pipe.readEnd() : pipe.writeEnd();
      int our = target == 0 ? pipe.writeEnd() : pipe.readEnd();
      descriptors.put(target, their);
      theirs.add(their);
      kernel.setNonBlocking(our);
      ends[target] = new NativeStreams(kernel, our);
      ours.add(ends[target]);
    }
    return new Ends(ends[0], ends[1], ends[2]);
  }

  private static ProcessSpec process(ProcessSpec container, ExecSpec spec) {
    List<String> environment = new ArrayList<>(container.environment());
    if (spec.tty() && environment.stream().noneMatch(entry -> entry.startsWith("TERM="))) {
      environment.add("TERM=xterm");
    }
    return new ProcessSpec(
        spec.command(),
        environment,
        container.workingDir(),
        container.uid(),
        container.gid(),
        container.groups(),
        container.capabilities(),
        container.noNewPrivileges());
  }

  private void ended(Optional<Kernel.ProcessEnd> end) {
    synchronized (this) {
      kernel.close(pidfd);
      pidfd = -1;
    }
    int signal = end.map(Kernel.ProcessEnd::signal).orElse(0);
    int code = signal > 0 ? SIGNAL_BASE + signal : end.map(Kernel.ProcessEnd::code).orElse(255);
    exit.complete(new ExitStatus(code, signal, false, Instant.now()));
  }

  @Override
  public OutputStream stdin() {
    return stdin;
  }

  @Override
  public InputStream stdout() {
    return stdout;
  }

  @Override
  public InputStream stderr() {
    return stderr;
  }

  @Override
  public void resize(int columns, int rows) {
    terminal.ifPresent(streams -> streams.ifOpen(fd -> Terminal.resize(kernel, fd, columns, rows)));
  }

  @Override
  public CompletionStage<ExitStatus> exit() {
    return exit.copy();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (pidfd >= 0) {
        kernel.pidfdSignal(pidfd, Flags.SIGKILL);
      }
    }
    try {
      stdin.close();
      stdout.close();
      stderr.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // these streams' close() does not fail
    }
  }
}
