package io.hawser.scheduler.core.placement;

import io.hawser.model.Pod;
import java.util.List;

/** Which pods may be stopped for the sake of others. */
public interface DisruptionBudgets {
  DisruptionBudgets NONE = victims -> true;

  /** Whether all of these may be stopped at once. */
  boolean allow(List<Pod> victims);
}
