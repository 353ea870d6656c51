package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.NodeLoad;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import java.util.Optional;
import java.util.Set;

/**
 * What a pod needs of a node, worked out once for all pods of one template.
 *
 * @param hostPorts written {@code TCP/80}
 * @param deployment whose pods are to be spread
 * @param templateHash of the revision; only pods of the same one are kept apart, so that a rollout
 *     ends as evenly spread as a first start
 */
public record Ask(
    PodSpec spec,
    ResourceAmounts requests,
    Set<String> hostPorts,
    Optional<ObjectName> deployment,
    String templateHash) {

  public static Ask of(Pod pod) {
    PodSpec spec = pod.spec();
    return new Ask(
        spec,
        spec.effectiveRequests(),
        NodeLoad.hostPortsOf(spec),
        pod.deployment(),
        pod.owner().map(Pod.Owner::templateHash).orElse(""));
  }
}
