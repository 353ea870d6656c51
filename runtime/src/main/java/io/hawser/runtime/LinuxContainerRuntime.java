package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.ContainerState;
import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.cgroup.CgroupLayout;
import io.hawser.runtime.cgroup.CgroupRecord;
import io.hawser.runtime.cgroup.NodeCgroups;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.kernel.LinuxKernel;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.log.LogPump;
import io.hawser.runtime.machine.OwnNamespace;
import io.hawser.runtime.network.AddressPool;
import io.hawser.runtime.network.Cidr;
import io.hawser.runtime.network.PodNetwork;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Containers by namespaces, cgroups and the launcher: what {@link ContainerRuntime#open} gives. */
final class LinuxContainerRuntime implements ContainerRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(LinuxContainerRuntime.class);
  private static final int STOP_TIMEOUT_SECONDS = 30;

  private final NodeDirectory directory;
  private final NodeLock lock;
  private final ImageStore images;
  private final NodeKernel node;
  private final NodeCgroups cgroups;
  private final PodNetwork network;
  private final PinnedFiles pinned;
  private final Sandboxes sandboxes;
  private final Containers containers;
  private final Guard guard;
  private final Map<String, SandboxState> running = new ConcurrentHashMap<>();
  private final Map<String, LinuxContainer> byId = new ConcurrentHashMap<>();
  private final Path imageDirectory;
  private Optional<String> usersObstacle;
  private boolean closed;

  private LinuxContainerRuntime(
      RuntimeConfig config, NodeDirectory directory, NodeLock lock, Kernel kernel) {
    this.directory = directory;
    this.imageDirectory = config.imageDir().toAbsolutePath().normalize();
    this.lock = lock;
    this.images = ImageStore.open(config.imageDir());
    Cidr subnet = Cidr.parse(config.podSubnet());
    CgroupLayout read = CgroupLayout.read();
    CgroupLayout layout =
        CgroupRecord.resolve(
            directory.cgroupRecord(),
            OwnNamespace.isRootless() ? read.writable() : read,
            config.nodeName());
    if (layout.hierarchies().isEmpty()) {
      LOG.warn("this rootless node was delegated no cgroup: limits are not enforced, usage is 0");
    }
    this.cgroups = new NodeCgroups(kernel, layout, config.nodeName());
    this.network = new PodNetwork(kernel, config.nodeName(), subnet);
    AddressPool addresses = new AddressPool(subnet, directory.addressPosition());
    this.pinned = new PinnedFiles(kernel, directory.namespaces());
    Launcher launcher = new Launcher(kernel);
    ProcessWatcher watcher = new ProcessWatcher(kernel);
    SandboxProcesses processes = new SandboxProcesses(kernel, launcher, watcher, cgroups);
    this.sandboxes = new Sandboxes(processes, kernel, directory, pinned, network, addresses);
    cgroups.prepare();
    pinned.prepare();
    network.prepare();
    this.guard =
        Guard.start(
            kernel,
            launcher,
            directory,
            config.restartWindow(),
            layout.hierarchies().isEmpty()
                ? List.of(directory.pods()) // it finds the processes' notes there
                : cgroups.nodeDirectories());
    this.node =
        new NodeKernel(
            kernel,
            launcher,
            new Spawner(kernel),
            watcher,
            new LogPump(kernel),
            new ExitPins(kernel, directory, pinned),
            new ImagePins(images, config.nodeName()),
            new Afterwards(),
            new OciRuntimes(kernel, config.runtimes(), directory.runtimes()),
            Executors.newSingleThreadScheduledExecutor(LinuxContainerRuntime::timerThread));
    this.containers = new Containers(node, directory, cgroups, sandboxes, pinned);
  }

  private static Thread timerThread(Runnable body) {
    Thread thread = new Thread(body, "hawser-timers");
    thread.setDaemon(true);
    return thread;
  }

  static ContainerRuntime open(RuntimeConfig config) {
    if (!config.nodeName().matches("[A-Za-z0-9][A-Za-z0-9-]{0,62}")) {
      throw new IllegalArgumentException(
          "nodeName \"" + config.nodeName() + "\": expected letters, digits and '-', at most 63");
    }
    if (!OwnNamespace.isRoot()) {
      throw new IllegalStateException(
          "a node runs as root, or as root of a user namespace: start it by the command hawser,"
              + " which enters one");
    }
    NodeDirectory directory = new NodeDirectory(config.stateDir().toAbsolutePath().normalize());
    NodeLock lock = NodeLock.acquire(directory, config.nodeName());
    try {
      Files.createDirectories(directory.pods());
      // Below are files of containers' root, set-uid ones too: no user of the machine may reach in.
      Files.setPosixFilePermissions(directory.pods(), PosixFilePermissions.fromString("rwx------"));
      Files.createDirectories(directory.namespaces());
      Files.createDirectories(directory.mountPoint());
      return new LinuxContainerRuntime(config, directory, lock, new LinuxKernel());
    } catch (IOException e) {
      lock.close();
      throw new UncheckedIOException("state directory " + directory.root() + ": " + e, e);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  @Override
  public List<Recovered> recover() {
    List<Recovered> recovered = new ArrayList<>();
    for (String podUid : names(directory.pods())) {
      Optional<SandboxState> state =
          Checkpoints.read(directory.sandboxCheckpoint(podUid), SandboxState.class);
      if (state.isPresent() && sandboxes.isAlive(state.get())) {
        recovered.add(adopt(state.get()));
      } else {
        LOG.info("clearing the remains of pod {}", podUid);
        clear(podUid);
      }
    }
    Set<String> known = Set.copyOf(running.keySet());
    Set<String> strays = new HashSet<>(cgroups.pods());
    strays.removeAll(known);
    strays.forEach(cgroups::removePod);
    pinned.removeStrays(known);
    node.images().retain(byId.keySet());
    return recovered;
  }

  private Recovered adopt(SandboxState state) {
    sandboxes.adopt(state);
    running.put(state.podUid(), state);
    List<Container> adopted = new ArrayList<>();
    for (String name : names(directory.containers(state.podUid()))) {
      Path home = directory.containers(state.podUid()).resolve(name);
      Optional<ContainerState> container =
          Checkpoints.read(home.resolve("container.json"), ContainerState.class);
      if (container.isPresent()) {
        LinuxContainer taken = containers.adopt(container.get());
        byId.put(taken.id(), taken);
        adopted.add(taken);
      } else {
        cgroups.container(state.podUid(), name).remove();
        TreeRemoval.delete(home);
      }
    }
    return new Recovered(new Sandbox(state.podUid(), state.ip()), List.copyOf(adopted));
  }

  private static List<String> names(Path parent) {
    String[] names = parent.toFile().list();
    return names == null ? List.of() : List.of(names);
  }

  private void clear(String podUid) {
    cgroups.removePod(podUid);
    sandboxes.remove(podUid);
  }

  @Override
  public Sandbox createSandbox(SandboxSpec spec) {
    Names.check("podUid", spec.podUid());
    Names.checkHostname(spec.hostname());
    SandboxState present = running.get(spec.podUid());
    if (present != null) {
      return new Sandbox(present.podUid(), present.ip());
    }
    return failingAs(
        "CreatePodSandboxError",
        "sandbox of pod " + spec.podUid(),
        () -> {
          spec.handler().ifPresent(node.runtimes()::require);
          try {
            cgroups.createPod(spec.podUid());
            SandboxState state = sandboxes.create(spec);
            running.put(spec.podUid(), state);
            return new Sandbox(state.podUid(), state.ip());
          } catch (RuntimeException e) {
            cgroups.removePod(spec.podUid());
            throw e;
          }
        });
  }

  @Override
  public void limitSandbox(String podUid, ContainerSpec.Limits limits) {
    failingAs(
        "CreatePodSandboxError",
        "limits of pod " + podUid,
        () -> {
          cgroups.limitPod(podUid, limits);
          return podUid;
        });
  }

  @Override
  public Container start(ContainerSpec spec) {
    return start(spec, imageOf(spec));
  }

  /**
   * @param image instead of what the store has under the spec's name
   */
  Container start(ContainerSpec spec, ImageStore.Image image) {
    Names.check("container name", spec.name());
    SandboxState sandbox = sandboxOf(spec);
    byId.values().removeIf(LinuxContainer::isRemoved); // else a pod's restarts would add up
    if (byId.containsKey(spec.id())) {
      throw new RuntimeFault(
          "CreateContainerError", "container " + spec.id() + " exists already", null);
    }
    LinuxContainer container =
        failingAs(
            "RunContainerError",
            "container " + spec.id(),
            () -> containers.start(spec, sandbox, image));
    byId.put(spec.id(), container);
    return container;
  }

  @Override
  public LaunchPlan describeLaunch(ContainerSpec spec) {
    SandboxState sandbox = sandboxOf(spec);
    if (sandbox.shared().handler() != null) {
      throw new RuntimeFault(
          "CreateContainerError",
          "the OCI runtime "
              + sandbox.shared().handler()
              + " starts the containers of this pod: Hawser makes none of the calls",
          null);
    }
    ImageStore.Image image = imageOf(spec);
    return failingAs(
        "CreateContainerError",
        "container " + spec.id(),
        () -> containers.plan(spec, sandbox, image).withoutEnvironment());
  }

  /** Leaves a pod nothing of the network but its loopback. */
  void disconnect(String podUid) {
    network.disconnect(podUid);
  }

  /** What a container changed in its image's files. */
  Path upper(Container container) {
    return directory
        .container(container.podUid(), container.name(), container.attempt())
        .resolve("upper");
  }

  private SandboxState sandboxOf(ContainerSpec spec) {
    SandboxState sandbox = running.get(spec.podUid());
    if (sandbox == null) {
      throw new RuntimeFault(
          "CreateContainerError", "pod " + spec.podUid() + " has no sandbox", null);
    }
    return sandbox;
  }

  private ImageStore.Image imageOf(ContainerSpec spec) {
    Optional<Path> directory = spec.isolation().files().rootDirectory();
    if (directory.isPresent()) {
      ImageStore.ImageConfig nothing =
          new ImageStore.ImageConfig(List.of(), List.of(), List.of(), "", "", "");
      return new ImageStore.Image("", "", nothing, 0, List.of(directory.get()));
    }
    return failingAs("InvalidImageName", "container " + spec.id(), () -> images.find(spec.image()))
        .orElseThrow(
            () ->
                new RuntimeFault(
                    "ErrImageNeverPull",
                    "image " + spec.image() + " is not on this machine: import it first",
                    null));
  }

  private static <T> T failingAs(String reason, String what, Supplier<T> step) {
    try {
      return step.get();
    } catch (IllegalArgumentException e) {
      String word = reason.equals("RunContainerError") ? "CreateContainerConfigError" : reason;
      throw new RuntimeFault(word, what + ": " + e.getMessage(), e);
    } catch (KernelFault | UncheckedIOException | IllegalStateException e) {
      throw new RuntimeFault(reason, what + ": " + FaultText.of(e), e);
    }
  }

  @Override
  public synchronized Optional<String> ownUsersObstacle() {
    if (OwnNamespace.isRootless()) {
      usersObstacle = Optional.of("nodes are rootless: their pods are in a user namespace anyway");
    }
    if (usersObstacle == null) {
      Path scratch = directory.root().resolve("users-trial");
      try {
        Files.createDirectories(scratch);
        usersObstacle =
            sandboxes.processes().tryUsers(List.of(imageDirectory, directory.pods()), scratch);
      } catch (IOException e) {
        usersObstacle = Optional.of("create(" + scratch + ") failed: " + e.getMessage());
      } finally {
        TreeRemoval.delete(scratch);
      }
    }
    return usersObstacle;
  }

  @Override
  public Optional<Sandbox> sandbox(String podUid) {
    return Optional.ofNullable(running.get(podUid)).map(s -> new Sandbox(s.podUid(), s.ip()));
  }

  @Override
  public Optional<Container> container(String containerId) {
    LinuxContainer container = byId.get(containerId);
    if (container != null && container.isRemoved()) {
      byId.remove(containerId, container);
      return Optional.empty();
    }
    return Optional.ofNullable(container);
  }

  @Override
  public void removeSandbox(String podUid) {
    Names.check("podUid", podUid);
    removeContainers(podUid);
    node.afterwards().settle();
    clear(podUid);
    running.remove(podUid);
  }

  @Override
  public void settle() {
    node.afterwards().settle();
  }

  private void removeContainers(String podUid) {
    List<LinuxContainer> members =
        byId.values().stream().filter(c -> c.podUid().equals(podUid)).toList();
    members.forEach(LinuxContainer::kill);
    for (LinuxContainer member : members) {
      awaitEnd(member);
      member.remove();
      byId.remove(member.id());
    }
  }

  private static void awaitEnd(LinuxContainer container) {
    try {
      container.exit().toCompletableFuture().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RuntimeFault("KillContainerError", "interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      String message = "container " + container.id() + " does not die of SIGKILL";
      throw new RuntimeFault("KillContainerError", message, e);
    }
  }

  @Override
  public ImageStore images() {
    return images;
  }

  @Override
  public void fence(Set<String> keptPods) {
    byId.values().stream()
        .filter(c -> !keptPods.contains(c.podUid()))
        .forEach(LinuxContainer::kill);
    if (keptPods.isEmpty()) {
      cgroups.killAll();
    } else {
      cgroups.pods().stream().filter(pod -> !keptPods.contains(pod)).forEach(cgroups::killPod);
    }
  }

  /** Every step is tried, whatever becomes of the others. */
  @Override
  public void purge() {
    List<RuntimeException> failures = new ArrayList<>();
    attempt(failures, this::fence);
    Set<String> pods = new HashSet<>(running.keySet());
    pods.addAll(names(directory.pods()));
    pods.forEach(podUid -> attempt(failures, () -> removeContainers(podUid)));
    attempt(failures, node.afterwards()::settle);
    for (String podUid : pods) {
      attempt(failures, () -> cgroups.removePod(podUid));
      attempt(failures, () -> sandboxes.release(podUid));
    }
    attempt(failures, node.afterwards()::settle);
    attempt(failures, cgroups::purge);
    attempt(failures, network::purge);
    attempt(failures, pinned::purge);
    attempt(failures, () -> node.images().retain(Set.of()));
    attempt(failures, guard::dismiss);
    stopThreads();
    attempt(failures, this::removeFiles);
    closed = true;
    lock.close();
    if (!failures.isEmpty()) {
      RuntimeFault fault =
          new RuntimeFault("PurgeError", failures.get(0).getMessage(), failures.get(0));
      failures.stream().skip(1).forEach(fault::addSuppressed);
      throw fault;
    }
  }

  private static void attempt(List<RuntimeException> failures, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      failures.add(e);
    }
  }

  private void removeFiles() {
    TreeRemoval.delete(directory.pods());
    TreeRemoval.delete(directory.runtimes());
    for (Path path :
        List.of(
            directory.guardScript(),
            directory.owner(),
            directory.addressPosition(),
            directory.cgroupRecord(),
            directory.mountPoint(),
            directory.lock(),
            directory.root())) {
      File file = path.toFile();
      if (!file.delete() && file.exists() && !path.equals(directory.root())) {
        LOG.warn("{} can't be removed", path);
      }
    }
  }

  private void stopThreads() {
    node.watcher().close();
    node.logs().close();
    node.afterwards().close();
    node.timers().shutdownNow();
    node.spawner().close();
    node.launcher().close();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      stopThreads();
      network.close();
      guard.close();
      lock.close();
    }
  }
}
