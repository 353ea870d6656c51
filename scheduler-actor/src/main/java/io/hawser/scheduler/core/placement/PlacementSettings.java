package io.hawser.scheduler.core.placement;

import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.model.PlacementHints;
import io.hawser.model.PlacementHints.Policy;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a cluster's operator chose; the same on every controller.
 *
 * @param policy of pods that name none
 * @param weights a part of the score by name, and what it is multiplied with, unless a pod's own
 *     weights say otherwise; of pods that name a policy only those parts that no policy is about
 * @param scorers each a part of the score by its name
 * @param workloads kinds from jars, whose pods are placed like all others
 */
public record PlacementSettings(
    Policy policy,
    Map<String, Integer> weights,
    List<PlacementFilter> filters,
    List<PlacementScorer> scorers,
    List<WorkloadKind> workloads) {
  public static final PlacementSettings DEFAULT =
      new PlacementSettings(Policy.SPREAD, List.of(), List.of());

  public PlacementSettings {
    weights = Map.copyOf(weights);
    filters = List.copyOf(filters);
    scorers = List.copyOf(scorers);
    workloads = List.copyOf(workloads);
    Set<String> unknown = new TreeSet<>(weights.keySet());
    unknown.removeAll(Weights.PARTS);
    scorers.forEach(scorer -> unknown.remove(scorer.name()));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "hawser.scheduler.placement-weights (HAWSER_PLACEMENT_WEIGHTS): the score has no part "
              + unknown);
    }
  }

  public PlacementSettings(
      Policy policy, List<PlacementFilter> filters, List<PlacementScorer> scorers) {
    this(policy, Map.of(), filters, scorers, List.of());
  }

  /**
   * What the cluster and a pod say together: the pod's weights, then the pod's policy, then the
   * cluster's weights, then the cluster's policy.
   */
  Map<String, Integer> factors(PlacementHints hints) {
    Map<String, Integer> factors = new HashMap<>(weights);
    if (hints.policy().isPresent()) {
      factors.keySet().removeAll(Weights.OF_POLICY);
    }
    factors.putAll(hints.weights());
    return factors;
  }
}
