package io.hawser.examples.placement;

import io.hawser.scheduler.spi.NodeFacts;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PodFacts;
import java.util.Optional;

/** Nodes with a label {@code team} take only pods with the same one. */
public final class SameTeam implements PlacementFilter {
  @Override
  public String name() {
    return "same-team";
  }

  @Override
  public Optional<String> refusal(PodFacts pod, NodeFacts node) {
    String team = node.node().meta().labels().get("team");
    return team == null || team.equals(pod.labels().get("team"))
        ? Optional.empty()
        : Optional.of("belonged to team " + team);
  }
}
