package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Places pods one after another on the nodes of one state. Each chosen node's room is taken off at
 * once, so a round never promises the same room twice.
 *
 * <p>Pods of one template are placed together: the nodes are filtered and scored once for all of
 * them, and each pod then costs the logarithm of the number of nodes.
 */
public final class PlacementRound {
  /** Where a pod goes, or why nowhere: exactly one is meaningful. */
  public sealed interface Verdict {}

  public record Fits(String node) implements Verdict {}

  public record FitsNowhere(String summary) implements Verdict {}

  private record Ranked(Candidate candidate, Score score) implements Comparable<Ranked> {
    @Override
    public int compareTo(Ranked other) {
      return score.compareTo(other.score);
    }
  }

  private final ClusterState state;
  private final List<Candidate> candidates;

  public PlacementRound(ClusterState state) {
    this.state = state;
    this.candidates = new ArrayList<>(state.nodes().size());
    for (Node node : state.nodes().values()) {
      candidates.add(new Candidate(node, state.loadOf(node.name())));
    }
  }

  /**
   * Places so many pods that ask for the same.
   *
   * @return one verdict per pod, in order
   */
  public List<Verdict> place(Ask ask, int count) {
    Map<String, Integer> siblings = siblings(ask);
    PriorityQueue<Ranked> queue = rank(ask, siblings);
    List<Verdict> verdicts = new ArrayList<>(count);
    FitsNowhere nowhere = null;
    for (int i = 0; i < count; i++) {
      Ranked best = queue.poll();
      if (best == null) {
        nowhere = nowhere == null ? explain(ask) : nowhere;
        verdicts.add(nowhere);
        continue;
      }
      Candidate chosen = best.candidate();
      chosen.take(ask);
      verdicts.add(new Fits(chosen.name()));
      int there = siblings.merge(chosen.name(), 1, Integer::sum);
      if (Filters.unfit(chosen, ask).isEmpty()) {
        queue.add(new Ranked(chosen, Score.of(chosen, ask, there)));
      }
    }
    return verdicts;
  }

  /** The reasons of every node, for a pod like this one. */
  public Map<String, List<Unfit>> reasons(Ask ask) {
    Map<String, List<Unfit>> byNode = new TreeMap<>();
    for (Candidate candidate : candidates) {
      byNode.put(candidate.name(), Filters.unfit(candidate, ask));
    }
    return byNode;
  }

  private FitsNowhere explain(Ask ask) {
    return new FitsNowhere(Unfit.summary(reasons(ask)));
  }

  private PriorityQueue<Ranked> rank(Ask ask, Map<String, Integer> siblings) {
    List<Ranked> fitting = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (Filters.unfit(candidate, ask).isEmpty()) {
        int there = siblings.getOrDefault(candidate.name(), 0);
        fitting.add(new Ranked(candidate, Score.of(candidate, ask, there)));
      }
    }
    return new PriorityQueue<>(fitting);
  }

  /** Pods on their way out don't count: their place is to be taken again. */
  private Map<String, Integer> siblings(Ask ask) {
    Map<String, Integer> perNode = new HashMap<>();
    if (ask.deployment().isEmpty()) {
      return perNode;
    }
    ObjectName deployment = ask.deployment().get();
    for (Pod pod : state.podsOf(deployment)) {
      boolean counts = pod.isActive() && !pod.isDeleting() && pod.nodeName().isPresent();
      if (counts && pod.owner().get().templateHash().equals(ask.templateHash())) {
        perNode.merge(pod.nodeName().get(), 1, Integer::sum);
      }
    }
    return perNode;
  }
}
