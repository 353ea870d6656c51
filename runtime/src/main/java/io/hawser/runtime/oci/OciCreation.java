package io.hawser.runtime.oci;

import io.hawser.runtime.ProcessStart;
import io.hawser.runtime.Terminal;
import io.hawser.runtime.cgroup.BundleCgroup;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.kernel.DescriptorPassing;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.OciLaunch;
import io.hawser.runtime.launch.OciPlan;
import io.hawser.runtime.launch.PendingLaunch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code create}: everything up to the stop where the container's first process waits. */
final class OciCreation {
  private final Kernel kernel;
  private final Launcher launcher;
  private final OciHooks hooks;
  private final Path root;

  /**
   * @param root where each container has a directory
   */
  OciCreation(Kernel kernel, Launcher launcher, OciHooks hooks, Path root) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.hooks = hooks;
    this.root = root;
  }

  /** What an engine asks for beside the bundle. */
  record Options(Optional<Path> pidFile, Optional<String> consoleSocket, boolean useCgroups) {}

  /** A hook said no: the container is destroyed, and its poststop hooks hear of it. */
  private static final class HookRefused extends RuntimeException {
    private final OciFault fault;
    private final OciState state;

    HookRefused(OciFault fault, OciState state) {
      super(fault);
      this.fault = fault;
      this.state = state;
    }
  }

  /** Everything made is undone when a step fails. */
  OciState create(String id, Path bundle, Options options) {
    OciConfig config = OciConfig.of(bundle);
    if (config.terminal() != options.consoleSocket().isPresent()) {
      throw new OciFault("--console-socket and process.terminal: expected both or none");
    }
    String path = config.cgroupsPath().isEmpty() ? "hawser-oci-" + id : config.cgroupsPath();
    BundleCgroup cgroup =
        options.useCgroups() ? BundleCgroup.at(path) : BundleCgroup.ofDirectories(List.of());
    reserve(id, cgroup);
    try {
      fillDirectory(id, bundle, config);
      prepare(cgroup, config, options);
      OciState state = launch(id, bundle, config, cgroup, options);
      options.pidFile().ifPresent(file -> writePid(file, state.pid()));
      return state;
    } catch (HookRefused e) {
      undo(id, cgroup);
      hooks.runAll(config.hooks("poststop"), "poststop", text(e.state.json("stopped")));
      throw e.fault;
    } catch (IOException | RuntimeException e) {
      undo(id, cgroup);
      throw e instanceof RuntimeException r ? r : new UncheckedIOException((IOException) e);
    }
  }

  private void undo(String id, BundleCgroup cgroup) {
    cgroup.remove();
    MachineMounts.remove(kernel, root.resolve(id));
    TreeRemoval.delete(root.resolve(id));
  }

  /** One of several at the same time gets the id; the others must not undo what it makes. */
  private void reserve(String id, BundleCgroup cgroup) {
    Path directory = root.resolve(id);
    try {
      Files.createDirectories(root);
      Files.createDirectory(directory);
      cgroup.requireUnused();
    } catch (FileAlreadyExistsException e) {
      throw new OciFault("container with id exists: " + id, e);
    } catch (IllegalArgumentException e) {
      directory.toFile().delete();
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("state of " + id + ": " + e.getMessage(), e);
    }
  }

  /** The pipe is owned by the container's root, who opens it. */
  private void fillDirectory(String id, Path bundle, OciConfig config) throws IOException {
    Path directory = root.resolve(id);
    Files.copy(bundle.resolve("config.json"), directory.resolve("config.json"));
    long owner = config.others().usersBase();
    String fifo = directory.resolve(OciLaunch.FIFO).toString();
    kernel.makeFifo(new Kernel.MakeFifo(fifo, 0600, owner, owner));
    if (!config.hasOwnMounts()) {
      MachineMounts.note(directory, config.rootfs());
    }
  }

  private void prepare(BundleCgroup cgroup, OciConfig config, Options options) {
    cgroup.create();
    cgroup.set(OciResources.settings(config.linux().path("resources"), cgroup.isUnified()));
    if (cgroup.isUnified() && options.useCgroups()) {
      OciDevices.allowed(config.linux().path("resources").path("devices"))
          .ifPresent(rules -> cgroup.restrictDevices(kernel, rules));
    }
  }

  private OciState launch(
      String id, Path bundle, OciConfig config, BundleCgroup cgroup, Options options) {
    if (!config.isFresh("user")) {
      return launch(id, bundle, config, cgroup, options, Map.of());
    }
    try (OciUsers users = OciUsers.make(launcher, config)) {
      return launch(id, bundle, config, cgroup, options, users.files());
    }
  }

  private OciState launch(
      String id,
      Path bundle,
      OciConfig config,
      BundleCgroup cgroup,
      Options options,
      Map<String, Path> made) {
    OciLaunch launch = config.launch(cgroup, root.resolve(id), made);
    LaunchPlan plan = OciPlan.of(launch, kernel.arch());
    PendingLaunch pending = launcher.prepare(plan, pidNamespace(config), Map.of(0, 0, 1, 1, 2, 2));
    try {
      OciState state = state(id, bundle, config, cgroup, pending.pid(), plan);
      for (char stop = pending.awaitStop(); stop != OciLaunch.CREATED; stop = pending.awaitStop()) {
        if (stop == OciLaunch.HOOKS) {
          runHooks(config, state, pending.pidfd());
        } else {
          sendTerminal(pending.pid(), config, options.consoleSocket().orElseThrow());
        }
        pending.pass();
      }
      if (config.hasProcess()) {
        OciProgram.check(kernel, pending.pid(), launch.process());
      }
      state.write(root);
      kernel.close(pending.leave());
      return state;
    } catch (RuntimeException e) {
      pending.abandon();
      throw e;
    }
  }

  private Launcher.PidNamespace pidNamespace(OciConfig config) {
    Optional<String> path = config.namespacePath("pid");
    if (path.isEmpty()) {
      return new Launcher.PidNamespace.Same();
    }
    return path.get().isEmpty()
        ? new Launcher.PidNamespace.New()
        : new Launcher.PidNamespace.Of(kernel.open(new Kernel.Open(path.get(), Flags.O_RDONLY, 0)));
  }

  private static OciState state(
      String id, Path bundle, OciConfig config, BundleCgroup cgroup, int pid, LaunchPlan plan) {
    Map<String, String> annotations = new LinkedHashMap<>();
    config
        .annotations()
        .properties()
        .forEach(e -> annotations.put(e.getKey(), e.getValue().asText()));
    return new OciState(
        id,
        bundle.toString(),
        config.version(),
        pid,
        ProcessStart.ticks(pid).orElse(0L),
        ProcessStart.bootId(),
        Instant.now().toString(),
        cgroup.directories(),
        annotations,
        plan.calls().stream().map(LaunchPlan.Call::label).toList());
  }

  /**
   * They see the container as created: the specification's lifecycle has them after the step that
   * makes the environment.
   */
  private void runHooks(OciConfig config, OciState state, int pidfd) {
    byte[] outside = text(state.json("created"));
    try {
      hooks.run(config.hooks("prestart"), "prestart", outside);
      hooks.run(config.hooks("createRuntime"), "createRuntime", outside);
      hooks.runInside(
          config.hooks("createContainer"),
          "createContainer",
          text(state.jsonInside("created")),
          pidfd,
          new Launcher.PidNamespace.Of(pidfd),
          config.others(0)); // its users are entered later
    } catch (OciFault e) {
      throw new HookRefused(e, state);
    }
  }

  private static byte[] text(Object json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void sendTerminal(int pid, OciConfig config, String socket) {
    Terminal terminal = Terminal.open(kernel, pid);
    try {
      var size = config.processNode().path("consoleSize");
      if (size.path("width").asInt() > 0) {
        Terminal.resize(
            kernel, terminal.master(), size.path("width").asInt(), size.path("height").asInt());
      }
      DescriptorPassing.send(socket, terminal.master(), "/dev/ptmx");
    } finally {
      kernel.close(terminal.master());
    }
  }

  static void writePid(Path file, int pid) {
    try {
      Files.writeString(file, Integer.toString(pid));
    } catch (IOException e) {
      throw new OciFault("pid file " + file + " can't be written: " + e.getMessage(), e);
    }
  }
}
