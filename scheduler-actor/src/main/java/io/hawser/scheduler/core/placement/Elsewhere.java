package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Pod;
import java.util.Optional;

/** Where the replacement of a pod would go that stays until the replacement serves. */
public final class Elsewhere {
  private Elsewhere() {}

  /**
   * A node that would be better for a pod, were it placed now.
   *
   * @param gain in points of the score
   */
  public record Better(String node, long gain) {}

  /**
   * Judges as if the pod were not there yet.
   *
   * @param pod has a node and is not leaving
   * @return empty when its own node is the best one, or could not take it now
   */
  public static Optional<Better> better(PlacementMemory memory, ClusterState state, Pod pod) {
    Fleet fleet = memory.at(state);
    Ask ask = memory.recognition().ask(pod);
    int here = fleet.table().rowFor(pod.nodeName().orElseThrow());
    fleet.release(here, fleet.kind(ask.footprint()), false);
    Shortlist shortlist = fleet.shortlist(ask);
    int best = shortlist.best();
    Optional<Better> better = Optional.empty();
    if (best != Shortlist.NOWHERE && best != here && shortlist.reasons(here).isEmpty()) {
      long gain = points(shortlist, best) - points(shortlist, here);
      better = Optional.of(new Better(fleet.table().node(best).name(), gain));
    }
    fleet.take(here, fleet.kind(ask.footprint()), false);
    return better;
  }

  private static long points(Shortlist shortlist, int row) {
    return shortlist.parts(row).values().stream().mapToLong(Long::longValue).sum();
  }

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
