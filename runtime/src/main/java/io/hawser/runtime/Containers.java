package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.ContainerState;
import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.cgroup.ContainerCgroup;
import io.hawser.runtime.cgroup.DeviceAccess;
import io.hawser.runtime.cgroup.NodeCgroups;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.launch.ContainerLaunch;
import io.hawser.runtime.launch.ContainerPlan;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Starts containers, and takes running ones over. */
final class Containers {
  private final NodeKernel node;
  private final NodeDirectory directory;
  private final NodeCgroups cgroups;
  private final Sandboxes sandboxes;
  private final ContainerLaunches launches;
  private final BundleStart bundles;

  Containers(
      NodeKernel node,
      NodeDirectory directory,
      NodeCgroups cgroups,
      Sandboxes sandboxes,
      PinnedFiles pinned) {
    this.bundles = new BundleStart(node, directory, cgroups, pinned);
    this.node = node;
    this.directory = directory;
    this.cgroups = cgroups;
    this.sandboxes = sandboxes;
    this.launches = new ContainerLaunches(directory, cgroups);
  }

  /** What the launcher would do for this spec; for printing. */
  LaunchPlan plan(ContainerSpec spec, SandboxState sandbox, ImageStore.Image image) {
    return launches.plan(spec, sandbox, image, node.kernel().arch());
  }

  /**
   * @throws KernelFault naming the failed step; everything made is undone
   */
  LinuxContainer start(ContainerSpec spec, SandboxState sandbox, ImageStore.Image image) {
    ProcessSpec process = launches.process(spec, sandbox, image);
    int stopSignal = Signals.parse(image.config().stopSignal());
    Path home = directory.container(spec.podUid(), spec.name(), spec.attempt());
    if (Files.exists(home)) {
      node.afterwards().settle(); // perhaps its removal is still to come
    }
    if (Files.exists(home)) {
      throw new IllegalArgumentException("container " + spec.id() + " exists already");
    }
    ContainerCgroup cgroup = cgroups.container(spec.podUid(), ContainerLaunches.leaf(spec));
    DeviceAccess access = DeviceAccess.of(spec.isolation());
    List<Path> joinFiles = cgroup.joinFiles(spec.limits(), access);
    Runnable makeCgroup = () -> cgroup.create(spec.limits(), access);
    boolean ours = sandbox.shared().handler() == null;
    Optional<Spawner.Early> early =
        ours
            ? Optional.of(node.spawner().begin(() -> sandboxes.processes().spawn(sandbox)))
            : Optional.empty();
    ContainerOutput output = new ContainerOutput(node.kernel());
    try {
      makeHome(home, spec, sandbox, image);
      long owner = sandbox.shared().usersBase() + process.uid();
      output.open(home, owner, spec.stdin(), spec.tty());
      ContainerLaunch launch = launches.of(spec, sandbox, image, joinFiles, process);
      BundleStart.Born born =
          early.isPresent()
              ? launched(spec, sandbox, image, launch, makeCgroup, early.get(), output, stopSignal)
              : bundled(spec, sandbox, image, launch, makeCgroup, stopSignal);
      ContainerState state = born.state();
      int pidfd = born.pidfd();
      LinuxContainer.Streams streams =
          new LinuxContainer.Streams(
              output.handOver(node.logs(), logFile(spec)), output.inputDescriptor(), spec.tty());
      return LinuxContainer.running(
          node, directory, cgroup, state, pidfd, streams, true, born.kept());
    } catch (RuntimeException e) {
      early.ifPresent(Spawner.Early::abandon);
      output.closeOurEnds();
      cgroup.remove();
      TreeRemoval.delete(home);
      node.images().unpin(spec.id());
      throw e;
    } finally {
      output.letGoOfContainersEnds();
    }
  }

  private BundleStart.Born launched(
      ContainerSpec spec,
      SandboxState sandbox,
      ImageStore.Image image,
      ContainerLaunch launch,
      Runnable makeCgroup,
      Spawner.Early early,
      ContainerOutput output,
      int stopSignal) {
    LaunchPlan plan = ContainerPlan.of(launch, node.kernel().arch());
    PendingLaunch pending = early.give(plan);
    ContainerState state;
    try { // beside the launcher's steps, and before its gate
      makeCgroup.run();
      pin(spec, image);
      state = checkpoint(spec, sandbox, pending.pid(), stopSignal, launch.process());
    } catch (RuntimeException e) {
      pending.abandon();
      throw e;
    }
    try {
      AtomicBoolean kept = new AtomicBoolean();
      Runnable pinExit = () -> kept.set(node.pins().pin(state, pending.pidfd()));
      int pidfd;
      if (spec.tty()) {
        pidfd = pending.goWithTerminal(() -> output.openTerminal(pending.pid()));
        pinExit.run();
      } else {
        pidfd = pending.go(pinExit);
      }
      return new BundleStart.Born(state, pidfd, kept.get());
    } catch (RuntimeException e) {
      node.pins().remove(state);
      throw e;
    }
  }

  private BundleStart.Born bundled(
      ContainerSpec spec,
      SandboxState sandbox,
      ImageStore.Image image,
      ContainerLaunch launch,
      Runnable makeCgroup,
      int stopSignal) {
    makeCgroup.run();
    pin(spec, image);
    return bundles.start(
        spec, sandbox, launch, pid -> checkpoint(spec, sandbox, pid, stopSignal, launch.process()));
  }

  /**
   * Fails when the layers are gone: then what the launcher has mounted may be no whole image, and
   * must not run.
   */
  private void pin(ContainerSpec spec, ImageStore.Image image) {
    if (!image.digest().isEmpty()) { // else a directory of somebody's
      node.images().pin(spec.id(), image);
    }
  }

  /** Written while the process waits at its gate: no container ever runs without one. */
  private ContainerState checkpoint(
      ContainerSpec spec, SandboxState sandbox, int pid, int stopSignal, ProcessSpec process) {
    ContainerState state = state(spec, pid, stopSignal, process, sandbox.shared().handler());
    Path home = directory.container(spec.podUid(), spec.name(), spec.attempt());
    Checkpoints.write(home.resolve("container.json"), state);
    return state;
  }

  private Path logFile(ContainerSpec spec) {
    return directory.log(spec.podUid(), spec.name(), spec.attempt());
  }

  private void makeHome(
      Path home, ContainerSpec spec, SandboxState sandbox, ImageStore.Image image) {
    try {
      Files.createDirectory(home);
      if (spec.isolation().files().rootDirectory().isPresent()) {
        return; // nothing lies over it
      }
      Files.createDirectory(home.resolve("work"));
      Path upper = Files.createDirectory(home.resolve("upper"));
      // The upper layer's root is the root the container sees.
      int mode = (Integer) Files.getAttribute(image.layers().get(0), "unix:mode");
      Files.setAttribute(upper, "unix:mode", mode & 07777);
      Owners.shift(upper, sandbox.shared().usersBase());
      ImageVolumes.of(home, spec, image).make(new ImageTree(image.layers()));
    } catch (IOException e) {
      throw new UncheckedIOException("create(" + home + ") failed: " + e.getMessage(), e);
    }
  }

  private static ContainerState state(
      ContainerSpec spec, int pid, int stopSignal, ProcessSpec process, String runtime) {
    return new ContainerState(
        spec.id(),
        spec.podUid(),
        spec.name(),
        spec.attempt(),
        pid,
        Checkpoints.startTicks(pid).orElse(0L),
        Checkpoints.bootId(),
        Instant.now().toEpochMilli(),
        stopSignal,
        process,
        null,
        runtime);
  }

  /** Takes over a container that an earlier process started. */
  LinuxContainer adopt(ContainerState state) {
    String leaf = state.name() + "." + state.attempt();
    ContainerCgroup cgroup = cgroups.container(state.podUid(), leaf);
    Optional<Integer> pidfd = state.exit() == null ? openProcess(state) : Optional.empty();
    if (pidfd.isEmpty()) {
      return LinuxContainer.ended(node, directory, cgroup, state);
    }
    Path home = directory.container(state.podUid(), state.name(), state.attempt());
    Path log = directory.log(state.podUid(), state.name(), state.attempt());
    ContainerOutput output = new ContainerOutput(node.kernel());
    output.reopen(home);
    LinuxContainer.Streams streams =
        new LinuxContainer.Streams(
            output.handOver(node.logs(), log), output.inputDescriptor(), false);
    return LinuxContainer.running(
        node, directory, cgroup, state, pidfd.get(), streams, false, false);
  }

  /** The start time is compared after the pidfd is held: from then on it can't be another's. */
  private Optional<Integer> openProcess(ContainerState state) {
    if (!state.bootId().equals(Checkpoints.bootId())) {
      return Optional.empty();
    }
    int pidfd;
    try {
      pidfd = node.kernel().pidfdOpen(state.pid());
    } catch (KernelFault e) {
      return Optional.empty();
    }
    if (Checkpoints.startTicks(state.pid()).equals(Optional.of(state.startTicks()))) {
      return Optional.of(pidfd);
    }
    node.kernel().close(pidfd);
    return Optional.empty();
  }
}
