package io.hawser.node;

import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ExecSession;
import io.hawser.runtime.ExecSpec;
import io.hawser.runtime.ExitStatus;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.Recovered;
import io.hawser.runtime.RuntimeFault;
import io.hawser.runtime.Sandbox;
import io.hawser.runtime.SandboxSpec;
import io.hawser.runtime.Usage;
import io.hawser.runtime.launch.Argument;
import io.hawser.runtime.launch.LaunchPlan;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Containers without processes: a test ends them as it likes. Keeps a list of what was asked. */
final class FakeRuntime implements ContainerRuntime, ImageStore {
  final List<String> calls = new CopyOnWriteArrayList<>();
  final Map<String, Sandbox> sandboxes = new ConcurrentHashMap<>();
  final Map<String, FakeContainer> containers = new ConcurrentHashMap<>();
  final Set<String> images = ConcurrentHashMap.newKeySet();
  final List<Recovered> recoverable = new CopyOnWriteArrayList<>();

  /** Containers started while the same container of the same pod ran already. */
  final List<String> doubles = new CopyOnWriteArrayList<>();

  final AtomicInteger failStarts = new AtomicInteger();
  final AtomicInteger failUpdates = new AtomicInteger();
  final AtomicInteger failRemovals = new AtomicInteger();
  volatile CountDownLatch startGate = new CountDownLatch(0);
  volatile ImageStore imageStore = this;
  volatile boolean ignoresTerm;
  volatile int ignoresKills;
  volatile Function<ExecSpec, Integer> execs = spec -> 0;
  private final Path logs;
  private final AtomicInteger addresses = new AtomicInteger(1);

  FakeRuntime(Path logs) {
    this.logs = logs;
    images.add("web:1");
  }

  final class FakeContainer implements Container {
    final ContainerSpec spec;
    final Instant startedAt;
    final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

    FakeContainer(ContainerSpec spec, Instant startedAt) {
      this.spec = spec;
      this.startedAt = startedAt;
    }

    void exit(int code) {
      exit.complete(new ExitStatus(code, 0, false, Instant.now()));
    }

    void log(String line) {
      try {
        Files.writeString(
            logFile(),
            "2026-01-01T00:00:00.000000000Z stdout F " + line + "\n",
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void update(ContainerSpec.Limits limits) {
      if (failUpdates.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        throw new RuntimeFault("UpdateError", "write(memory.max) failed: EBUSY", null);
      }
      calls.add("update " + id() + " cpu " + limits.cpuLimitMillis());
    }

    @Override
    public String id() {
      return spec.id();
    }

    @Override
    public String podUid() {
      return spec.podUid();
    }

    @Override
    public String name() {
      return spec.name();
    }

    @Override
    public int attempt() {
      return spec.attempt();
    }

    @Override
    public int pid() {
      return 1;
    }

    @Override
    public Instant startedAt() {
      return startedAt;
    }

    @Override
    public CompletionStage<ExitStatus> exit() {
      return exit;
    }

    @Override
    public void signal(int signal) {
      calls.add("signal " + signal + " " + id());
      if (ignoresKills > 0) {
        ignoresKills--;
        return;
      }
      exit.complete(new ExitStatus(128 + signal, signal, false, Instant.now()));
    }

    @Override
    public CompletionStage<ExitStatus> stop(Duration grace) {
      calls.add("stop " + id() + " " + grace.toSeconds());
      if (!ignoresTerm || grace.isZero()) {
        exit.complete(new ExitStatus(143, 15, false, Instant.now()));
      }
      return exit;
    }

    @Override
    public ExecSession exec(ExecSpec exec) {
      calls.add("exec " + id() + " " + exec.command());
      return new FakeExec(exec, execs.apply(exec));
    }

    @Override
    public ExecSession attach(boolean stdin) {
      calls.add("attach " + id());
      return new FakeExec(new ExecSpec(List.of("cat"), stdin, false), 0);
    }

    @Override
    public void pause() {
      calls.add("pause " + id());
    }

    @Override
    public void thaw() {
      calls.add("thaw " + id());
    }

    @Override
    public boolean isPaused() {
      return false;
    }

    @Override
    public Usage usage() {
      return new Usage(1_000_000, 4096, 1, 0);
    }

    @Override
    public Path logFile() {
      return logs.resolve(id() + ".log");
    }

    @Override
    public void remove() {
      calls.add("remove " + id());
      containers.remove(id());
    }
  }

  /** Echoes its stdin with {@code cat}, prints its words with {@code echo}, else only ends. */
  final class FakeExec implements ExecSession {
    private final PipedOutputStream stdin = new PipedOutputStream();
    private final InputStream stdout;
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

    FakeExec(ExecSpec spec, int code) {
      try {
        PipedInputStream in = new PipedInputStream(stdin);
        if (spec.command().get(0).equals("cat")) {
          stdout =
              new InputStream() {
                @Override
                public int read() {
                  throw new UnsupportedOperationException();
                }

                @Override
                public int read(byte[] bytes, int from, int length) throws IOException {
                  int read = in.read(bytes, from, length);
                  if (read < 0) {
                    exit.complete(new ExitStatus(0, 0, false, Instant.now()));
                  }
                  return read;
                }
              };
        } else {
          stdout = new ByteArrayInputStream(String.join(" ", spec.command()).getBytes());
          exit.complete(new ExitStatus(code, 0, false, Instant.now()));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
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
      return new ByteArrayInputStream(new byte[0]);
    }

    @Override
    public void resize(int columns, int rows) {
      calls.add("resize " + columns + "x" + rows);
    }

    @Override
    public CompletionStage<ExitStatus> exit() {
      return exit;
    }

    @Override
    public void close() {
      calls.add("exec closed");
      exit.complete(new ExitStatus(137, 9, false, Instant.now()));
      try {
        stdin.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** What an earlier process would have left. */
  FakeContainer left(String podUid, String name, int attempt, Instant startedAt) {
    FakeContainer container =
        new FakeContainer(
            new ContainerSpec(
                podUid + "." + name + "." + attempt,
                podUid,
                name,
                attempt,
                "web:1",
                List.of(),
                List.of(),
                Map.of(),
                Optional.empty(),
                new ContainerSpec.Limits(0, 0, 0, 0),
                new ContainerSpec.Security(
                    Optional.empty(), Optional.empty(), false, false, List.of(), List.of()),
                List.of(),
                false),
            startedAt);
    containers.put(container.id(), container);
    Sandbox sandbox = sandboxes.computeIfAbsent(podUid, u -> new Sandbox(u, address()));
    List<Container> all = new ArrayList<>();
    recoverable.stream()
        .filter(r -> r.sandbox().equals(sandbox))
        .forEach(r -> all.addAll(r.containers()));
    recoverable.removeIf(r -> r.sandbox().equals(sandbox));
    all.add(container);
    recoverable.add(new Recovered(sandbox, all));
    return container;
  }

  FakeContainer running(String podUid, String name) {
    return containers.values().stream()
        .filter(c -> c.podUid().equals(podUid) && c.name().equals(name) && !c.exit.isDone())
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " of " + podUid + " does not run"));
  }

  boolean runs(String podUid, String name, int attempt) {
    FakeContainer container = containers.get(podUid + "." + name + "." + attempt);
    return container != null && !container.exit.isDone();
  }

  long count(String prefix) {
    return calls.stream().filter(c -> c.startsWith(prefix)).count();
  }

  @Override
  public List<Recovered> recover() {
    calls.add("recover");
    return List.copyOf(recoverable);
  }

  @Override
  public Sandbox createSandbox(SandboxSpec spec) {
    calls.add("sandbox " + spec.podUid());
    return sandboxes.computeIfAbsent(spec.podUid(), u -> new Sandbox(u, address()));
  }

  @Override
  public void limitSandbox(String podUid, ContainerSpec.Limits limits) {
    calls.add("limit " + podUid + " to " + limits.memoryBytes() + " bytes");
  }

  @Override
  public LaunchPlan describeLaunch(ContainerSpec spec) {
    List<String> words = new ArrayList<>(spec.command());
    words.addAll(spec.args());
    List<String> env = spec.env().entrySet().stream().map(Object::toString).sorted().toList();
    return new LaunchPlan(
        List.of(
            new LaunchPlan.Call(
                "execve(" + words.get(0) + ")",
                "execve",
                List.of(
                    new Argument.Text(words.get(0)),
                    new Argument.Texts(words),
                    new Argument.Texts(env)),
                false,
                false)));
  }

  @Override
  public Container start(ContainerSpec spec) {
    calls.add("start " + spec.id());
    try {
      startGate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (failStarts.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new RuntimeFault("RunContainerError", "execve(/x) failed: ENOENT", null);
    }
    FakeContainer container = new FakeContainer(spec, Instant.now());
    if (containers.containsKey(spec.id())
        || containers.values().stream()
            .anyMatch(
                c ->
                    c.podUid().equals(spec.podUid())
                        && c.name().equals(spec.name())
                        && !c.exit.isDone())) {
      doubles.add(spec.id());
    }
    containers.put(spec.id(), container);
    return container;
  }

  @Override
  public Optional<Sandbox> sandbox(String podUid) {
    return Optional.ofNullable(sandboxes.get(podUid));
  }

  @Override
  public Optional<Container> container(String containerId) {
    return Optional.ofNullable(containers.get(containerId));
  }

  @Override
  public void removeSandbox(String podUid) {
    calls.add("remove sandbox " + podUid);
    if (failRemovals.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new RuntimeFault("KillPodSandboxError", "rmdir(cgroup) failed: EBUSY", null);
    }
    sandboxes.remove(podUid);
    containers.values().removeIf(c -> c.podUid().equals(podUid));
  }

  @Override
  public ImageStore images() {
    return imageStore;
  }

  @Override
  public void fence(Set<String> keptPods) {
    calls.add("fence");
    containers.values().stream()
        .filter(c -> !keptPods.contains(c.spec.podUid()))
        .forEach(c -> c.exit.complete(new ExitStatus(137, 9, false, Instant.now())));
  }

  @Override
  public void purge() {}

  @Override
  public void close() {}

  @Override
  public Image importDirectory(String reference, Path root, ImageConfig config) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<Image> find(String reference) {
    return images.contains(reference)
        ? Optional.of(
            new Image(
                reference,
                "sha256:" + reference,
                new ImageConfig(List.of(), List.of(), List.of(), "", "", ""),
                1,
                List.of(Path.of("/"))))
        : Optional.empty();
  }

  @Override
  public List<Image> list() {
    return List.of();
  }

  private String address() {
    return "127.0.0." + addresses.incrementAndGet();
  }
}
