package io.hawser.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod consists of and where it may run; Kubernetes' {@code core/v1 PodSpec}.
 *
 * @param nodeName set by the user: bypasses the scheduler's choice, not its capacity check
 * @param scheduling null, as written by earlier versions, counts as {@link Scheduling#NONE}
 * @param imagePullSecrets names of secrets of the pod's namespace with credentials for registries;
 *     null counts as none
 * @param runtimeClassName the {@link RuntimeClass} that says who runs its containers; null counts
 *     as none
 * @param overhead what that class needs beside the containers, as it was when the pod was admitted;
 *     null counts as none
 */
public record PodSpec(
    List<PodContainer> initContainers,
    List<PodContainer> containers,
    List<Volume> volumes,
    RestartPolicy restartPolicy,
    long terminationGracePeriodSeconds,
    Map<String, String> nodeSelector,
    List<Toleration> tolerations,
    Optional<String> nodeName,
    Optional<String> hostname,
    boolean hostNetwork,
    PodContainer.SecurityContext securityContext,
    PodIsolation isolation,
    Scheduling scheduling,
    List<String> imagePullSecrets,
    Optional<String> runtimeClassName,
    Optional<ResourceAmounts> overhead) {

  public static final long DEFAULT_GRACE_SECONDS = 30;

  public PodSpec {
    initContainers = List.copyOf(initContainers);
    containers = List.copyOf(containers);
    volumes = List.copyOf(volumes);
    nodeSelector = Map.copyOf(nodeSelector);
    tolerations = List.copyOf(tolerations);
    isolation = isolation == null ? PodIsolation.DEFAULT : isolation;
    scheduling = scheduling == null ? Scheduling.NONE : scheduling;
    imagePullSecrets = imagePullSecrets == null ? List.of() : List.copyOf(imagePullSecrets);
    runtimeClassName = runtimeClassName == null ? Optional.empty() : runtimeClassName;
    overhead = overhead == null ? Optional.empty() : overhead;
  }

  /** Without a runtime class. */
  public PodSpec(
      List<PodContainer> initContainers,
      List<PodContainer> containers,
      List<Volume> volumes,
      RestartPolicy restartPolicy,
      long terminationGracePeriodSeconds,
      Map<String, String> nodeSelector,
      List<Toleration> tolerations,
      Optional<String> nodeName,
      Optional<String> hostname,
      boolean hostNetwork,
      PodContainer.SecurityContext securityContext,
      PodIsolation isolation,
      Scheduling scheduling,
      List<String> imagePullSecrets) {
    this(
        initContainers,
        containers,
        volumes,
        restartPolicy,
        terminationGracePeriodSeconds,
        nodeSelector,
        tolerations,
        nodeName,
        hostname,
        hostNetwork,
        securityContext,
        isolation,
        scheduling,
        imagePullSecrets,
        Optional.empty(),
        Optional.empty());
  }

  /** Without credentials for registries. */
  public PodSpec(
      List<PodContainer> initContainers,
      List<PodContainer> containers,
      List<Volume> volumes,
      RestartPolicy restartPolicy,
      long terminationGracePeriodSeconds,
      Map<String, String> nodeSelector,
      List<Toleration> tolerations,
      Optional<String> nodeName,
      Optional<String> hostname,
      boolean hostNetwork,
      PodContainer.SecurityContext securityContext,
      PodIsolation isolation,
      Scheduling scheduling) {
    this(
        initContainers,
        containers,
        volumes,
        restartPolicy,
        terminationGracePeriodSeconds,
        nodeSelector,
        tolerations,
        nodeName,
        hostname,
        hostNetwork,
        securityContext,
        isolation,
        scheduling,
        List.of());
  }

  /** With the default isolation and no wishes for its node. */
  public PodSpec(
      List<PodContainer> initContainers,
      List<PodContainer> containers,
      List<Volume> volumes,
      RestartPolicy restartPolicy,
      long terminationGracePeriodSeconds,
      Map<String, String> nodeSelector,
      List<Toleration> tolerations,
      Optional<String> nodeName,
      Optional<String> hostname,
      boolean hostNetwork,
      PodContainer.SecurityContext securityContext) {
    this(
        initContainers,
        containers,
        volumes,
        restartPolicy,
        terminationGracePeriodSeconds,
        nodeSelector,
        tolerations,
        nodeName,
        hostname,
        hostNetwork,
        securityContext,
        PodIsolation.DEFAULT,
        Scheduling.NONE);
  }

  /** The same with another say in where it runs. */
  public PodSpec withScheduling(Scheduling newScheduling) {
    return with(containers, nodeName, hostname, newScheduling);
  }

  /** On a certain node, with a host name of its own where given. */
  public PodSpec placedBy(Optional<String> node, Optional<String> newHostname) {
    return with(containers, node.or(() -> nodeName), newHostname.or(() -> hostname), scheduling);
  }

  /** The same pod with containers of other sizes; those that are not named stay as they are. */
  public PodSpec resized(List<ContainerSize> sizes) {
    return withContainers(
        containers.stream()
            .map(
                c ->
                    sizes.stream()
                        .filter(s -> s.name().equals(c.name()))
                        .findFirst()
                        .map(s -> c.withResources(s.requests(), s.limits()))
                        .orElse(c))
            .toList());
  }

  /** The same with more volumes, in place of others of their names. */
  public PodSpec withVolumes(List<Volume> more) {
    if (more.isEmpty()) {
      return this;
    }
    List<Volume> all = new ArrayList<>(volumes);
    all.removeIf(old -> more.stream().anyMatch(v -> v.name().equals(old.name())));
    all.addAll(more);
    return new PodSpec(
        initContainers,
        containers,
        all,
        restartPolicy,
        terminationGracePeriodSeconds,
        nodeSelector,
        tolerations,
        nodeName,
        hostname,
        hostNetwork,
        securityContext,
        isolation,
        scheduling,
        imagePullSecrets,
        runtimeClassName,
        overhead);
  }

  public PodSpec withContainers(List<PodContainer> newContainers) {
    return with(newContainers, nodeName, hostname, scheduling);
  }

  /** The same for a node that need not be named. */
  public PodSpec withoutNodeName() {
    return with(containers, Optional.empty(), hostname, scheduling);
  }

  private PodSpec with(
      List<PodContainer> newContainers,
      Optional<String> newNode,
      Optional<String> newHostname,
      Scheduling newScheduling) {
    return new PodSpec(
        initContainers,
        newContainers,
        volumes,
        restartPolicy,
        terminationGracePeriodSeconds,
        nodeSelector,
        tolerations,
        newNode,
        newHostname,
        hostNetwork,
        securityContext,
        isolation,
        newScheduling,
        imagePullSecrets,
        runtimeClassName,
        overhead);
  }

  /**
   * The same with what a runtime class asks of nodes and needs on them. Once more changes nothing.
   */
  public PodSpec in(RuntimeClass runtime) {
    Map<String, String> selector = new HashMap<>(nodeSelector);
    selector.putAll(runtime.nodeSelector());
    List<Toleration> all = new ArrayList<>(tolerations);
    runtime.tolerations().stream().filter(t -> !all.contains(t)).forEach(all::add);
    return within(
        selector,
        all,
        runtimeClassName,
        Optional.of(runtime.overhead()).filter(o -> !o.equals(ResourceAmounts.NONE)));
  }

  /** The same with the runtime class of this name. */
  public PodSpec withRuntimeClass(String name) {
    return within(nodeSelector, tolerations, Optional.of(name), overhead);
  }

  private PodSpec within(
      Map<String, String> selector,
      List<Toleration> newTolerations,
      Optional<String> runtime,
      Optional<ResourceAmounts> newOverhead) {
    return new PodSpec(
        initContainers,
        containers,
        volumes,
        restartPolicy,
        terminationGracePeriodSeconds,
        selector,
        newTolerations,
        nodeName,
        hostname,
        hostNetwork,
        securityContext,
        isolation,
        scheduling,
        imagePullSecrets,
        runtime,
        newOverhead);
  }

  /** What happens when a container ends. */
  public enum RestartPolicy {
    ALWAYS,
    ON_FAILURE,
    NEVER
  }

  /** Exactly one kind is present. */
  public record Volume(
      String name,
      Optional<EmptyDir> emptyDir,
      Optional<HostPath> hostPath,
      Optional<ConfigSource.FileVolume> files,
      Optional<ClaimSource> claim) {
    /** An old journal has neither of the last two. */
    public Volume {
      files = files == null ? Optional.empty() : files;
      claim = claim == null ? Optional.empty() : claim;
    }

    public Volume(String name, Optional<EmptyDir> emptyDir, Optional<HostPath> hostPath) {
      this(name, emptyDir, hostPath, Optional.empty());
    }

    public Volume(
        String name,
        Optional<EmptyDir> emptyDir,
        Optional<HostPath> hostPath,
        Optional<ConfigSource.FileVolume> files) {
      this(name, emptyDir, hostPath, files, Optional.empty());
    }

    /** What a {@link PersistentVolumeClaim} is bound to. */
    public static Volume of(String name, ClaimSource claim) {
      return new Volume(
          name, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(claim));
    }
  }

  /**
   * An empty directory that lives as long as the pod.
   *
   * @param medium empty: disk; {@code Memory}: tmpfs
   * @param sizeLimitBytes 0: none
   */
  public record EmptyDir(String medium, long sizeLimitBytes) {}

  /**
   * A {@link PersistentVolumeClaim} of the pod's namespace.
   *
   * @param readOnly in every container, whatever their mounts say
   */
  public record ClaimSource(String claimName, boolean readOnly) {}

  /** Names of the claims among the volumes, each once, in their order. */
  public List<String> claimNames() {
    List<String> names = List.of();
    for (Volume volume : volumes) {
      if (volume.claim().isPresent()) {
        names = names.isEmpty() ? new ArrayList<>(1) : names;
        String name = volume.claim().get().claimName();
        if (!names.contains(name)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /** A path of the machine. */
  public record HostPath(String path, String type) {}

  /** Sum over the containers, or the largest init container where that is more; and overhead. */
  public ResourceAmounts effectiveRequests() {
    ResourceAmounts sum = ResourceAmounts.NONE;
    for (PodContainer container : containers) {
      sum = sum.plus(container.effectiveRequests());
    }
    for (PodContainer init : initContainers) {
      ResourceAmounts r = init.effectiveRequests();
      sum =
          new ResourceAmounts(
              Math.max(sum.cpuMillis(), r.cpuMillis()),
              Math.max(sum.memoryBytes(), r.memoryBytes()),
              Math.max(sum.ephemeralStorageBytes(), r.ephemeralStorageBytes()),
              sum.extended());
    }
    return overhead.map(sum::plus).orElse(sum);
  }
}
