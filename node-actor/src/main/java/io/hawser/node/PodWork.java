package io.hawser.node;

import io.hawser.model.AssignedPod;
import io.hawser.model.ConfigReferences;
import io.hawser.model.ObjectKey;
import io.hawser.model.PodContainer;
import io.hawser.model.PodStatus;
import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ExitStatus;
import io.hawser.runtime.ImageStore.Image;
import io.hawser.runtime.Recovered;
import io.hawser.runtime.Sandbox;
import io.hawser.runtime.SandboxSpec;
import io.hawser.runtime.launch.LaunchPlan;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pod's blocking work, one step after another, and the memory of what it made. Outlives the
 * pod's actors: an actor that was restarted after a bug finds here what runs, and its first step
 * waits for one that the earlier actor began, so nothing is started twice.
 */
final class PodWork {
  private static final Logger LOG = LoggerFactory.getLogger(PodWork.class);

  private final Machine machine;
  private final PodVolumes volumes;
  private final PodConfig config;
  private final Map<String, Held> held = new ConcurrentHashMap<>();
  private final Set<String> finished = ConcurrentHashMap.newKeySet();
  private final PodSizes sizes = new PodSizes();
  private volatile AssignedPod assigned;
  private volatile Optional<Sandbox> sandbox = Optional.empty();
  private volatile PodStatus status = PodStatus.PENDING;
  private volatile boolean removed;
  private CompletionStage<?> lastStep = CompletableFuture.completedFuture(null);

  /**
   * A container of the pod.
   *
   * @param current its newest start, running or ended
   * @param adopted an earlier process of the node started it
   * @param previous the start before
   */
  record Held(Container current, String imageId, boolean adopted, Optional<Ended> previous) {
    Held withImageId(String id) {
      return new Held(current, id, adopted, previous);
    }

    boolean hasEnded() {
      return current.exit().toCompletableFuture().isDone();
    }
  }

  /** A start that is over. */
  record Ended(int attempt, Instant startedAt, ExitStatus exit, Path logFile) {}

  /** The pod's sandbox is gone, with all its containers. */
  static final class SandboxLost extends RuntimeException {
    SandboxLost(String podUid) {
      super("the sandbox of pod " + podUid + " is gone");
    }
  }

  PodWork(Machine machine, AssignedPod assigned, Optional<Recovered> recovered) {
    this.machine = machine;
    this.assigned = assigned;
    this.volumes = machine.volumes(assigned);
    this.config = new PodConfig(machine::readConfig);
    recovered.ifPresent(this::adopt);
  }

  AssignedPod assigned() {
    return assigned;
  }

  void assign(AssignedPod pod) {
    assigned = pod;
  }

  /** What the pod's actor last found. */
  PodStatus status() {
    return status;
  }

  void found(PodStatus newest) {
    status = newest;
  }

  Optional<Sandbox> sandbox() {
    return sandbox;
  }

  Optional<Held> held(String container) {
    return Optional.ofNullable(held.get(container));
  }

  Map<String, Held> allHeld() {
    return Map.copyOf(held);
  }

  /** A container that will never be started again. */
  void finish(String container) {
    finished.add(container);
  }

  boolean isFinished(String container) {
    return removed || finished.contains(container);
  }

  /** Waits for the step that an earlier actor of this pod may have begun. */
  CompletionStage<Boolean> settle() {
    return step(
        () -> {
          held.replaceAll((name, h) -> h.imageId().isEmpty() ? h.withImageId(imageId(name)) : h);
          return true;
        });
  }

  /** Sandbox and volumes; idempotent. */
  CompletionStage<Sandbox> prepare() {
    Set<ObjectKey> keys = new TreeSet<>(volumeConfigs());
    ConfigReferences.ofRuntime(assigned.spec()).ifPresent(keys::add);
    return config.fetch(keys).thenCompose(read -> step(this::prepareNow));
  }

  private Set<ObjectKey> volumeConfigs() {
    return ConfigReferences.ofVolumes(assigned.name().namespace(), assigned.spec());
  }

  /** Whether any of its volumes' files can change while it runs. */
  boolean hasConfigFiles() {
    return assigned.spec().volumes().stream().anyMatch(v -> v.files().isPresent());
  }

  boolean refersTo(ObjectKey key) {
    return ConfigReferences.of(assigned.name().namespace(), assigned.spec()).contains(key);
  }

  /** Brings the files of its volumes up to date, if it has been prepared. */
  CompletionStage<Boolean> refreshFiles() {
    return config
        .fetch(volumeConfigs())
        .thenCompose(
            read ->
                step(
                    () -> {
                      if (sandbox.isPresent() && !removed) {
                        makeFiles();
                      }
                      return true;
                    }));
  }

  PodSizes sizes() {
    return sizes;
  }

  /**
   * Brings the containers that run to the sizes that are assigned now.
   *
   * @return what went wrong, by container
   */
  CompletionStage<Map<String, String>> resize() {
    return step(() -> removed ? Map.of() : resizeNow());
  }

  /** The pod's own limit is off meanwhile: it must at no moment be below its containers'. */
  private Map<String, String> resizeNow() {
    AssignedPod pod = assigned;
    Optional<ContainerSpec.Limits> whole = PodLimits.of(pod.spec());
    whole.ifPresent(l -> machine.runtime().limitSandbox(pod.uid(), ContainerSpec.Limits.NONE));
    try {
      return sizes.apply(pod.spec(), this::held);
    } finally {
      whole.ifPresent(limits -> machine.runtime().limitSandbox(pod.uid(), limits));
    }
  }

  boolean hasLimitedVolumes() {
    return PodVolumes.hasLimits(assigned.spec());
  }

  /** Which volume takes more of the disk than it may. Beside the pod's steps: it may take long. */
  CompletionStage<Optional<String>> excess() {
    return machine.blocking(() -> volumes.excess(assigned.spec()));
  }

  private void makeFiles() {
    AssignedPod pod = assigned;
    PodFields fields =
        new PodFields(pod, machine.settings().info().name(), "", machine.settings().info().ip());
    volumes.makeFiles(
        pod.spec(),
        files ->
            ConfigFiles.of(files, fields, config.values(), machine.settings().info().capacity()));
  }

  private Sandbox prepareNow() {
    refuseIfFenced();
    AssignedPod pod = assigned;
    volumes.make(pod.spec());
    makeFiles();
    Optional<Sandbox> found = machine.runtime().sandbox(pod.uid());
    sandbox = Optional.of(found.orElseGet(() -> machine.runtime().createSandbox(sandboxSpec(pod))));
    PodLimits.of(pod.spec()).ifPresent(l -> machine.runtime().limitSandbox(pod.uid(), l));
    return sandbox.get();
  }

  /** The credentials that the pod brings for its images; a secret that is missing gives none. */
  CompletionStage<List<PullSecret>> pullSecrets() {
    Set<ObjectKey> keys = ConfigReferences.ofImages(assigned.name().namespace(), assigned.spec());
    if (keys.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    return config
        .fetch(keys)
        .thenApply(
            values ->
                keys.stream()
                    .flatMap(key -> values.secret(key).stream())
                    .flatMap(secret -> PullSecret.of(secret).stream())
                    .toList());
  }

  private SandboxSpec sandboxSpec(AssignedPod pod) {
    List<Image> present =
        Stream.concat(pod.spec().initContainers().stream(), pod.spec().containers().stream())
            .flatMap(c -> machine.runtime().images().find(c.image()).stream())
            .toList();
    return PodIsolations.sandbox(pod, machine.runtime().ownUsersObstacle(), present)
        .with(hostPorts(pod))
        .by(config.values().handler(pod.spec()));
  }

  private static List<SandboxSpec.HostPort> hostPorts(AssignedPod pod) {
    return pod.spec().containers().stream()
        .flatMap(container -> container.ports().stream())
        .filter(port -> port.hostPort() > 0)
        .map(p -> new SandboxSpec.HostPort(p.hostPort(), p.containerPort(), p.protocol()))
        .distinct()
        .toList();
  }

  /**
   * Starts a container, or finds that this attempt was started already.
   *
   * @return fails with {@link SandboxLost}, {@link ConfigFault} or the runtime's fault
   */
  CompletionStage<Held> start(PodContainer container, int attempt, Image image) {
    return config
        .fetch(ConfigReferences.ofContainer(assigned.name().namespace(), container))
        .thenCompose(read -> step(() -> startNow(container, attempt, image)));
  }

  /** Removes all of the pod; idempotent. */
  CompletionStage<Boolean> remove() {
    return step(
        () -> {
          machine.runtime().removeSandbox(assigned.uid());
          volumes.remove();
          removed = true;
          held.clear();
          return true;
        });
  }

  private Held startNow(PodContainer container, int attempt, Image image) {
    refuseIfFenced();
    Held before = held.get(container.name());
    if (before != null && before.current().attempt() >= attempt) {
      return before;
    }
    Sandbox in = presentSandbox();
    PodContainer sized = asAssigned(container);
    Container made = machine.runtime().start(spec(in, sized, attempt, image, variables(in, sized)));
    sizes.started(sized);
    Held now =
        new Held(made, image.digest(), false, Optional.ofNullable(before).map(PodWork::ended));
    held.put(container.name(), now);
    machine.killIfFenced(made);
    if (before != null) {
      removeEnded(before.current());
    }
    return now;
  }

  /**
   * What the container's start has the kernel do; starts nothing, and tells no variable's value.
   *
   * @return fails as {@link #start}
   */
  CompletionStage<LaunchPlan> describe(PodContainer container, int attempt) {
    return config
        .fetch(ConfigReferences.ofContainer(assigned.name().namespace(), container))
        .thenCompose(read -> machine.blocking(() -> describeNow(container, attempt)));
  }

  private LaunchPlan describeNow(PodContainer container, int attempt) {
    Sandbox in = sandbox.orElseThrow(() -> new SandboxLost(assigned.uid()));
    Image image =
        machine
            .runtime()
            .images()
            .find(container.image())
            .orElseThrow(
                () ->
                    new ConfigFault(
                        ConfigFault.CONFIG,
                        "image \"" + container.image() + "\" is not on this machine yet"));
    Map<String, String> env = LaunchDescription.withoutValues(variables(in, container));
    return machine.runtime().describeLaunch(spec(in, container, attempt, image, env));
  }

  private Map<String, String> variables(Sandbox in, PodContainer container) {
    return Variables.of(
        fields(in), container, config.values(), machine.settings().info().capacity());
  }

  private ContainerSpec spec(
      Sandbox in, PodContainer container, int attempt, Image image, Map<String, String> env) {
    List<ContainerSpec.VolumeMount> mounts = volumes.mounts(assigned.spec(), container);
    return ContainerSpecs.build(fields(in), container, attempt, image, env, mounts)
        .with(machine.isolations().container(assigned.spec(), container));
  }

  /** Its size may have changed since its actor was made. */
  private PodContainer asAssigned(PodContainer container) {
    return assigned.spec().containers().stream()
        .filter(c -> c.name().equals(container.name()))
        .findFirst()
        .map(c -> container.withResources(c.requests(), c.limits()))
        .orElse(container);
  }

  private Sandbox presentSandbox() {
    Optional<Sandbox> present = machine.runtime().sandbox(assigned.uid());
    sandbox = present;
    return present.orElseThrow(() -> new SandboxLost(assigned.uid()));
  }

  private PodFields fields(Sandbox in) {
    return new PodFields(
        assigned, machine.settings().info().name(), in.ip(), machine.settings().info().ip());
  }

  private void refuseIfFenced() {
    if (machine.isFenced()) {
      throw new IllegalStateException("the node has lost its cluster and starts nothing");
    }
  }

  private void adopt(Recovered recovered) {
    sandbox = Optional.of(recovered.sandbox());
    List<Container> oldestFirst =
        recovered.containers().stream().sorted(Comparator.comparing(Container::attempt)).toList();
    for (Container container : oldestFirst) {
      Held before = held.get(container.name());
      held.put(
          container.name(),
          new Held(container, "", true, Optional.ofNullable(before).map(PodWork::ended)));
      if (before != null) {
        // The process died between the new start and this.
        machine.blocking(
            () -> {
              removeEnded(before.current());
              return true;
            });
      }
    }
  }

  /** What the reference means now; it may have been another image at the start. */
  private String imageId(String name) {
    return Stream.concat(
            assigned.spec().initContainers().stream(), assigned.spec().containers().stream())
        .filter(c -> c.name().equals(name))
        .findFirst()
        .flatMap(c -> machine.runtime().images().find(c.image()))
        .map(Image::digest)
        .orElse("");
  }

  private static Ended ended(Held held) {
    Container container = held.current();
    ExitStatus exit =
        container
            .exit()
            .toCompletableFuture()
            .exceptionally(e -> unknownExit())
            .getNow(unknownExit());
    return new Ended(container.attempt(), container.startedAt(), exit, container.logFile());
  }

  static ExitStatus unknownExit() {
    return new ExitStatus(255, 0, false, Instant.now());
  }

  private static void removeEnded(Container container) {
    try {
      container.remove();
    } catch (RuntimeException e) {
      // Goes with the sandbox at the latest.
      LOG.warn("can't remove ended container {}: {}", container.id(), e.toString());
    }
  }

  private synchronized <T> CompletionStage<T> step(Callable<T> call) {
    CompletionStage<T> result =
        lastStep.handle((done, failed) -> null).thenCompose(x -> machine.blocking(call));
    lastStep = result;
    return result;
  }
}
