package io.hawser.scheduler.core.placement;

import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.PlacementRound.Fits;
import io.hawser.scheduler.core.placement.PlacementRound.FitsNowhere;
import io.hawser.scheduler.core.placement.PlacementRound.Preempts;
import io.hawser.scheduler.core.placement.PlacementRound.Verdict;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Placement by itself, without a cluster's state around it: for traces, simulations and
 * measurements. Decides just as the scheduler does. Not for several threads.
 */
public final class Placer {
  private final Recognition recognition = new Recognition(pod -> Optional.empty());
  private final Map<String, Map<ObjectName, Pod>> pods = new HashMap<>();
  private final Fleet fleet;

  public Placer(PlacementSettings settings) {
    this.fleet = new Fleet(settings);
  }

  /** A node is there, or has changed. */
  public void put(Node node) {
    fleet.table().put(node);
  }

  /** A node and what ran on it are gone. */
  public void lose(String node) {
    List.copyOf(pods.getOrDefault(node, Map.of()).values()).forEach(pod -> remove(pod, node));
    fleet.table().remove(node);
  }

  /**
   * Places a pod and takes the room; or says why not; or says who would have to go first, and
   * changes nothing.
   */
  public Verdict place(Pod pod) {
    Ask ask = recognition.ask(pod);
    int row = fleet.shortlist(ask).best();
    if (row != Shortlist.NOWHERE) {
      fleet.take(row, fleet.kind(ask.footprint()), false);
      String node = fleet.table().node(row).name();
      pods.computeIfAbsent(node, n -> new LinkedHashMap<>()).put(pod.name(), pod);
      return new Fits(node);
    }
    Optional<Preemption.Choice> choice =
        new Preemption(fleet, this::podsOn, recognition, DisruptionBudgets.NONE).choose(ask);
    String summary = Unfit.summary(fleet.shortlist(ask).refusals(), fleet.table().size());
    return choice
        .<Verdict>map(c -> new Preempts(fleet.table().node(c.row()).name(), c.victims(), summary))
        .orElseGet(() -> new FitsNowhere(summary));
  }

  /** Takes a placed pod off its node. */
  public void remove(Pod pod, String node) {
    if (pods.getOrDefault(node, Map.of()).remove(pod.name()) != null) {
      Footprint footprint = recognition.ask(pod).footprint();
      fleet.release(fleet.table().row(node), fleet.kind(footprint), false);
    }
  }

  private Collection<Pod> podsOn(String node) {
    return pods.getOrDefault(node, Map.of()).values();
  }
}
