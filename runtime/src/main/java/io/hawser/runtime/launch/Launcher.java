package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Spawns launcher processes. The executable lives in a sealed memfd of this process: nothing inside
 * a container can change it through {@code /proc/<pid>/exe}, and no file is left behind.
 */
public final class Launcher implements AutoCloseable {
  private static final int NO_CONTAINER = -1;

  private final Kernel kernel;
  private final int executable;
  private final int ownPidNamespace;

  public Launcher(Kernel kernel) {
    this.kernel = kernel;
    this.executable = kernel.memfd("hawser", LauncherElf.executable(kernel.arch()), true);
    this.ownPidNamespace = kernel.open(new Kernel.Open("/proc/self/ns/pid", Flags.O_RDONLY, 0));
  }

  /** Where the launcher's pid namespace comes from. */
  public sealed interface PidNamespace {
    /** This process' own. */
    record Same() implements PidNamespace {}

    /** A new one, whose pid 1 the launcher is. */
    record New() implements PidNamespace {}

    /** The one of the process behind this pidfd, or of this namespace file. */
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
    int container = namespace instanceof PidNamespace.Of of ? of.pidfd() : NO_CONTAINER;
    return prepare(plan, namespace, container, descriptors);
  }

  /**
   * The same for a plan that enters a container's other namespaces from another pid namespace.
   *
   * @param containerPidfd where the plan finds the container; -1: it needs none
   */
  public PendingLaunch prepare(
      LaunchPlan plan,
      PidNamespace namespace,
      int containerPidfd,
      Map<Integer, Integer> descriptors) {
    return spawn(namespace, containerPidfd, descriptors).give(plan);
  }

  /**
   * Spawns a launcher that waits for its plan, so that the plan can be found meanwhile.
   *
   * @param descriptors by the child's number: 0, 1 and 2
   * @throws KernelFault when it can't be spawned; nothing is left then
   */
  public WaitingLauncher spawn(PidNamespace namespace, Map<Integer, Integer> descriptors) {
    return spawn(namespace, NO_CONTAINER, descriptors);
  }

  private WaitingLauncher spawn(
      PidNamespace namespace, int containerPidfd, Map<Integer, Integer> descriptors) {
    List<Integer> theirs = new ArrayList<>();
    List<Integer> ours = new ArrayList<>();
    try {
      int program = kernel.memfd("launch", new byte[0], false);
      ours.add(program);
      Kernel.Pipe gate = kernel.pipe();
      theirs.add(gate.readEnd());
      ours.add(gate.writeEnd());
      Kernel.Pipe errors = kernel.pipe();
      theirs.add(errors.writeEnd());
      ours.add(errors.readEnd());
      Map<Integer, Integer> all = new HashMap<>(descriptors);
      all.put(LauncherDescriptors.PROGRAM, program);
      all.put(LauncherDescriptors.GATE, gate.readEnd());
      all.put(LauncherDescriptors.ERRORS, errors.writeEnd());
      if (containerPidfd != NO_CONTAINER) {
        all.put(LauncherDescriptors.CONTAINER, containerPidfd);
      }
      int pid = spawn(spawnCall(all), namespace);
      int pidfd = kernel.pidfdOpen(pid);
      return new WaitingLauncher(
          kernel,
          program,
          new WaitingLauncher.PendingProcess(pid, pidfd, gate.writeEnd(), errors.readEnd()));
    } catch (RuntimeException e) {
      ours.forEach(kernel::close); // a launcher that was spawned ends at its gate
      throw e;
    } finally {
      theirs.forEach(kernel::close);
    }
  }

  private Kernel.Spawn spawnCall(Map<Integer, Integer> descriptors) {
    int last = descriptors.keySet().stream().mapToInt(Integer::intValue).max().orElseThrow();
    String path = "/proc/" + ProcessHandle.current().pid() + "/fd/" + executable;
    return new Kernel.Spawn(path, List.of("hawser-launch"), descriptors, last + 1);
  }

  /**
   * Children of a thread are born into the pid namespace it last unshared or entered for them. The
   * calling thread goes back to its own at once: nothing else of it has changed, and between the
   * two calls it does nothing but spawn. (It could not start a Java thread there.)
   */
  private int spawn(Kernel.Spawn spawn, PidNamespace namespace) {
    if (namespace instanceof PidNamespace.Same) {
      return kernel.spawn(spawn);
    }
    if (namespace instanceof PidNamespace.Of of) {
      kernel.setNamespace(new Kernel.SetNamespace(of.pidfd(), Flags.CLONE_NEWPID));
    } else {
      kernel.unshare(new Kernel.Unshare(Flags.CLONE_NEWPID));
    }
    try {
      return kernel.spawn(spawn);
    } catch (KernelFault fault) {
      // A pid namespace whose first process has ended takes no more processes.
      throw fault.is(Errno.ENOMEM) && namespace instanceof PidNamespace.Of
          ? new KernelFault("posix_spawn(in the ended container)", Errno.ESRCH.number())
          : fault;
    } finally {
      kernel.setNamespace(new Kernel.SetNamespace(ownPidNamespace, Flags.CLONE_NEWPID));
    }
  }

  /** Launches that wait already are not affected. */
  @Override
  public void close() {
    kernel.close(executable);
    kernel.close(ownPidNamespace);
  }

  static OptionalInt callAt(long entryAddress, int calls) {
    long index = (entryAddress - LaunchProgram.BASE) / LaunchProgram.ENTRY_BYTES;
    return index >= 0 && index < calls ? OptionalInt.of((int) index) : OptionalInt.empty();
  }
}
