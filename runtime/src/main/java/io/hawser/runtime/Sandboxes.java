package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.Reaper;
import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.Checkpoints.Shared;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.network.AddressPool;
import io.hawser.runtime.network.PodNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * Makes and removes the pods' shared namespaces. They live as files: a short-lived thread unshares
 * them, binds {@code /proc/thread-self/ns/*} onto files of a private mount and ends. No process
 * keeps them, and they survive this JVM.
 */
final class Sandboxes {
  private static final List<String> KINDS = List.of("net", "ipc", "uts");
  private static final List<String> USER_KINDS = List.of("user", "net", "ipc", "uts");

  private final Kernel kernel;
  private final NodeDirectory directory;
  private final PinnedFiles files;
  private final PodNetwork network;
  private final AddressPool addresses;
  private final SandboxProcesses processes;
  private final UserRanges ranges = UserRanges.ofMachine();
  private final String bootId = Checkpoints.bootId();

  Sandboxes(
      SandboxProcesses processes,
      Kernel kernel,
      NodeDirectory directory,
      PinnedFiles files,
      PodNetwork network,
      AddressPool addresses) {
    this.processes = processes;
    this.kernel = kernel;
    this.directory = directory;
    this.files = files;
    this.network = network;
    this.addresses = addresses;
  }

  SandboxState create(SandboxSpec spec) {
    checkSharing(spec);
    String podUid = spec.podUid();
    String ip = spec.hostNetwork() ? HostAddress.find() : addresses.allocate(podUid);
    try {
      Files.createDirectories(directory.containers(podUid));
      Files.createDirectories(directory.pod(podUid).resolve("logs"));
      long users = spec.sharing().ownUsers() ? ranges.allocate(directory.pod(podUid)) : 0;
      if (users != 0) {
        processes.makeUsers(users, pid -> USER_KINDS.forEach(kind -> bind(podUid, pid, kind)));
      }
      inNewThread(() -> makeNamespaces(spec, ip));
      SandboxState state = state(spec, ip, users);
      Checkpoints.write(directory.sandboxCheckpoint(podUid), state);
      network.publish(podUid, ip, state.ports());
      return state;
    } catch (IOException | RuntimeException e) {
      remove(podUid);
      throw e instanceof RuntimeException r ? r : new UncheckedIOException((IOException) e);
    }
  }

  private SandboxState state(SandboxSpec spec, String ip, long users) {
    Reaper reaper =
        spec.sharing().pids() == SandboxSpec.Pids.POD
            ? processes.startReaper(spec.podUid())
            : Shared.NONE.reaper();
    Shared shared =
        new Shared(
            users,
            spec.sharing().hostIpc(),
            spec.sharing().pids(),
            reaper,
            spec.handler().orElse(null));
    return new SandboxState(
        spec.podUid(),
        spec.hostname(),
        spec.hostNetwork(),
        ip,
        bootId,
        shared,
        spec.hostNetwork() ? List.of() : spec.ports());
  }

  private static void checkSharing(SandboxSpec spec) {
    SandboxSpec.Sharing sharing = spec.sharing();
    boolean machine = spec.hostNetwork() || sharing.hostIpc();
    if (sharing.ownUsers() && (machine || sharing.pids() == SandboxSpec.Pids.MACHINE)) {
      throw new IllegalArgumentException(
          "a pod with users of its own can't share the machine's network, ipc or processes");
    }
    if (sharing.ownUsers() && spec.handler().isPresent()) {
      throw new IllegalArgumentException("users of a pod's own can't be had with a runtime class");
    }
  }

  /** The outside conversation is opened first, as long as this thread is still outside. */
  private void makeNamespaces(SandboxSpec spec, String ip) {
    try (PodNetwork.Outside outside = network.outside()) {
      if (spec.sharing().ownUsers()) {
        USER_KINDS.forEach(kind -> join(spec.podUid(), kind));
      } else {
        unshare(spec);
      }
      kernel.setHostname(spec.hostname());
      spec.sharing().sysctls().forEach(SandboxProcesses::writeSysctl);
      if (!spec.hostNetwork()) {
        int fd = kernel.open(new Kernel.Open("/proc/thread-self/ns/net", Flags.O_RDONLY, 0));
        try {
          network.connect(outside, spec.podUid(), fd, ip);
        } finally {
          kernel.close(fd);
        }
      }
    }
  }

  private void unshare(SandboxSpec spec) {
    List<String> kinds = own(spec.hostNetwork(), spec.sharing().hostIpc());
    long flags = Flags.CLONE_NEWUTS;
    flags |= kinds.contains("net") ? Flags.CLONE_NEWNET : 0;
    flags |= kinds.contains("ipc") ? Flags.CLONE_NEWIPC : 0;
    kernel.unshare(new Kernel.Unshare(flags));
    kinds.forEach(kind -> bind(spec.podUid(), "thread-self", kind));
  }

  /** The kinds of namespaces that a pod does not share with the machine. */
  private static List<String> own(boolean hostNetwork, boolean hostIpc) {
    return KINDS.stream()
        .filter(kind -> !kind.equals("net") || !hostNetwork)
        .filter(kind -> !kind.equals("ipc") || !hostIpc)
        .toList();
  }

  /** A thread of a JVM may join any of them but the users'. */
  private void join(String podUid, String kind) {
    if (!kind.equals("user")) {
      String path = directory.namespace(podUid, kind).toString();
      int fd = kernel.open(new Kernel.Open(path, Flags.O_RDONLY, 0));
      try {
        kernel.setNamespace(new Kernel.SetNamespace(fd, 0));
      } finally {
        kernel.close(fd);
      }
    }
  }

  /**
   * @param process a directory of /proc
   */
  private void bind(String podUid, String process, String kind) {
    files.bind("/proc/" + process + "/ns/" + kind, directory.namespace(podUid, kind));
  }

  private static void inNewThread(Runnable body) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Runnable task =
        () -> {
          try {
            body.run();
            done.complete(null);
          } catch (Throwable e) {
            done.completeExceptionally(e);
          }
        };
    new Thread(task, "hawser-sandbox").start();
    try {
      done.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException r ? r : e;
    }
  }

  /** True when the sandbox's namespaces are still there. */
  boolean isAlive(SandboxState state) {
    List<Path> needed =
        Stream.concat(
                own(state.hostNetwork(), state.shared().hostIpc()).stream(),
                state.shared().usersBase() != 0 ? Stream.of("user") : Stream.of())
            .map(kind -> directory.namespace(state.podUid(), kind))
            .toList();
    return state.bootId().equals(bootId)
        && files.areMounted(needed)
        && processes.isAlive(state.shared().reaper());
  }

  /** Where the containers' processes are born. */
  SandboxProcesses processes() {
    return processes;
  }

  void adopt(SandboxState state) {
    if (!state.hostNetwork()) {
      addresses.reserve(state.podUid(), state.ip());
      network.adopt(state.podUid(), state.ip(), state.ports());
    }
  }

  /** Removes interface, namespaces and directory. Its containers are gone already. Idempotent. */
  void remove(String podUid) {
    network.disconnect(podUid);
    release(podUid);
  }

  /**
   * The same, but leaves the interface to the end of its namespace, which the kernel brings about a
   * little later and for many at once: 20 ms less for each.
   */
  void release(String podUid) {
    network.withdraw(podUid);
    files.removeOf(podUid);
    Checkpoints.read(directory.sandboxCheckpoint(podUid), SandboxState.class)
        .filter(state -> state.shared().usersBase() != 0)
        .ifPresent(state -> ranges.release(state.shared().usersBase(), directory.pod(podUid)));
    TreeRemoval.delete(directory.pod(podUid));
    addresses.release(podUid);
  }
}
