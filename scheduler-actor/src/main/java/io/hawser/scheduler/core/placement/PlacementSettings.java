package io.hawser.scheduler.core.placement;

import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.model.PlacementHints.Policy;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
import java.util.List;

/**
 * What a cluster's operator chose; the same on every controller.
 *
 * @param policy of pods that name none
 * @param workloads kinds from jars, whose pods are placed like all others
 */
public record PlacementSettings(
    Policy policy,
    List<PlacementFilter> filters,
    List<PlacementScorer> scorers,
    List<WorkloadKind> workloads) {
  public static final PlacementSettings DEFAULT =
      new PlacementSettings(Policy.SPREAD, List.of(), List.of());

  public PlacementSettings {
    filters = List.copyOf(filters);
    scorers = List.copyOf(scorers);
    workloads = List.copyOf(workloads);
  }

  public PlacementSettings(
      Policy policy, List<PlacementFilter> filters, List<PlacementScorer> scorers) {
    this(policy, filters, scorers, List.of());
  }
}
