package io.hawser.scheduler.core.placement;

import io.hawser.model.PlacementHints;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.NodeOperator;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.Toleration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a pod needs of a node, worked out once for all pods that ask for the same.
 *
 * @param architectures that its images are for, as far as is known; empty: nothing is known
 * @param volumeNodes where its volumes are; empty: anywhere
 */
public record Ask(
    Footprint footprint,
    Map<String, String> nodeSelector,
    List<Toleration> tolerations,
    Optional<String> nodeName,
    Scheduling.NodeAffinity nodeAffinity,
    List<Scheduling.SpreadConstraint> spread,
    boolean mayPreempt,
    PlacementHints hints,
    Optional<Set<String>> architectures,
    Optional<Set<String>> volumeNodes) {

  /**
   * @param known the architectures of images
   */
  static Ask of(
      Pod pod,
      int priority,
      boolean mayPreempt,
      Map<String, Set<String>> known,
      Optional<Set<String>> volumeNodes) {
    PlacementHints hints = PlacementHints.of(pod.meta().annotations());
    Scheduling scheduling = pod.spec().scheduling();
    return new Ask(
        Footprint.of(pod, priority, hints),
        pod.spec().nodeSelector(),
        pod.spec().tolerations(),
        pod.spec().nodeName(),
        scheduling.nodeAffinity(),
        scheduling.topologySpread(),
        mayPreempt,
        hints,
        hints.architectures().isEmpty()
            ? architectures(pod.spec(), known)
            : Optional.of(hints.architectures()),
        volumeNodes);
  }

  /** Those that all of its images are for. */
  private static Optional<Set<String>> architectures(PodSpec spec, Map<String, Set<String>> known) {
    if (known.isEmpty()) {
      return Optional.empty();
    }
    return Stream.concat(spec.initContainers().stream(), spec.containers().stream())
        .map(c -> known.get(c.image()))
        .filter(Objects::nonNull)
        .reduce((a, b) -> a.stream().filter(b::contains).collect(Collectors.toSet()));
  }

  /**
   * The only nodes that can come into question, when the pod names them; only these are looked at,
   * as for a pod of a daemon set.
   */
  Optional<Set<String>> pinned() {
    if (nodeName.isPresent()) {
      return nodeName.map(Set::of);
    }
    if (nodeAffinity.required().isEmpty()) {
      return Optional.empty();
    }
    Set<String> names = new TreeSet<>();
    for (NodeTerm term : nodeAffinity.required()) {
      Optional<List<String>> named =
          term.fields().stream()
              .filter(f -> f.operator() == NodeOperator.IN)
              .map(Scheduling.NodeRequirement::values)
              .findFirst();
      if (named.isEmpty()) {
        return Optional.empty();
      }
      names.addAll(named.get());
    }
    return Optional.of(names);
  }
}
