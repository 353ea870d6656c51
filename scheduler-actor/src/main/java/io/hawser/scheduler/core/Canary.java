package io.hawser.scheduler.core;

import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.RolloutHints;
import io.hawser.scheduler.core.placement.DropLine;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A rollout in steps, by annotations of the deployment: so many new pods must have been available
 * for a while before there are more. Where it is follows from the pods alone.
 *
 * @param steps how many new pods, in rising order
 * @param seconds how long a step's pods must have been available
 */
record Canary(List<Amount> steps, long seconds) {
  static Optional<Canary> of(Deployment deployment) {
    return RolloutHints.of(deployment.meta().annotations())
        .canary()
        .map(wanted -> new Canary(wanted.steps(), wanted.seconds()));
  }

  /** How many new pods there may be now, at most the desired number. */
  int allowed(DropLine fresh, int desired, Instant now) {
    int proven = fresh.available(now.minusSeconds(seconds));
    for (Amount step : steps) {
      int pods = Math.min(desired, Math.max(1, step.of(desired, true)));
      if (proven < pods) {
        return pods;
      }
    }
    return desired;
  }

  /** A new pod that crashed has failed the step it was made in. */
  static boolean hasFailed(DropLine fresh, boolean anyFinished) {
    return anyFinished || fresh.restarted() > 0;
  }
}
