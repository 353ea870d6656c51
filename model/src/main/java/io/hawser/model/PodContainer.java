package io.hawser.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container as a pod's spec describes it; Kubernetes' {@code core/v1 Container}.
 *
 * @param sidecar an init container that runs beside the others ({@code restartPolicy: Always})
 * @param stdinOnce standard input ends with the first who attaches to it
 */
public record PodContainer(
    String name,
    String image,
    ImagePullPolicy imagePullPolicy,
    List<String> command,
    List<String> args,
    Optional<String> workingDir,
    List<EnvVar> env,
    List<Port> ports,
    ResourceAmounts requests,
    ResourceAmounts limits,
    List<VolumeMount> volumeMounts,
    Optional<Probe> startupProbe,
    Optional<Probe> livenessProbe,
    Optional<Probe> readinessProbe,
    SecurityContext securityContext,
    boolean stdin,
    boolean tty,
    List<ConfigSource.AllKeys> envFrom,
    Lifecycle lifecycle,
    boolean sidecar,
    boolean stdinOnce) {

  public PodContainer {
    command = List.copyOf(command);
    args = List.copyOf(args);
    env = List.copyOf(env);
    ports = List.copyOf(ports);
    volumeMounts = List.copyOf(volumeMounts);
    envFrom = envFrom == null ? List.of() : List.copyOf(envFrom);
    lifecycle = lifecycle == null ? Lifecycle.NONE : lifecycle;
  }

  /** Without variables from elsewhere and hooks. */
  public PodContainer(
      String name,
      String image,
      ImagePullPolicy imagePullPolicy,
      List<String> command,
      List<String> args,
      Optional<String> workingDir,
      List<EnvVar> env,
      List<Port> ports,
      ResourceAmounts requests,
      ResourceAmounts limits,
      List<VolumeMount> volumeMounts,
      Optional<Probe> startupProbe,
      Optional<Probe> livenessProbe,
      Optional<Probe> readinessProbe,
      SecurityContext securityContext,
      boolean stdin,
      boolean tty) {
    this(
        name,
        image,
        imagePullPolicy,
        command,
        args,
        workingDir,
        env,
        ports,
        requests,
        limits,
        volumeMounts,
        startupProbe,
        livenessProbe,
        readinessProbe,
        securityContext,
        stdin,
        tty,
        List.of(),
        Lifecycle.NONE,
        false,
        false);
  }

  /** With one more variable. */
  public PodContainer with(EnvVar variable) {
    List<EnvVar> all = new java.util.ArrayList<>(env);
    all.add(variable);
    return new PodContainer(
        name,
        image,
        imagePullPolicy,
        command,
        args,
        workingDir,
        all,
        ports,
        requests,
        limits,
        volumeMounts,
        startupProbe,
        livenessProbe,
        readinessProbe,
        securityContext,
        stdin,
        tty,
        envFrom,
        lifecycle,
        sidecar,
        stdinOnce);
  }

  /** With other requests and limits. */
  public PodContainer withResources(ResourceAmounts newRequests, ResourceAmounts newLimits) {
    return new PodContainer(
        name,
        image,
        imagePullPolicy,
        command,
        args,
        workingDir,
        env,
        ports,
        newRequests,
        newLimits,
        volumeMounts,
        startupProbe,
        livenessProbe,
        readinessProbe,
        securityContext,
        stdin,
        tty,
        envFrom,
        lifecycle,
        sidecar,
        stdinOnce);
  }

  /** When an image is fetched. */
  public enum ImagePullPolicy {
    ALWAYS,
    IF_NOT_PRESENT,
    NEVER
  }

  /**
   * One environment variable.
   *
   * @param value may contain {@code $(OTHER)} references
   * @param fieldPath a field of the pod instead of a value: {@code metadata.name}, {@code
   *     metadata.namespace}, {@code metadata.uid}, {@code spec.nodeName}, {@code status.podIP},
   *     {@code status.hostIP}, a label or an annotation
   */
  public record EnvVar(
      String name,
      Optional<String> value,
      Optional<String> fieldPath,
      Optional<ConfigSource.KeyRef> keyRef,
      Optional<ConfigSource.ResourceRef> resourceRef) {
    public EnvVar {
      keyRef = keyRef == null ? Optional.empty() : keyRef;
      resourceRef = resourceRef == null ? Optional.empty() : resourceRef;
    }

    public EnvVar(String name, Optional<String> value, Optional<String> fieldPath) {
      this(name, value, fieldPath, Optional.empty(), Optional.empty());
    }
  }

  /**
   * A port the container listens on.
   *
   * @param name empty when it has none
   * @param hostPort 0 when none
   * @param protocol TCP, UDP or SCTP
   */
  public record Port(String name, int containerPort, int hostPort, String protocol) {}

  /**
   * A volume of the pod at a path of the container.
   *
   * @param propagation empty: none
   */
  public record VolumeMount(
      String name,
      String mountPath,
      boolean readOnly,
      Optional<String> subPath,
      Optional<MountPropagation> propagation) {
    public VolumeMount {
      propagation = propagation == null ? Optional.empty() : propagation;
    }

    public VolumeMount(String name, String mountPath, boolean readOnly, Optional<String> subPath) {
      this(name, mountPath, readOnly, subPath, Optional.empty());
    }
  }

  /** Whether later mounts below a volume are seen on the other side. */
  public enum MountPropagation {
    HOST_TO_CONTAINER,
    BIDIRECTIONAL
  }

  /**
   * What the container's processes may do; empty fields fall back to the pod's, then the image's.
   */
  public record SecurityContext(
      Optional<Long> runAsUser,
      Optional<Long> runAsGroup,
      Optional<Boolean> runAsNonRoot,
      Optional<Boolean> readOnlyRootFilesystem,
      Optional<Boolean> allowPrivilegeEscalation,
      List<String> addCapabilities,
      List<String> dropCapabilities,
      Confinement confinement) {
    public static final SecurityContext DEFAULT =
        new SecurityContext(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of());

    public SecurityContext {
      addCapabilities = List.copyOf(addCapabilities);
      dropCapabilities = List.copyOf(dropCapabilities);
      confinement = confinement == null ? Confinement.DEFAULT : confinement;
    }

    public SecurityContext(
        Optional<Long> runAsUser,
        Optional<Long> runAsGroup,
        Optional<Boolean> runAsNonRoot,
        Optional<Boolean> readOnlyRootFilesystem,
        Optional<Boolean> allowPrivilegeEscalation,
        List<String> addCapabilities,
        List<String> dropCapabilities) {
      this(
          runAsUser,
          runAsGroup,
          runAsNonRoot,
          readOnlyRootFilesystem,
          allowPrivilegeEscalation,
          addCapabilities,
          dropCapabilities,
          Confinement.DEFAULT);
    }
  }

  /**
   * @param procUnmasked true: all of /proc as the kernel shows it; only in a user namespace
   */
  public record Confinement(
      Optional<Boolean> privileged, Optional<Seccomp> seccomp, boolean procUnmasked) {
    public static final Confinement DEFAULT =
        new Confinement(Optional.empty(), Optional.empty(), false);
  }

  /**
   * Which system call filter.
   *
   * @param localhostProfile with {@link SeccompKind#LOCALHOST}: a file in the node's seccomp
   *     directory
   */
  public record Seccomp(SeccompKind kind, Optional<String> localhostProfile) {}

  /** Where a system call filter comes from. */
  public enum SeccompKind {
    RUNTIME_DEFAULT,
    UNCONFINED,
    LOCALHOST
  }

  /** The requests the scheduler counts: a request not given equals its limit, as in Kubernetes. */
  public ResourceAmounts effectiveRequests() {
    return new ResourceAmounts(
        requests.cpuMillis() > 0 ? requests.cpuMillis() : limits.cpuMillis(),
        requests.memoryBytes() > 0 ? requests.memoryBytes() : limits.memoryBytes(),
        requests.ephemeralStorageBytes() > 0
            ? requests.ephemeralStorageBytes()
            : limits.ephemeralStorageBytes(),
        limits.extended().isEmpty() ? requests.extended() : merged());
  }

  private Map<String, Long> merged() {
    Map<String, Long> all = new java.util.HashMap<>(limits.extended());
    all.putAll(requests.extended());
    return all;
  }
}
