package io.hawser.scheduler.core.placement;

import io.hawser.model.PlacementHints.Policy;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
import java.util.List;

/**
 * What a cluster's operator chose; the same on every controller.
 *
 * @param policy of pods that name none
 */
public record PlacementSettings(
    Policy policy, List<PlacementFilter> filters, List<PlacementScorer> scorers) {
  public static final PlacementSettings DEFAULT =
      new PlacementSettings(Policy.SPREAD, List.of(), List.of());

  public PlacementSettings {
    filters = List.copyOf(filters);
    scorers = List.copyOf(scorers);
  }
}
