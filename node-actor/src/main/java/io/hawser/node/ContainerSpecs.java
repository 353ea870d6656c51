package io.hawser.node;

import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.SecurityContext;
import io.hawser.model.ResourceAmounts;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ImageStore.Image;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** From a pod's spec to what the runtime is asked to start. */
final class ContainerSpecs {
  private ContainerSpecs() {}

  /**
   * @param image what the store has under the container's reference
   * @param mounts the container's volumes, resolved
   * @param env the container's variables
   * @throws ConfigFault when the spec can't be fulfilled; its message is for the pod's status
   */
  static ContainerSpec build(
      PodFields fields,
      PodContainer container,
      int attempt,
      Image image,
      Map<String, String> env,
      List<ContainerSpec.VolumeMount> mounts) {
    SecurityContext security =
        merged(container.securityContext(), fields.pod().spec().securityContext());
    refuseRoot(security, container, image);
    return new ContainerSpec(
            id(fields.pod().uid(), container.name(), attempt),
            fields.pod().uid(),
            container.name(),
            attempt,
            container.image(),
            expandAll(container.command(), env),
            expandAll(container.args(), env),
            env,
            container.workingDir(),
            limits(container),
            security(security),
            mounts,
            container.tty())
        .with(stdin(container));
  }

  private static ContainerSpec.Stdin stdin(PodContainer container) {
    if (!container.stdin()) {
      return ContainerSpec.Stdin.NONE;
    }
    return container.stdinOnce() ? ContainerSpec.Stdin.ONCE : ContainerSpec.Stdin.OPEN;
  }

  static String id(String podUid, String name, int attempt) {
    return podUid + "." + name + "." + attempt;
  }

  private static List<String> expandAll(List<String> words, Map<String, String> env) {
    return words.stream().map(w -> EnvExpansion.expand(w, env)).toList();
  }

  static ContainerSpec.Limits limits(PodContainer container) {
    return new ContainerSpec.Limits(
        container.effectiveRequests().cpuMillis(),
        container.limits().cpuMillis(),
        container.limits().memoryBytes(),
        container
            .limits()
            .extended()
            .getOrDefault(ResourceAmounts.PIDS, NodeLimits.CONTAINER_PIDS));
  }

  /** The container's own word wins over the pod's. */
  private static SecurityContext merged(SecurityContext own, SecurityContext pod) {
    return new SecurityContext(
        own.runAsUser().or(pod::runAsUser),
        own.runAsGroup().or(pod::runAsGroup),
        own.runAsNonRoot().or(pod::runAsNonRoot),
        own.readOnlyRootFilesystem().or(pod::readOnlyRootFilesystem),
        own.allowPrivilegeEscalation().or(pod::allowPrivilegeEscalation),
        own.addCapabilities(),
        own.dropCapabilities());
  }

  private static ContainerSpec.Security security(SecurityContext security) {
    return new ContainerSpec.Security(
        security.runAsUser(),
        security.runAsGroup(),
        security.readOnlyRootFilesystem().orElse(false),
        security.allowPrivilegeEscalation().orElse(false),
        security.addCapabilities(),
        security.dropCapabilities());
  }

  /** Kubernetes' {@code runAsNonRoot}: a user that is, or may be, root is refused. */
  private static void refuseRoot(SecurityContext security, PodContainer container, Image image) {
    if (!security.runAsNonRoot().orElse(false)) {
      return;
    }
    if (security.runAsUser().isPresent()) {
      if (security.runAsUser().get() == 0) {
        throw root(container, "runAsUser is 0");
      }
      return;
    }
    String user = Stream.of(image.config().user().split(":", 2)).findFirst().orElse("");
    if (user.isEmpty() || user.equals("root") || user.equals("0")) {
      throw root(container, "image \"" + container.image() + "\" runs as root");
    }
    if (!user.chars().allMatch(Character::isDigit)) {
      throw root(
          container,
          "the image's user \"" + user + "\" is a name, which may be root: give runAsUser");
    }
    if (Long.parseLong(user) == 0) {
      throw root(container, "image \"" + container.image() + "\" runs as root");
    }
  }

  private static ConfigFault root(PodContainer container, String why) {
    return new ConfigFault(
        ConfigFault.CONFIG, "container " + container.name() + " has runAsNonRoot, but " + why);
  }
}
