package io.hawser.scheduler;

import io.hawser.cluster.spi.PluginJars;
import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.model.PlacementHints.Policy;
import io.hawser.scheduler.core.placement.PlacementSettings;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
import java.util.Locale;

/** Finds what others' jars add to the scheduler. */
final class PlacementExtensions {
  private PlacementExtensions() {}

  /**
   * @param policy its name in any case
   * @param directory of jars, besides the class path; empty: none
   * @throws IllegalArgumentException for an unknown policy
   * @throws java.io.UncheckedIOException when the directory can't be read
   */
  static PlacementSettings load(String policy, String directory) {
    PluginJars jars = PluginJars.in(directory);
    return new PlacementSettings(
        Policy.valueOf(policy.toUpperCase(Locale.ROOT)),
        jars.all(PlacementFilter.class, PlacementFilter::name),
        jars.all(PlacementScorer.class, PlacementScorer::name),
        jars.all(WorkloadKind.class, kind -> kind.names().type()));
  }
}
