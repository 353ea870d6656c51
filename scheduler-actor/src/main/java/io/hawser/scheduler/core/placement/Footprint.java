package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.NodeLoad;
import io.hawser.model.PlacementHints;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Scheduling.PodAffinity;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a pod is to its node and to other pods' placement once it is there. Pods with equal ones are
 * counted together.
 *
 * @param owner whose pods are to be spread, with the revision: only pods of the same one are kept
 *     apart, so that a rollout ends as evenly spread as a first start
 * @param hostPorts written {@code TCP/80}
 * @param near terms that draw other pods here
 * @param away terms that keep other pods off
 */
public record Footprint(
    String namespace,
    Map<String, String> labels,
    Optional<OwnerKey> owner,
    ResourceAmounts requests,
    Set<String> hostPorts,
    PodAffinity near,
    PodAffinity away,
    int priority,
    Set<String> images,
    Optional<PlacementHints.Gang> gang) {

  /** One revision of one owner. */
  public record OwnerKey(String namespace, Pod.Owner owner) {}

  static Footprint of(Pod pod, int priority, PlacementHints hints) {
    return new Footprint(
        pod.meta().namespace(),
        pod.meta().labels(),
        pod.owner().map(owner -> new OwnerKey(pod.meta().namespace(), owner)),
        pod.spec().effectiveRequests(),
        NodeLoad.hostPortsOf(pod.spec()),
        pod.spec().scheduling().podAffinity(),
        pod.spec().scheduling().podAntiAffinity(),
        priority,
        pod.spec().containers().stream().map(PodContainer::image).collect(Collectors.toSet()),
        hints.gang());
  }

  /** True when it draws or repels pods other than by the room it takes. */
  boolean isSocial() {
    return !near.isEmpty() || !away.isEmpty();
  }
}
