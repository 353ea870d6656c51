package io.hawser.scheduler.core.placement;

import io.hawser.cluster.protocol.SchedulerProtocol.Explained;
import io.hawser.cluster.protocol.SchedulerProtocol.NodeVerdict;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What every node is to a pod: why not, or how good. */
public final class Explanations {
  private Explanations() {}

  /**
   * Judges all nodes for a pod as the scheduler would now. A pod that has its node is judged as if
   * it were not there yet.
   *
   * @return empty for an unknown pod; else the best node first, then those refused
   */
  public static Optional<Explained> of(
      ClusterState state, PlacementSettings settings, ObjectName name, Instant now) {
    Pod pod = state.pods().get(name);
    if (pod == null) {
      return Optional.empty();
    }
    ClusterState without = state.evolve(new SchedulerEvent.PodRemoved(name, "explained", now));
    PlacementMemory memory = new PlacementMemory(settings);
    Fleet fleet = memory.at(without);
    Shortlist shortlist = fleet.shortlist(memory.recognition().ask(pod));
    List<NodeVerdict> verdicts = new ArrayList<>();
    for (Node node : state.nodes().values()) {
      int row = fleet.table().row(node.name());
      List<String> reasons = shortlist.reasons(row).stream().map(Unfit::ofOne).toList();
      Map<String, Long> parts = reasons.isEmpty() ? shortlist.parts(row) : Map.of();
      long score = parts.values().stream().mapToLong(Long::longValue).sum();
      verdicts.add(new NodeVerdict(node.name(), reasons, score, parts));
    }
    verdicts.sort(
        Comparator.comparing((NodeVerdict v) -> !v.reasons().isEmpty())
            .thenComparing(v -> -v.score())
            .thenComparing(NodeVerdict::node));
    return Optional.of(
        new Explained(Optional.empty(), pod.nodeName(), pod.unschedulable(), verdicts));
  }
}
