package io.hawser.ops.drill;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Deployment;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import io.hawser.ops.drill.Sighting.Group;
import io.hawser.ops.drill.Sighting.PodSeen;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a drill sees in a replica's state. */
final class Sightings {
  /** Pods made by hand: they are lost with their node and nothing replaces them. */
  private static final String NOBODY = "";

  private Sightings() {}

  static Sighting of(ClusterState state, String node) {
    Map<String, Group> groups = new HashMap<>();
    for (Deployment deployment : state.deployments().values()) {
      List<PodSeen> pods =
          state.podsOf(deployment.name()).stream()
              .filter(p -> !p.isDeleting() && p.isActive())
              .map(Sightings::seen)
              .toList();
      groups.put(deployment.name().toString(), new Group(deployment.spec().replicas(), pods));
    }
    List<PodSeen> alone =
        state.podsOn(node).stream()
            .filter(p -> p.owner().isEmpty() && p.isActive())
            .map(Sightings::seen)
            .toList();
    groups.put(NOBODY, new Group(0, alone));
    return new Sighting(state.node(node).filter(Node::isReady).isEmpty(), groups);
  }

  private static PodSeen seen(Pod pod) {
    return new PodSeen(pod.meta().name(), pod.nodeName().orElse(""), pod.status().isReady());
  }
}
