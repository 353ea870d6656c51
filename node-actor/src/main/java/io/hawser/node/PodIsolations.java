package io.hawser.node;

import io.hawser.model.AssignedPod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.SecurityContext;
import io.hawser.model.PodIsolation;
import io.hawser.model.PodSpec;
import io.hawser.model.QosClass;
import io.hawser.runtime.ImageStore.Image;
import io.hawser.runtime.Isolation;
import io.hawser.runtime.Isolation.Seccomp;
import io.hawser.runtime.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** From a pod's spec to how the runtime isolates it. Reads the node's seccomp profiles. */
final class PodIsolations {
  /** Profiles are some ten kilobytes; a larger file is a mistake. */
  private static final long MAX_PROFILE_BYTES = 1 << 20;

  private static final int OOM_GUARANTEED = -997;
  private static final int OOM_BEST_EFFORT = 1000;

  private final Path seccompDirectory;
  private final long machineMemoryBytes;

  /**
   * @param seccompDirectory where profiles of type Localhost are
   */
  PodIsolations(Path seccompDirectory, long machineMemoryBytes) {
    this.seccompDirectory = seccompDirectory;
    this.machineMemoryBytes = machineMemoryBytes;
  }

  /**
   * @param obstacle why this machine has no user namespaces for pods
   * @param images those of the pod that are on the machine already
   * @throws ConfigFault when the pod demands one all the same
   */
  static SandboxSpec sandbox(AssignedPod pod, Optional<String> obstacle, List<Image> images) {
    PodIsolation isolation = pod.spec().isolation();
    boolean ownUsers = isolation.hostUsers().map(host -> !host).orElse(false);
    if (ownUsers && obstacle.isPresent()) {
      throw new ConfigFault(
          ConfigFault.CONFIG, "hostUsers is false, but on this machine " + obstacle.get());
    }
    ownUsers =
        ownUsers
            || obstacle.isEmpty()
                && pod.spec().runtimeClassName().isEmpty() // those have no say in it
                && UserNamespaceRule.allows(pod.spec())
                && images.stream().allMatch(UserNamespaceRule::allows);
    SandboxSpec.Pids pids =
        isolation.hostPid()
            ? SandboxSpec.Pids.MACHINE
            : isolation.shareProcesses() ? SandboxSpec.Pids.POD : SandboxSpec.Pids.CONTAINER;
    return new SandboxSpec(
        pod.uid(),
        PodFields.hostname(pod),
        pod.spec().hostNetwork(),
        new SandboxSpec.Sharing(ownUsers, isolation.hostIpc(), pids, isolation.sysctls()));
  }

  /**
   * @throws ConfigFault for a seccomp profile that is not on this node
   */
  Isolation container(PodSpec pod, PodContainer container) {
    SecurityContext own = container.securityContext();
    PodIsolation isolation = pod.isolation();
    List<Long> groups = new ArrayList<>(isolation.supplementalGroups());
    isolation.fsGroup().ifPresent(groups::add);
    Isolation.Rights rights =
        new Isolation.Rights(
            Optional.empty(),
            groups,
            List.of(),
            Optional.of(oomScoreAdj(pod, container)),
            Map.of(),
            Optional.empty());
    return new Isolation(
        own.confinement().privileged().orElse(false),
        seccomp(own, pod.securityContext()),
        rights,
        files(own));
  }

  private static Isolation.Files files(SecurityContext own) {
    if (!own.confinement().procUnmasked()) {
      return Isolation.Files.DEFAULT;
    }
    Isolation.ProtectedPaths none = new Isolation.ProtectedPaths(List.of(), List.of());
    return new Isolation.Files(Optional.empty(), List.of(), List.of(), Optional.of(none));
  }

  /** As the kubelet computes it: what asks for much of the machine is killed late. */
  int oomScoreAdj(PodSpec pod, PodContainer container) {
    return switch (QosClass.of(pod)) {
      case GUARANTEED -> OOM_GUARANTEED;
      case BEST_EFFORT -> OOM_BEST_EFFORT;
      case BURSTABLE -> {
        long requested = container.effectiveRequests().memoryBytes();
        long share = machineMemoryBytes > 0 ? 1000 * requested / machineMemoryBytes : 0;
        yield (int) Math.max(3, Math.min(999, 1000 - share));
      }
    };
  }

  private Seccomp seccomp(SecurityContext own, SecurityContext pod) {
    Optional<PodContainer.Seccomp> wanted =
        own.confinement().seccomp().or(() -> pod.confinement().seccomp());
    if (wanted.isEmpty()) {
      return Seccomp.DEFAULT;
    }
    return switch (wanted.get().kind()) {
      case RUNTIME_DEFAULT -> Seccomp.DEFAULT;
      case UNCONFINED -> Seccomp.UNCONFINED;
      case LOCALHOST -> Seccomp.of(profile(wanted.get().localhostProfile().orElse("")));
    };
  }

  private String profile(String name) {
    Path file = seccompDirectory.resolve(name).normalize();
    String what = "seccomp profile \"" + name + "\"";
    if (!file.startsWith(seccompDirectory) || !Files.isRegularFile(file)) {
      throw new ConfigFault(ConfigFault.CONFIG, what + " is not in " + seccompDirectory);
    }
    try {
      if (Files.size(file) > MAX_PROFILE_BYTES) {
        throw new ConfigFault(
            ConfigFault.CONFIG, what + " is larger than " + MAX_PROFILE_BYTES + " bytes");
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new ConfigFault(ConfigFault.CONFIG, what + " can't be read: " + e.getMessage());
    }
  }
}
