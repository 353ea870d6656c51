package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.ProcessStart;
import io.hawser.runtime.Terminal;
import io.hawser.runtime.cgroup.BundleCgroup;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.kernel.DescriptorPassing;
import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.OciLaunch;
import io.hawser.runtime.launch.OciPlan;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operations of the OCI runtime specification over a state directory. No process of this
 * runtime stays: between {@code create} and {@code start} the container's own first process waits
 * at a named pipe, and afterwards it belongs to whoever called.
 */
final class OciContainers {
  private static final int START_TIMEOUT_MILLIS = 30_000;
  private static final int POLL_MILLIS = 100;
  private static final int KILL_TIMEOUT_MILLIS = 10_000;

  private final Kernel kernel;
  private final Launcher launcher;
  private final OciHooks hooks;
  private final Path root;

  OciContainers(Kernel kernel, Path root) {
    this.kernel = kernel;
    this.launcher = new Launcher(kernel);
    this.hooks = new OciHooks(kernel, launcher);
    this.root = root;
  }

  /** What an engine asks for beside the bundle. */
  record Options(Optional<Path> pidFile, Optional<String> consoleSocket, boolean useCgroups) {}

  Path directory(String id) {
    return root.resolve(id);
  }

  OciState require(String id) {
    return OciState.find(root, id)
        .orElseThrow(() -> new OciFault("container \"" + id + "\" does not exist"));
  }

  /** Everything made is undone when a step fails. */
  OciState create(String id, Path bundle, Options options) {
    if (OciState.find(root, id).isPresent()) {
      throw new OciFault("container with id exists: " + id);
    }
    OciConfig config = OciConfig.read(bundle.resolve("config.json"), bundle);
    if (config.terminal() != options.consoleSocket().isPresent()) {
      throw new OciFault("--console-socket and process.terminal: expected both or none");
    }
    String path = config.cgroupsPath().isEmpty() ? "hawser-oci-" + id : config.cgroupsPath();
    BundleCgroup cgroup =
        options.useCgroups() ? BundleCgroup.at(path) : BundleCgroup.ofDirectories(List.of());
    try {
      makeDirectory(id, bundle, config.others().usersBase());
      cgroup.create();
      cgroup.set(OciResources.settings(config.linux().path("resources"), cgroup.isUnified()));
      if (cgroup.isUnified() && options.useCgroups()) {
        OciDevices.allowed(config.linux().path("resources").path("devices"))
            .ifPresent(rules -> cgroup.restrictDevices(kernel, rules));
      }
      OciState state = launch(id, bundle, config, cgroup, options);
      options.pidFile().ifPresent(file -> writePid(file, state.pid()));
      return state;
    } catch (IOException | RuntimeException e) {
      cgroup.remove();
      TreeRemoval.delete(directory(id));
      throw e instanceof RuntimeException r ? r : new UncheckedIOException((IOException) e);
    }
  }

  /**
   * @param owner of the pipe, which the container's root opens as itself
   */
  private void makeDirectory(String id, Path bundle, long owner) throws IOException {
    Files.createDirectories(directory(id));
    Files.copy(bundle.resolve("config.json"), copy(id));
    String fifo = directory(id).resolve(OciLaunch.FIFO).toString();
    kernel.makeFifo(new Kernel.MakeFifo(fifo, 0600, owner, owner));
  }

  private Path copy(String id) {
    return directory(id).resolve("config.json");
  }

  /** The bundle as it was when the container was created. */
  OciConfig config(OciState state) {
    return OciConfig.read(copy(state.id()), Path.of(state.bundle()));
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
    OciLaunch launch = config.launch(cgroup, directory(id), made);
    LaunchPlan plan = OciPlan.of(launch, kernel.arch());
    PendingLaunch pending = launcher.prepare(plan, pidNamespace(config), Map.of(0, 0, 1, 1, 2, 2));
    try {
      OciState state = state(id, bundle, config, cgroup, pending.pid(), plan);
      for (char stop = pending.awaitStop(); stop != OciLaunch.CREATED; stop = pending.awaitStop()) {
        if (stop == OciLaunch.HOOKS) {
          runCreateHooks(config, state, pending.pidfd());
        } else {
          sendTerminal(pending.pid(), config, options.consoleSocket().orElseThrow());
        }
        pending.pass();
      }
      OciProgram.check(kernel, pending.pid(), launch.process());
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

  private void runCreateHooks(OciConfig config, OciState state, int pidfd) {
    byte[] text = json(state, "creating").toString().getBytes(StandardCharsets.UTF_8);
    hooks.run(config.hooks("prestart"), "prestart", text);
    hooks.run(config.hooks("createRuntime"), "createRuntime", text);
    hooks.runInside(
        config.hooks("createContainer"),
        "createContainer",
        text,
        pidfd,
        new Launcher.PidNamespace.Same(),
        inside(config, 0)); // its users are entered later
  }

  private static ProcessSpec.OtherNamespaces inside(OciConfig config, long usersBase) {
    return new ProcessSpec.OtherNamespaces(usersBase, config.others().clock(), false, false);
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

  /** {@code creating}, {@code created}, {@code running}, {@code paused} or {@code stopped}. */
  String status(OciState state) {
    if (!isAlive(state)) {
      return "stopped";
    }
    if (Files.exists(directory(state.id()).resolve(OciLaunch.FIFO))) {
      return "created";
    }
    return cgroup(state).map(BundleCgroup::isFrozen).orElse(false) ? "paused" : "running";
  }

  private static boolean isAlive(OciState state) {
    return state.bootId().equals(ProcessStart.bootId())
        && ProcessStart.ticks(state.pid()).equals(Optional.of(state.startTicks()))
        && !ProcessStart.isZombie(state.pid());
  }

  Optional<BundleCgroup> cgroup(OciState state) {
    return state.cgroups().isEmpty()
        ? Optional.empty()
        : Optional.of(BundleCgroup.ofDirectories(state.cgroups()));
  }

  /** As {@code state} prints it. */
  ObjectNode json(OciState state, String status) {
    ObjectNode json = OciConfig.JSON.createObjectNode();
    json.put("ociVersion", state.ociVersion());
    json.put("id", state.id());
    json.put("status", status);
    json.put("pid", status.equals("stopped") ? 0 : state.pid());
    json.put("bundle", state.bundle());
    json.put("created", state.created());
    json.set("annotations", OciConfig.JSON.valueToTree(state.annotations()));
    return json;
  }

  void start(String id) {
    OciState state = require(id);
    String status = status(state);
    if (!status.equals("created")) {
      throw new OciFault("cannot start a container that is " + status);
    }
    OciConfig config = config(state);
    byte[] text = json(state, status).toString().getBytes(StandardCharsets.UTF_8);
    if (!config.hooks("startContainer").isEmpty()) {
      int pidfd = pidfd(state);
      try {
        hooks.runInside(
            config.hooks("startContainer"),
            "startContainer",
            text,
            pidfd,
            new Launcher.PidNamespace.Of(pidfd),
            inside(config, config.others().usersBase()));
      } finally {
        kernel.close(pidfd);
      }
    }
    release(state);
    byte[] running = json(state, "running").toString().getBytes(StandardCharsets.UTF_8);
    hooks.run(config.hooks("poststart"), "poststart", running);
  }

  /** Lets the first process go on from its pipe, and hears on it whether the program runs. */
  private void release(OciState state) {
    Path fifo = directory(state.id()).resolve(OciLaunch.FIFO);
    int fd = kernel.open(new Kernel.Open(fifo.toString(), Flags.O_RDONLY | Flags.O_NONBLOCK, 0));
    try {
      ByteBuffer started = ByteBuffer.allocateDirect(1);
      readWithin(fd, started, state);
      ByteBuffer record =
          ByteBuffer.allocateDirect(PendingLaunch.ERROR_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      if (readWithin(fd, record, state) == PendingLaunch.ERROR_BYTES) {
        throw PendingLaunch.fault(record, state.steps());
      }
    } finally {
      kernel.close(fd);
      fifo.toFile().delete();
    }
  }

  /**
   * @return bytes read; 0 when the other end was closed
   */
  private int readWithin(int fd, ByteBuffer into, OciState state) {
    for (int waited = 0; waited < START_TIMEOUT_MILLIS; waited += POLL_MILLIS) {
      if (kernel.poll(fd, Flags.POLLIN, POLL_MILLIS) != 0) {
        int count = kernel.read(fd, into);
        if (count >= 0) {
          return count;
        }
      } else if (!isAlive(state)) {
        return 0;
      }
    }
    throw new KernelFault("start of " + state.id(), Errno.ETIMEDOUT.number());
  }

  /** A descriptor of the container's first process, which is surely that one. */
  int pidfd(OciState state) {
    int pidfd;
    try {
      pidfd = kernel.pidfdOpen(state.pid());
    } catch (KernelFault e) {
      throw notRunning(state);
    }
    if (!isAlive(state)) {
      kernel.close(pidfd);
      throw notRunning(state);
    }
    return pidfd;
  }

  private static OciFault notRunning(OciState state) {
    return new OciFault("container \"" + state.id() + "\" is not running");
  }

  /**
   * @param all every process of it, for a container that shares its pid namespace
   */
  void kill(String id, int signal, boolean all) {
    OciState state = require(id);
    if (all && cgroup(state).isPresent()) {
      for (int pid : cgroup(state).get().processes()) {
        signal(pid, signal);
      }
      return;
    }
    int pidfd = pidfd(state);
    try {
      kernel.pidfdSignal(pidfd, signal);
    } finally {
      kernel.close(pidfd);
    }
  }

  private void signal(int pid, int signal) {
    try {
      int pidfd = kernel.pidfdOpen(pid);
      kernel.pidfdSignal(pidfd, signal);
      kernel.close(pidfd);
    } catch (KernelFault e) {
      // It has ended meanwhile.
    }
  }

  /**
   * @param force also one that runs, and one that is not there
   */
  void delete(String id, boolean force) {
    Optional<OciState> found = OciState.find(root, id);
    if (found.isEmpty()) {
      if (force) {
        TreeRemoval.delete(directory(id)); // the rest of a create that was killed
        return;
      }
      throw new OciFault("container \"" + id + "\" does not exist");
    }
    OciState state = found.get();
    String status = status(state);
    if (!status.equals("stopped")) {
      if (!force && !status.equals("created")) {
        throw new OciFault("cannot delete a container that is " + status);
      }
      killAndWait(state);
    }
    cgroup(state).ifPresent(BundleCgroup::remove);
    byte[] text = json(state, "stopped").toString().getBytes(StandardCharsets.UTF_8);
    OciConfig config = config(state);
    TreeRemoval.delete(directory(id));
    try {
      hooks.run(config.hooks("poststop"), "poststop", text);
    } catch (OciFault e) { // told, but the container is deleted all the same
      OciCommand.warn(e.getMessage());
    }
  }

  private void killAndWait(OciState state) {
    cgroup(state).ifPresent(BundleCgroup::thaw);
    try {
      int pidfd = pidfd(state);
      kernel.pidfdSignal(pidfd, Flags.SIGKILL);
      kernel.poll(pidfd, Flags.POLLIN, KILL_TIMEOUT_MILLIS);
      kernel.close(pidfd);
    } catch (OciFault e) {
      // It has ended meanwhile.
    }
  }

  void pause(String id) {
    OciState state = require(id);
    String status = status(state);
    if (!status.equals("running") && !status.equals("created")) {
      throw new OciFault("cannot pause a container that is " + status);
    }
    requireCgroup(state).freeze();
  }

  void resume(String id) {
    OciState state = require(id);
    String status = status(state);
    if (!status.equals("paused")) {
      throw new OciFault("cannot resume a container that is " + status);
    }
    requireCgroup(state).thaw();
  }

  BundleCgroup requireCgroup(OciState state) {
    return cgroup(state)
        .orElseThrow(() -> new OciFault("container \"" + state.id() + "\" has no cgroup"));
  }

  List<OciState> all() {
    return OciState.all(root);
  }

  Kernel kernel() {
    return kernel;
  }

  Launcher launcher() {
    return launcher;
  }
}
