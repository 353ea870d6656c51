package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.ContainerState;
import io.hawser.runtime.cgroup.ContainerCgroup;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.log.LogPump;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A container of this machine, started by this process or taken over from an earlier one. */
final class LinuxContainer implements Container {
  private static final Logger LOG = LoggerFactory.getLogger(LinuxContainer.class);
  private static final int UNKNOWN_CODE = 255;
  private static final int SIGNAL_BASE = 128;

  private final NodeKernel node;
  private final NodeDirectory directory;
  private final ContainerCgroup cgroup;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private ContainerState state;
  private int pidfd;
  private Optional<Streams> streams = Optional.empty();
  private int mounts = -1;
  private boolean removed;

  /** Whether the kernel keeps its exit code for a successor. */
  private boolean kept;

  /**
   * A running container's streams.
   *
   * @param input a terminal's master, or what keeps a standard input from ending; -1: none
   */
  record Streams(LogPump.Output output, int input, boolean terminal) {}

  private LinuxContainer(
      NodeKernel node,
      NodeDirectory directory,
      ContainerCgroup cgroup,
      ContainerState state,
      int pidfd) {
    this.node = node;
    this.directory = directory;
    this.cgroup = cgroup;
    this.state = state;
    this.pidfd = pidfd;
  }

  /**
   * A running one.
   *
   * @param pidfd of its first process; becomes this object's
   * @param child false: taken over
   * @param kept whether the kernel keeps its exit code
   */
  static LinuxContainer running(
      NodeKernel node,
      NodeDirectory directory,
      ContainerCgroup cgroup,
      ContainerState state,
      int pidfd,
      Streams streams,
      boolean child,
      boolean kept) {
    LinuxContainer container = new LinuxContainer(node, directory, cgroup, state, pidfd);
    container.kept = kept;
    container.streams = Optional.of(streams);
    container.mounts = container.holdMounts();
    node.watcher()
        .watch(pidfd, child)
        .thenAccept(
            end -> node.logs().finish(streams.output()).thenRun(() -> container.outputEnded(end)));
    return container;
  }

  /**
   * On the thread of all logs. A code that the kernel keeps can be told before it is noted, and
   * nothing then blocks; what may take longer goes to another thread.
   */
  private void outputEnded(Optional<Kernel.ProcessEnd> end) {
    if (kept && !foreignPids() && node.afterwards().hasRoom()) {
      ended(end);
    } else {
      node.timers().execute(() -> ended(end));
    }
  }

  /** One that ended while no process watched, or before it was taken over. */
  static LinuxContainer ended(
      NodeKernel node, NodeDirectory directory, ContainerCgroup cgroup, ContainerState state) {
    LinuxContainer container = new LinuxContainer(node, directory, cgroup, state, -1);
    container.exit.complete(
        state.exit() != null ? state.exit().status() : container.status(node.pins().read(state)));
    return container;
  }

  /** A code that the kernel keeps is told first; everything else can wait. */
  private void ended(Optional<Kernel.ProcessEnd> end) {
    ExitStatus status = status(end);
    killOthers();
    synchronized (this) {
      node.kernel().close(pidfd);
      pidfd = -1;
      closeInput();
      state = state.ended(status);
    }
    if (kept) {
      exit.complete(status);
      letGoOfMounts();
      node.afterwards().run("note of the exit of " + id(), this::note);
    } else {
      letGoOfMounts();
      note();
      exit.complete(status);
    }
  }

  private synchronized void note() {
    try {
      if (!removed) {
        Checkpoints.write(checkpoint(), state);
      }
    } catch (RuntimeException e) { // a full disk: only a successor would miss the code
      LOG.warn("exit of {} can't be noted: {}", id(), e.getMessage());
    }
  }

  /**
   * A reference to its mount namespace: without one its mounts would be taken down while its first
   * process exits, and its end be seen milliseconds later.
   *
   * @return -1: it has ended already
   */
  private int holdMounts() {
    try {
      String path = "/proc/" + state.pid() + "/ns/mnt";
      return node.kernel().open(new Kernel.Open(path, Flags.O_RDONLY, 0));
    } catch (KernelFault e) {
      return -1;
    }
  }

  /** Idempotent. */
  private synchronized void letGoOfMounts() {
    int held = mounts;
    mounts = -1;
    if (held >= 0) {
      node.afterwards().run("end of mounts", () -> node.kernel().close(held));
    }
  }

  /** Closes what kept the standard input open. */
  private synchronized void closeInput() {
    streams.filter(s -> s.input() >= 0).ifPresent(s -> node.kernel().close(s.input()));
    streams = streams.map(s -> new Streams(s.output(), ContainerOutput.NONE, s.terminal()));
  }

  private ExitStatus status(Optional<Kernel.ProcessEnd> end) {
    boolean oom = cgroup.oomKills() > 0;
    int signal = end.map(Kernel.ProcessEnd::signal).orElse(0);
    int code = end.map(Kernel.ProcessEnd::code).orElse(UNKNOWN_CODE);
    return new ExitStatus(signal > 0 ? SIGNAL_BASE + signal : code, signal, oom, Instant.now());
  }

  @Override
  public String id() {
    return state().id();
  }

  @Override
  public String podUid() {
    return state().podUid();
  }

  @Override
  public String name() {
    return state().name();
  }

  @Override
  public int attempt() {
    return state().attempt();
  }

  @Override
  public int pid() {
    return state().pid();
  }

  @Override
  public Instant startedAt() {
    return Instant.ofEpochMilli(state().startedAtMillis());
  }

  private synchronized ContainerState state() {
    return state;
  }

  private Path checkpoint() {
    return home().resolve("container.json");
  }

  private Path home() {
    return directory.container(state.podUid(), state.name(), state.attempt());
  }

  /** A copy: completing it does not end the container for others. */
  @Override
  public CompletionStage<ExitStatus> exit() {
    return exit.copy();
  }

  /** SIGKILL never waits for another runtime's command. */
  @Override
  public void signal(int signal) {
    Optional<OciRuntimeProgram> other = madeBy();
    if (other.isPresent() && signal != Flags.SIGKILL && isRunning()) {
      other.get().kill(id(), signal);
      return;
    }
    synchronized (this) {
      if (pidfd >= 0) {
        node.kernel().pidfdSignal(pidfd, signal);
      }
    }
  }

  private synchronized boolean isRunning() {
    return pidfd >= 0;
  }

  private Optional<OciRuntimeProgram> madeBy() {
    return Optional.ofNullable(state().runtime()).flatMap(node.runtimes()::find);
  }

  @Override
  public CompletionStage<ExitStatus> stop(Duration grace) {
    signal(grace.isZero() ? Flags.SIGKILL : state().stopSignal());
    thawIfPaused();
    if (!grace.isZero()) {
      node.timers().schedule(this::kill, grace.toMillis(), TimeUnit.MILLISECONDS);
    }
    return exit();
  }

  /** The death of its pid 1 takes all other processes of the pid namespace with it. */
  void kill() {
    signal(Flags.SIGKILL);
    thawIfPaused();
    killOthers();
  }

  /** In a pid namespace of the pod or the machine, the cgroup says what is the container's. */
  private void killOthers() {
    if (foreignPids()) {
      cgroup.killAll();
    }
  }

  private boolean foreignPids() {
    return state().process().confinement().namespaces().foreignPids();
  }

  /** A frozen process can't die of a signal. */
  private void thawIfPaused() {
    if (cgroup.isFrozen()) {
      cgroup.thaw();
    }
  }

  @Override
  public void pause() {
    requireRunning("PauseError");
    try {
      cgroup.freeze();
    } catch (KernelFault | UncheckedIOException e) {
      throw new RuntimeFault("PauseError", "pause of " + id() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void thaw() {
    cgroup.thaw();
  }

  @Override
  public boolean isPaused() {
    return cgroup.isFrozen();
  }

  private synchronized void requireRunning(String reason) {
    if (pidfd < 0) {
      throw new RuntimeFault(reason, "container " + id() + " is not running", null);
    }
  }

  @Override
  public ExecSession attach(boolean stdin) {
    requireRunning("AttachError");
    try {
      Streams current;
      Optional<NativeStreams> input;
      synchronized (this) {
        current = streams.orElseThrow();
        input = stdin || current.terminal() ? Optional.of(openInput(current)) : Optional.empty();
      }
      Runnable ended = stdin && !current.terminal() ? this::closeInput : () -> {};
      AttachSession session =
          new AttachSession(
              node.kernel(),
              node.logs().attach(current.output()),
              input,
              current.terminal(),
              ended);
      return session.until(exit());
    } catch (KernelFault e) {
      String hint = e.is(Errno.ENXIO) ? " (it has closed its standard input)" : "";
      throw new RuntimeFault("AttachError", "attach to " + id() + ": " + e.getMessage() + hint, e);
    }
  }

  /** A descriptor of its own for one session. */
  private NativeStreams openInput(Streams current) {
    if (current.terminal() && current.input() >= 0) {
      return new NativeStreams(node.kernel(), node.kernel().duplicate(current.input()));
    }
    Path pipe = home().resolve(ContainerOutput.INPUT);
    if (!Files.exists(pipe)) {
      throw new RuntimeFault(
          "AttachError", "container " + id() + " was started without a standard input", null);
    }
    int flags = Flags.O_WRONLY | Flags.O_NONBLOCK;
    return new NativeStreams(
        node.kernel(), node.kernel().open(new Kernel.Open(pipe.toString(), flags, 0)));
  }

  /** On a descriptor of its own, outside the lock: a launch may take long, a signal may not. */
  @Override
  public ExecSession exec(ExecSpec spec) {
    int target;
    if (cgroup.isFrozen()) {
      throw new RuntimeFault("ExecError", "container " + id() + " is paused", null);
    }
    synchronized (this) {
      if (pidfd < 0) {
        throw new RuntimeFault("ExecError", "container " + id() + " is not running", null);
      }
      target = node.kernel().duplicate(pidfd);
    }
    try {
      Optional<OciRuntimeProgram> other = madeBy();
      if (other.isPresent()) {
        return OciRuntimeExec.start(node.kernel(), other.get(), id(), home(), spec);
      }
      return LinuxExecSession.start(node, state(), target, cgroup.joinFiles(), spec);
    } catch (KernelFault | IllegalArgumentException e) {
      String message = "exec in " + id() + ": " + FaultText.of(e);
      throw e instanceof KernelFault fault && ProgramFault.isOne(fault)
          ? new ProgramFault("ExecError", message, fault)
          : new RuntimeFault("ExecError", message, e);
    } finally {
      node.kernel().close(target);
    }
  }

  @Override
  public Usage usage() {
    return cgroup.usage();
  }

  @Override
  public void update(ContainerSpec.Limits limits) {
    try {
      cgroup.apply(limits);
    } catch (UncheckedIOException | IllegalArgumentException e) {
      throw new RuntimeFault("UpdateError", "limits of " + id() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Path logFile() {
    ContainerState current = state();
    return directory.log(current.podUid(), current.name(), current.attempt());
  }

  synchronized boolean isRemoved() {
    return removed;
  }

  @Override
  public void remove() {
    synchronized (this) {
      if (pidfd >= 0) {
        throw new IllegalStateException("container " + id() + " is still running");
      }
      if (removed) {
        return;
      }
      removed = true;
    }
    letGoOfMounts(); // the end is told before that
    node.afterwards().run("removal of " + id(), this::discard);
  }

  /** Whatever fails, the rest goes. */
  private void discard() {
    try {
      if (state().runtime() != null) {
        BundleStart.remove(node.kernel(), directory, node, state());
      }
      node.pins().remove(state());
    } finally {
      try {
        cgroup.remove();
      } finally {
        TreeRemoval.delete(home());
        node.images().unpin(id());
      }
    }
  }
}
