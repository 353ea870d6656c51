package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.ContainerState;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.ExecPlan;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A process that was exec'ed in a container. */
final class LinuxExecSession implements ExecSession {
  private static final int SIGNAL_BASE = 128;

  private final Kernel kernel;
  private final ExecStreams streams;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final OutputStream stdin;
  private final InputStream stdout;
  private final InputStream stderr;
  private int pidfd;

  private LinuxExecSession(Kernel kernel, ExecStreams streams, int pidfd) {
    this.kernel = kernel;
    this.streams = streams;
    this.pidfd = pidfd;
    NativeStreams in = streams.our(0);
    NativeStreams err = streams.our(2);
    this.stdin = in == null ? OutputStream.nullOutputStream() : in.output();
    this.stdout = streams.our(1).input();
    this.stderr = err == null ? InputStream.nullInputStream() : err.input();
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
    ExecStreams streams = ExecStreams.open(kernel, spec, container.pid());
    try {
      ProcessSpec process = process(container.process(), spec);
      LaunchPlan plan = ExecPlan.of(joinFiles, process, streams.terminal(), kernel.arch());
      Launcher.PidNamespace namespace = new Launcher.PidNamespace.Of(containerPidfd);
      PendingLaunch pending = node.launcher().prepare(plan, namespace, streams.theirs());
      LinuxExecSession session = new LinuxExecSession(kernel, streams, pending.go());
      node.watcher()
          .watch(session.pidfd, true)
          .thenAccept(end -> node.timers().execute(() -> session.ended(end)));
      return session;
    } catch (RuntimeException e) {
      streams.closeOurs();
      throw e;
    } finally {
      streams.closeTheirs();
    }
  }

  private static ProcessSpec process(ProcessSpec container, ExecSpec spec) {
    List<String> environment = new ArrayList<>(container.environment());
    if (spec.tty() && environment.stream().noneMatch(entry -> entry.startsWith("TERM="))) {
      environment.add("TERM=xterm");
    }
    return container.running(spec.command(), environment);
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
    if (streams.terminal().isPresent()) {
      streams.our(1).ifOpen(fd -> Terminal.resize(kernel, fd, columns, rows));
    }
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
    streams.closeOurs();
  }
}
