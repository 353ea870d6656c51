package io.hawser.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod shares with its machine, and its containers with each other; the parts of Kubernetes'
 * {@code PodSpec} and {@code PodSecurityContext} that few pods set.
 *
 * @param hostUsers false: root inside is nobody outside; empty: so where the pod allows it
 * @param shareProcesses true: the containers see each other's processes
 * @param fsGroup owns the pod's volumes, and every process is a member
 * @param sysctls of the pod's network and ipc namespaces
 */
public record PodIsolation(
    Optional<Boolean> hostUsers,
    boolean hostPid,
    boolean hostIpc,
    boolean shareProcesses,
    Optional<Long> fsGroup,
    List<Long> supplementalGroups,
    Map<String, String> sysctls) {
  public static final PodIsolation DEFAULT =
      new PodIsolation(
          Optional.empty(), false, false, false, Optional.empty(), List.of(), Map.of());

  public PodIsolation {
    supplementalGroups = List.copyOf(supplementalGroups);
    sysctls = Map.copyOf(sysctls);
  }
}
