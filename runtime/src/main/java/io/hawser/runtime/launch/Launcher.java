package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Spawns launcher processes. The executable lives in a sealed memfd of this process: nothing inside
 * a container can change it through {@code /proc/<pid>/exe}, and no file is left behind.
 */
public final class Launcher implements AutoCloseable {
  private static final long STACK_BYTES = 256 * 1024;

  private final Kernel kernel;
  private final int executable;

  public Launcher(Kernel kernel) {
    this.kernel = kernel;
    this.executable = kernel.memfd("hawser", LauncherElf.executable(kernel.arch()), true);
  }

  /** Where the launcher's pid namespace comes from. */
  public sealed interface PidNamespace {
    /** This process' own. */
    record Same() implements PidNamespace {}

    /** A new one, whose pid 1 the launcher is. */
    record New() implements PidNamespace {}

    /** The one of the process behind this pidfd. */
    record Of(int pidfd) implements PidNamespace {}
  }

  /**
   * Spawns a launcher that waits at its gate with this plan.
   *
   * @param descriptors by the child's number: 0, 1, 2 and any from 7 on that the plan names
   * @throws KernelFault when it can't be spawned; nothing is left then
   */
  public PendingLaunch prepare(
      LaunchPlan plan, PidNamespace namespace, Map<Integer, Integer> descriptors) {
    byte[] program = LaunchProgram.encode(plan, kernel.arch());
    int programFd = kernel.memfd("launch", program, false);
    Kernel.Pipe gate = kernel.pipe();
    Kernel.Pipe errors = kernel.pipe();
    try {
      Map<Integer, Integer> all = new HashMap<>(descriptors);
      all.put(LauncherDescriptors.PROGRAM, programFd);
      all.put(LauncherDescriptors.GATE, gate.readEnd());
      all.put(LauncherDescriptors.ERRORS, errors.writeEnd());
      if (namespace instanceof PidNamespace.Of of) {
        all.put(LauncherDescriptors.CONTAINER, of.pidfd());
      }
      int closeFrom = 1 + all.keySet().stream().mapToInt(Integer::intValue).max().orElseThrow();
      String path = "/proc/" + ProcessHandle.current().pid() + "/fd/" + executable;
      int pid = spawn(new Kernel.Spawn(path, List.of("hawser-launch"), all, closeFrom), namespace);
      int pidfd = kernel.pidfdOpen(pid);
      return new PendingLaunch(kernel, plan, pid, pidfd, gate.writeEnd(), errors.readEnd());
    } catch (RuntimeException e) {
      kernel.close(gate.writeEnd());
      kernel.close(errors.readEnd());
      throw e;
    } finally {
      kernel.close(programFd);
      kernel.close(gate.readEnd());
      kernel.close(errors.writeEnd());
    }
  }

  /**
   * A thread's children are born into the pid namespace that the thread last unshared or entered;
   * it can't go back, so it is used once. It does nothing else: see docs/adr/0001-launcher.md.
   */
  private int spawn(Kernel.Spawn spawn, PidNamespace namespace) {
    if (namespace instanceof PidNamespace.Same) {
      return kernel.spawn(spawn);
    }
    CompletableFuture<Integer> pid = new CompletableFuture<>();
    Runnable body =
        () -> {
          try {
            if (namespace instanceof PidNamespace.Of of) {
              kernel.setNamespace(new Kernel.SetNamespace(of.pidfd(), Flags.CLONE_NEWPID));
            } else {
              kernel.unshare(new Kernel.Unshare(Flags.CLONE_NEWPID));
            }
            pid.complete(kernel.spawn(spawn));
          } catch (Throwable e) {
            pid.completeExceptionally(e);
          }
        };
    new Thread(null, body, "hawser-spawn", STACK_BYTES).start();
    try {
      return pid.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof KernelFault fault) {
        // A pid namespace whose first process has ended takes no more processes.
        throw fault.is(Errno.ENOMEM) && namespace instanceof PidNamespace.Of
            ? new KernelFault("posix_spawn(in the ended container)", Errno.ESRCH.number())
            : fault;
      }
      throw e;
    }
  }

  /** Launches that wait already are not affected. */
  @Override
  public void close() {
    kernel.close(executable);
  }

  static OptionalInt callAt(long entryAddress, LaunchPlan plan) {
    long index = (entryAddress - LaunchProgram.BASE) / LaunchProgram.ENTRY_BYTES;
    return index >= 0 && index < plan.calls().size()
        ? OptionalInt.of((int) index)
        : OptionalInt.empty();
  }
}
