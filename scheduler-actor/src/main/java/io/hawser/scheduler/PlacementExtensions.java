package io.hawser.scheduler;

import io.hawser.cluster.spi.PluginJars;
import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.model.AnnotationProblem;
import io.hawser.model.PlacementHints;
import io.hawser.scheduler.core.placement.PlacementSettings;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
import java.util.Locale;
import java.util.Map;

/** What a cluster's operator chose, and what others' jars add to the scheduler. */
final class PlacementExtensions {
  private static final Map<String, String> SETTINGS =
      Map.of(
          PlacementHints.POLICY,
          "hawser.scheduler.placement (HAWSER_PLACEMENT)",
          PlacementHints.WEIGHTS,
          "hawser.scheduler.placement-weights (HAWSER_PLACEMENT_WEIGHTS)");

  private PlacementExtensions() {}

  /**
   * @param policy its name in any case
   * @param weights such as {@code free=2,image=10}; empty: none
   * @param directory of jars, besides the class path; empty: none
   * @throws IllegalArgumentException for an unknown policy, or weights that make no sense
   * @throws java.io.UncheckedIOException when the directory can't be read
   */
  static PlacementSettings load(String policy, String weights, String directory) {
    Map<String, String> hints =
        Map.of(
            PlacementHints.POLICY,
            policy.toLowerCase(Locale.ROOT),
            PlacementHints.WEIGHTS,
            weights);
    for (AnnotationProblem wrong : PlacementHints.problems(hints)) {
      throw new IllegalArgumentException(
          "%s: %s: %s"
              .formatted(SETTINGS.get(wrong.annotation()), wrong.value(), wrong.expected()));
    }
    PlacementHints read = PlacementHints.of(hints);
    PluginJars jars = PluginJars.in(directory);
    return new PlacementSettings(
        read.policy().orElseThrow(),
        read.weights(),
        jars.all(PlacementFilter.class, PlacementFilter::name),
        jars.all(PlacementScorer.class, PlacementScorer::name),
        jars.all(WorkloadKind.class, kind -> kind.names().type()));
  }
}
