package io.hawser.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.runtime.Checkpoints.ContainerState;
import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.cgroup.NodeCgroups;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.BundleConfig;
import io.hawser.runtime.launch.ContainerLaunch;
import io.hawser.runtime.launch.ContainerPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Has a container made by another OCI runtime: mounts its root, writes its bundle into its home and
 * calls {@code create} and {@code start}. Pod, cgroup, pipes and log are the same as of any other.
 */
final class BundleStart {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int KILL_TIMEOUT_MILLIS = 5_000;

  private final NodeKernel node;
  private final NodeDirectory directory;
  private final NodeCgroups cgroups;
  private final PinnedFiles pinned;

  BundleStart(NodeKernel node, NodeDirectory directory, NodeCgroups cgroups, PinnedFiles pinned) {
    this.node = node;
    this.directory = directory;
    this.cgroups = cgroups;
    this.pinned = pinned;
  }

  /**
   * A process and its note.
   *
   * @param pidfd the caller's
   * @param kept whether the kernel keeps its exit code
   */
  record Born(ContainerState state, int pidfd, boolean kept) {}

  /**
   * @param checkpoint notes the pid before the program runs
   * @throws RuntimeFault with the other runtime's own words; what it made is gone then
   */
  Born start(
      ContainerSpec spec,
      SandboxState sandbox,
      ContainerLaunch launch,
      IntFunction<ContainerState> checkpoint) {
    OciRuntimeProgram program = node.runtimes().require(sandbox.shared().handler());
    Path home = directory.container(spec.podUid(), spec.name(), spec.attempt());
    int pidfd = -1;
    try {
      Path root = launch.extras().bindRoot().orElseGet(() -> mountRoot(spec, launch));
      write(home.resolve("config.json"), launch, placement(spec, sandbox, root));
      Path pipe = home.resolve(ContainerOutput.INPUT);
      boolean none = spec.stdin() == ContainerSpec.Stdin.NONE;
      Path input = none ? Path.of("/dev/null") : pipe;
      boolean endless = spec.stdin() == ContainerSpec.Stdin.OPEN;
      int pid = program.create(spec.id(), home, input, endless);
      pidfd = node.kernel().pidfdOpen(pid);
      ContainerState state = checkpoint.apply(pid);
      program.start(spec.id());
      return new Born(state, pidfd, node.pins().pin(state, pidfd));
    } catch (RuntimeException e) {
      undo(program, spec, pidfd);
      throw e;
    }
  }

  private BundleConfig.Placement placement(ContainerSpec spec, SandboxState sandbox, Path root) {
    String leaf = spec.name() + "." + spec.attempt();
    Optional<Path> pids =
        sandbox.shared().pids() == SandboxSpec.Pids.POD
            ? Optional.of(Path.of("/proc", "" + sandbox.shared().reaper().pid(), "ns/pid"))
            : Optional.empty();
    return new BundleConfig.Placement(
        root,
        cgroups.pathForOthers(spec.podUid(), leaf),
        pids,
        sandbox.shared().pids() == SandboxSpec.Pids.MACHINE,
        spec.limits());
  }

  private void write(Path file, ContainerLaunch launch, BundleConfig.Placement placement) {
    try {
      Files.write(
          file, JSON.writeValueAsBytes(BundleConfig.of(launch, placement, node.kernel().arch())));
    } catch (IOException e) {
      throw new UncheckedIOException("write(" + file + ") failed: " + e.getMessage(), e);
    }
  }

  /** Among the pinned files: what a crash leaves of them is found and cleared. */
  private Path mountRoot(ContainerSpec spec, ContainerLaunch launch) {
    Path root = root(directory, spec.podUid(), spec.name(), spec.attempt());
    pinned.mount(root, "overlay", ContainerPlan.overlayOptions(launch.root()));
    return root;
  }

  private static Path root(NodeDirectory directory, String podUid, String name, int attempt) {
    return directory.namespaces().resolve(podUid + "." + name + "." + attempt + ".root");
  }

  private void undo(OciRuntimeProgram program, ContainerSpec spec, int pidfd) {
    try {
      program.delete(spec.id());
    } catch (RuntimeException e) {
      // It may never have known the container; what matters is below.
    }
    if (pidfd >= 0) {
      node.kernel().pidfdSignal(pidfd, Flags.SIGKILL);
      node.kernel().poll(pidfd, Flags.POLLIN, KILL_TIMEOUT_MILLIS);
      node.kernel().reap(pidfd);
      node.kernel().close(pidfd);
    }
    pinned.remove(root(directory, spec.podUid(), spec.name(), spec.attempt()));
  }

  /** Takes away what a container had beside what all have. Idempotent. */
  static void remove(
      Kernel kernel, NodeDirectory directory, NodeKernel node, ContainerState state) {
    Optional<OciRuntimeProgram> program = node.runtimes().find(state.runtime());
    try {
      program.ifPresent(p -> p.delete(state.id()));
    } finally {
      Path root = root(directory, state.podUid(), state.name(), state.attempt());
      new PinnedFiles(kernel, directory.namespaces()).remove(root);
    }
  }
}
