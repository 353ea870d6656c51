package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Pod;
import java.util.Optional;

/** Where the replacement of a pod would go that stays until the replacement serves. */
public final class Elsewhere {
  private Elsewhere() {}

  /**
   * The best node for another pod of its kind while it is leaving; the pod's own when it has room
   * for both and is the best one.
   *
   * @param pod has a node and is not leaving yet
   * @return empty: nowhere without stopping another pod
   */
  public static Optional<String> of(PlacementMemory memory, ClusterState state, Pod pod) {
    Fleet fleet = memory.at(state);
    Ask ask = memory.recognition().ask(pod);
    if (ask.footprint().gang().isPresent()) {
      return Optional.empty();
    }
    PodKind kind = fleet.kind(ask.footprint());
    int from = fleet.table().rowFor(pod.nodeName().orElseThrow());
    // Taken before released: a kind without pods would be forgotten.
    fleet.take(from, kind, true);
    fleet.release(from, kind, false);
    int row = fleet.shortlist(ask).best();
    Optional<String> node =
        row == Shortlist.NOWHERE ? Optional.empty() : Optional.of(fleet.table().node(row).name());
    fleet.take(from, kind, false);
    fleet.release(from, kind, true);
    return node;
  }
}
