package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ObjectName;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.RuntimeClass;
import java.util.Map;
import java.util.Optional;

/**
 * What a new pod's runtime class says; Kubernetes' admission plugin of that name. A pod keeps what
 * the class said when it was admitted.
 */
final class RuntimeClasses {
  private RuntimeClasses() {}

  /** With what its class adds; one that is refused stays as it was given. */
  static PodSpec admitted(ClusterState state, PodSpec given) {
    return of(state, given)
        .filter(found -> refusal(state, given).isEmpty())
        .map(given::in)
        .orElse(given);
  }

  private static Optional<RuntimeClass> of(ClusterState state, PodSpec spec) {
    return spec.runtimeClassName()
        .flatMap(name -> state.objects().find(RuntimeClass.class, new ObjectName("", name)));
  }

  /**
   * Why the pod can't be in its class.
   *
   * @param spec as it was given, or with what its class adds
   */
  static Optional<String> refusal(ClusterState state, PodSpec spec) {
    if (spec.runtimeClassName().isEmpty()) {
      return spec.overhead().isPresent()
          ? Optional.of("spec.overhead is set, but spec.runtimeClassName is not")
          : Optional.empty();
    }
    Optional<RuntimeClass> found = of(state, spec);
    if (found.isEmpty()) {
      return Optional.of(
          "pod rejected: RuntimeClass \"" + spec.runtimeClassName().get() + "\" not found");
    }
    RuntimeClass runtime = found.get();
    ResourceAmounts given = spec.overhead().orElse(runtime.overhead());
    if (!given.equals(runtime.overhead())) {
      return Optional.of(
          "spec.overhead does not match the overhead of RuntimeClass \""
              + runtime.meta().name()
              + "\"");
    }
    return runtime.nodeSelector().entrySet().stream()
        .filter(
            e -> !spec.nodeSelector().getOrDefault(e.getKey(), e.getValue()).equals(e.getValue()))
        .findFirst()
        .map(e -> conflict(e, spec.nodeSelector().get(e.getKey())));
  }

  private static String conflict(Map.Entry<String, String> wanted, String own) {
    return "conflict: runtimeClass.scheduling.nodeSelector[%s] = %s; pod.spec.nodeSelector[%s] = %s"
        .formatted(wanted.getKey(), wanted.getValue(), wanted.getKey(), own);
  }
}
