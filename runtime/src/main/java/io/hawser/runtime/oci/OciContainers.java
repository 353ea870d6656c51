package io.hawser.runtime.oci;

import io.hawser.runtime.ProcessStart;
import io.hawser.runtime.cgroup.BundleCgroup;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.OciLaunch;
import io.hawser.runtime.launch.PendingLaunch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  Path directory(String id) {
    return root.resolve(id);
  }

  OciState require(String id) {
    return OciState.find(root, id)
        .orElseThrow(() -> new OciFault("container \"" + id + "\" does not exist"));
  }

  /** Everything made is undone when a step fails. */
  OciState create(String id, Path bundle, OciCreation.Options options) {
    OciState.checkId(id);
    return new OciCreation(kernel, launcher, hooks, root).create(id, bundle, options);
  }

  /** The bundle as it was when the container was created. */
  OciConfig config(OciState state) {
    return OciConfig.read(directory(state.id()).resolve("config.json"), Path.of(state.bundle()));
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

  /**
   * Runs the program.
   *
   * @throws OciFault for a container that is not {@code created}, which is left as it is; when a
   *     hook refuses, the container is destroyed; one without a program is stopped
   */
  void start(String id) {
    OciState state = require(id);
    String status = status(state);
    if (!status.equals("created")) {
      throw new OciFault("cannot start a container that is " + status);
    }
    OciConfig config = config(state);
    if (!config.hasProcess()) {
      killAndWait(state);
      throw new OciFault("process: the bundle of " + id + " has none: there is nothing to start");
    }
    try {
      runStartHooks(state, config);
    } catch (OciFault e) {
      killAndWait(state);
      destroy(state);
      throw e;
    }
    release(state);
    hooks.runAll(config.hooks("poststart"), "poststart", text(state.json("running")));
  }

  private void runStartHooks(OciState state, OciConfig config) {
    if (config.hooks("startContainer").isEmpty()) {
      return;
    }
    int pidfd = pidfd(state);
    try {
      hooks.runInside(
          config.hooks("startContainer"),
          "startContainer",
          text(state.jsonInside("created")),
          pidfd,
          new Launcher.PidNamespace.Of(pidfd),
          config.others(config.others().usersBase()));
    } finally {
      kernel.close(pidfd);
    }
  }

  private static byte[] text(Object json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
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
   * Only one that is {@code stopped}, as the specification demands.
   *
   * @param force also one that is not, and one that is not there
   */
  void delete(String id, boolean force) {
    Optional<OciState> found = OciState.find(root, id);
    if (found.isEmpty()) {
      if (force) { // the rest of a create that was killed
        MachineMounts.remove(kernel, directory(id));
        TreeRemoval.delete(directory(id));
        return;
      }
      throw new OciFault("container \"" + id + "\" does not exist");
    }
    String status = status(found.get());
    if (!status.equals("stopped")) {
      if (!force) {
        throw new OciFault("cannot delete a container that is " + status);
      }
      killAndWait(found.get());
    }
    destroy(found.get());
  }

  /** Undoes the creation of one that has ended, and tells its poststop hooks. */
  private void destroy(OciState state) {
    cgroup(state).ifPresent(BundleCgroup::remove);
    OciConfig config = config(state);
    MachineMounts.remove(kernel, directory(state.id()));
    TreeRemoval.delete(directory(state.id()));
    hooks.runAll(config.hooks("poststop"), "poststop", text(state.json("stopped")));
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
