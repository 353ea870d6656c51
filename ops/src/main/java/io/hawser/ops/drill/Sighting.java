package io.hawser.ops.drill;

import java.util.List;
import java.util.Map;

/**
 * What matters to a drill of the cluster at one moment, wherever it was seen: in a replica's state
 * or through a gateway.
 *
 * @param nodeLost the cluster has given the faulted node up
 * @param groups by name: what replaces its own pods, such as a deployment {@code default/web}
 */
public record Sighting(boolean nodeLost, Map<String, Group> groups) {
  public Sighting {
    groups = Map.copyOf(groups);
  }

  /**
   * @param wanted how many pods the group should have
   * @param pods those that it has and that are not being deleted
   */
  public record Group(int wanted, List<PodSeen> pods) {
    public Group {
      pods = List.copyOf(pods);
    }
  }

  /**
   * @param node where it was placed; empty while it waits
   */
  public record PodSeen(String name, String node, boolean ready) {}
}
