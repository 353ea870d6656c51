package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.Reaper;
import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.cgroup.ContainerCgroup;
import io.hawser.runtime.cgroup.NodeCgroups;
import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.SandboxPlan;
import io.hawser.runtime.launch.SysctlNames;
import io.hawser.runtime.launch.WaitingLauncher;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** The processes a sandbox needs for what no thread of a JVM can do. Most sandboxes need none. */
final class SandboxProcesses {
  /** The leaf of a pod's cgroup that its reaper is in. */
  static final String REAPER_LEAF = "reaper";

  private final Kernel kernel;
  private final Launcher launcher;
  private final ProcessWatcher watcher;
  private final NodeCgroups cgroups;

  SandboxProcesses(Kernel kernel, Launcher launcher, ProcessWatcher watcher, NodeCgroups cgroups) {
    this.watcher = watcher;
    this.kernel = kernel;
    this.launcher = launcher;
    this.cgroups = cgroups;
  }

  /**
   * Makes user, network, ipc and uts namespaces; they last as long as something keeps them.
   *
   * @param base the machine's id of root in it
   * @param keep given the name of the directory of /proc where their files are
   */
  void makeUsers(long base, Consumer<String> keep) {
    PendingLaunch pending = prepare(SandboxPlan.users(), new Launcher.PidNamespace.Same());
    pending.pickUp(
        () -> {
          String map = "0 " + base + " " + UserRanges.LENGTH;
          Path process = Path.of("/proc", "" + pending.pid());
          write(process.resolve("uid_map"), map);
          write(process.resolve("gid_map"), map);
          keep.accept("" + pending.pid());
        });
  }

  /**
   * Tries what a container with users of its own needs: owners mapped in these directories, and an
   * overlay over the first.
   *
   * @param scratch an empty directory, for the overlay
   * @return the step that failed
   */
  Optional<String> tryUsers(List<Path> directories, Path scratch) {
    try {
      makeUsers(
          UserRanges.TRIAL,
          process -> {
            Path users = Path.of("/proc", process, "ns/user");
            LaunchPlan plan = SandboxPlan.trial(users, directories, scratch);
            prepare(plan, new Launcher.PidNamespace.Same()).pickUp(() -> {});
          });
      return Optional.empty();
    } catch (KernelFault | UncheckedIOException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Starts the first process of a pid namespace for the whole pod. */
  Reaper startReaper(String podUid) {
    ContainerCgroup cgroup = cgroups.create(podUid, REAPER_LEAF, ContainerSpec.Limits.NONE);
    PendingLaunch pending =
        prepare(SandboxPlan.reaper(cgroup.joinFiles()), new Launcher.PidNamespace.New());
    int pidfd = pending.go();
    watcher.watch(pidfd, true).thenAccept(end -> kernel.close(pidfd));
    return new Reaper(pending.pid(), Checkpoints.startTicks(pending.pid()).orElse(0L));
  }

  private PendingLaunch prepare(LaunchPlan plan, Launcher.PidNamespace namespace) {
    return spawn(namespace).give(plan);
  }

  /** A launcher where a container of this sandbox is born. */
  WaitingLauncher spawn(SandboxState sandbox) {
    return inNamespace(sandbox, this::spawn);
  }

  private WaitingLauncher spawn(Launcher.PidNamespace namespace) {
    int nothing = kernel.open(new Kernel.Open("/dev/null", Flags.O_RDWR, 0));
    try {
      return launcher.spawn(namespace, Map.of(0, nothing, 1, nothing, 2, nothing));
    } finally {
      kernel.close(nothing);
    }
  }

  boolean isAlive(Reaper reaper) {
    return reaper.pid() == 0
        || Checkpoints.startTicks(reaper.pid()).equals(Optional.of(reaper.startTicks()));
  }

  /** Runs with the pid namespace that a container of this sandbox is born into. */
  private <T> T inNamespace(SandboxState sandbox, Function<Launcher.PidNamespace, T> step) {
    switch (sandbox.shared().pids()) {
      case MACHINE -> {
        return step.apply(new Launcher.PidNamespace.Same());
      }
      case CONTAINER -> {
        return step.apply(new Launcher.PidNamespace.New());
      }
      default -> {
        Reaper reaper = sandbox.shared().reaper();
        int pidfd = kernel.pidfdOpen(reaper.pid());
        try {
          if (!isAlive(reaper)) { // compared once the pidfd is held
            throw new KernelFault("pidfd_open(the pod's reaper)", Errno.ESRCH.number());
          }
          return step.apply(new Launcher.PidNamespace.Of(pidfd));
        } finally {
          kernel.close(pidfd);
        }
      }
    }
  }

  /** In the namespaces of the calling thread. */
  static void writeSysctl(String name, String value) {
    Path file = Path.of("/proc/sys", SysctlNames.path(name));
    if (!Files.exists(file)) {
      throw new IllegalArgumentException("sysctl " + name + ": this kernel has none");
    }
    write(file, value);
  }

  /** With one write(2): the kernel takes an id map whole or not at all. */
  private static void write(Path file, String value) {
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      out.write(value.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "write(" + file + ", " + value + ") failed: " + e.getMessage(), e);
    }
  }
}
