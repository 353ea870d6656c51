package io.hawser.node;

import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.SecurityContext;
import io.hawser.model.PodIsolation;
import io.hawser.model.PodSpec;
import io.hawser.runtime.ImageStore.Image;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whether a pod that does not say gets users of its own: when nothing in its spec means the
 * machine's. See docs/adr/0011-user-namespaces.md.
 */
final class UserNamespaceRule {
  /** Ids from here on are not in a pod's range. */
  private static final long IDS = 65_536;

  /** Rights over what a pod has for itself: network, files, processes. Others mean the machine. */
  private static final Set<String> OF_THE_POD =
      Set.of(
          "AUDIT_WRITE",
          "CHOWN",
          "DAC_OVERRIDE",
          "FOWNER",
          "FSETID",
          "KILL",
          "MKNOD",
          "NET_ADMIN",
          "NET_BIND_SERVICE",
          "NET_RAW",
          "SETFCAP",
          "SETGID",
          "SETPCAP",
          "SETUID",
          "SYS_CHROOT");

  private UserNamespaceRule() {}

  static boolean allows(PodSpec pod) {
    PodIsolation isolation = pod.isolation();
    boolean ofMachine = pod.hostNetwork() || isolation.hostPid() || isolation.hostIpc();
    boolean hostFiles = pod.volumes().stream().anyMatch(v -> v.hostPath().isPresent());
    return isolation.hostUsers().isEmpty()
        && !ofMachine
        && !hostFiles
        && isWithin(isolation.fsGroup())
        && isolation.supplementalGroups().stream().allMatch(id -> id < IDS)
        && fits(pod.securityContext())
        && Stream.concat(pod.initContainers().stream(), pod.containers().stream())
            .map(PodContainer::securityContext)
            .allMatch(UserNamespaceRule::fits);
  }

  /** An image's user that is a name is looked up when the container starts. */
  static boolean allows(Image image) {
    return Stream.of(image.config().user().split(":", 2))
        .filter(id -> id.matches("[0-9]{1,18}"))
        .allMatch(id -> Long.parseLong(id) < IDS);
  }

  private static boolean fits(SecurityContext context) {
    List<String> added = context.addCapabilities();
    return isWithin(context.runAsUser())
        && isWithin(context.runAsGroup())
        && !context.confinement().privileged().orElse(false)
        && OF_THE_POD.containsAll(added.stream().map(n -> n.replaceFirst("^CAP_", "")).toList());
  }

  private static boolean isWithin(Optional<Long> id) {
    return id.orElse(0L) < IDS;
  }
}
