package io.hawser.runtime;

import io.hawser.runtime.files.TreeRemoval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** A node with a busybox image, for kernel tests; closing it removes all it made. */
final class TestNode implements AutoCloseable {
  static final String IMAGE = "test/busybox:1";
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final Duration WINDOW = Duration.ofSeconds(30);

  static { // for conditions without a bound of their own, on a machine that is slow and busy
    Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    NodeLeftovers.clearOfKilledTests();
  }

  final Path base;
  final RuntimeConfig config;
  ContainerRuntime runtime;

  private TestNode(Path base, RuntimeConfig config) {
    this.base = base;
    this.config = config;
  }

  static TestNode open() {
    return open(WINDOW);
  }

  static TestNode open(Duration window) {
    TestNode node = create(window);
    try {
      importBusybox(node.config.imageDir());
      node.runtime = ContainerRuntime.open(node.config);
      return node;
    } catch (RuntimeException e) {
      TreeRemoval.delete(node.base);
      throw e;
    }
  }

  /** The directories only: another process opens the runtime. */
  static TestNode create(Duration window) {
    try {
      long pid = ProcessHandle.current().pid();
      int n = COUNTER.incrementAndGet();
      Path base = Files.createTempDirectory(NodeLeftovers.baseName(pid, n));
      return new TestNode(base, config(base, pid, n, window));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of the n-th node of a test JVM. */
  static RuntimeConfig config(Path base, long pid, int n, Duration window) {
    String name = NodeLeftovers.nodeName(pid, n);
    String subnet = "10.231." + (pid * 7 + n) % 250 + ".0/24";
    return new RuntimeConfig(name, base.resolve("node"), base.resolve("images"), subnet, window);
  }

  static void importBusybox(Path imageDir) {
    try {
      Path root = Files.createTempDirectory("hawser-rootfs");
      try {
        fillBusybox(root);
        ImageStore.open(imageDir).importDirectory(IMAGE, root, config(List.of("/bin/sh")));
      } finally {
        TreeRemoval.delete(root);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ImageStore.ImageConfig config(List<String> cmd) {
    return new ImageStore.ImageConfig(List.of(), cmd, List.of("FROM_IMAGE=yes"), "", "", "SIGTERM");
  }

  static void fillBusybox(Path root) throws IOException {
    BusyboxRoot.fill(root);
  }

  static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  Sandbox sandbox(String podUid) {
    return runtime.createSandbox(new SandboxSpec(podUid, podUid, false));
  }

  static ContainerSpec spec(String podUid, String name, String... command) {
    return new ContainerSpec(
        podUid + "." + name + ".0",
        podUid,
        name,
        0,
        IMAGE,
        List.of(command),
        List.of(),
        Map.of(),
        Optional.empty(),
        new ContainerSpec.Limits(0, 0, 0, 0),
        security(List.of(), List.of()),
        List.of(),
        false);
  }

  static ContainerSpec.Security security(List<String> add, List<String> drop) {
    return new ContainerSpec.Security(Optional.empty(), Optional.empty(), false, false, add, drop);
  }

  static ContainerSpec with(ContainerSpec s, ContainerSpec.Limits limits) {
    return new ContainerSpec(
            s.id(),
            s.podUid(),
            s.name(),
            s.attempt(),
            s.image(),
            s.command(),
            s.args(),
            s.env(),
            s.workingDir(),
            limits,
            s.security(),
            s.mounts(),
            s.tty())
        .with(s.isolation());
  }

  static ContainerSpec with(ContainerSpec s, ContainerSpec.Security security) {
    return new ContainerSpec(
            s.id(),
            s.podUid(),
            s.name(),
            s.attempt(),
            s.image(),
            s.command(),
            s.args(),
            s.env(),
            s.workingDir(),
            s.limits(),
            security,
            s.mounts(),
            s.tty())
        .with(s.isolation());
  }

  static ContainerSpec with(ContainerSpec s, List<ContainerSpec.VolumeMount> mounts) {
    return new ContainerSpec(
            s.id(),
            s.podUid(),
            s.name(),
            s.attempt(),
            s.image(),
            s.command(),
            s.args(),
            s.env(),
            s.workingDir(),
            s.limits(),
            s.security(),
            mounts,
            s.tty())
        .with(s.isolation());
  }

  static ContainerSpec withImage(ContainerSpec s, String image) {
    return new ContainerSpec(
            s.id(),
            s.podUid(),
            s.name(),
            s.attempt(),
            image,
            s.command(),
            s.args(),
            s.env(),
            s.workingDir(),
            s.limits(),
            s.security(),
            s.mounts(),
            s.tty())
        .with(s.isolation());
  }

  static ContainerSpec withTty(ContainerSpec s) {
    return new ContainerSpec(
            s.id(),
            s.podUid(),
            s.name(),
            s.attempt(),
            s.image(),
            s.command(),
            s.args(),
            s.env(),
            s.workingDir(),
            s.limits(),
            s.security(),
            s.mounts(),
            true)
        .with(s.isolation());
  }

  Sandbox sandbox(String podUid, SandboxSpec.Sharing sharing) {
    return runtime.createSandbox(new SandboxSpec(podUid, podUid, false, sharing));
  }

  /** A sandbox with users of its own. */
  Sandbox ownUsers(String podUid) {
    return sandbox(
        podUid, new SandboxSpec.Sharing(true, false, SandboxSpec.Pids.CONTAINER, Map.of()));
  }

  /** Runs to the end in a sandbox of its own and gives the output, both streams. */
  String output(ContainerSpec spec) {
    if (runtime.sandbox(spec.podUid()).isEmpty()) {
      sandbox(spec.podUid());
    }
    Container container = runtime.start(spec);
    await(container.exit());
    String text = log(container);
    container.remove();
    return text;
  }

  static String log(Container container) {
    try (io.hawser.runtime.log.LogReader reader =
        io.hawser.runtime.log.LogReader.open(
            container.logFile(), io.hawser.runtime.log.LogReader.Options.whole())) {
      return new String(reader.stream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("did not happen within 60 s", e);
    }
  }

  @Override
  public void close() {
    if (runtime != null) {
      runtime.purge();
      NodeLeftovers.awaitNone(this);
    }
    TreeRemoval.delete(base);
  }
}
