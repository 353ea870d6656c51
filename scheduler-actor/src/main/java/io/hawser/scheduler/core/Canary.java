package io.hawser.scheduler.core;

import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.ArrayList;
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
  /** Such as {@code 1,25%,50%}. */
  static final String STEPS = "hawser.io/canary-steps";

  static final String SECONDS = "hawser.io/canary-step-seconds";
  private static final long DEFAULT_SECONDS = 60;
  private static final String AMOUNT = "\\d{1,6}%?";

  /** Empty when the deployment has none, or something that can't be read. */
  static Optional<Canary> of(Deployment deployment) {
    String text = deployment.meta().annotations().get(STEPS);
    if (text == null) {
      return Optional.empty();
    }
    List<Amount> steps = new ArrayList<>();
    for (String word : text.split(",")) {
      String step = word.strip();
      if (!step.matches(AMOUNT)) {
        return Optional.empty();
      }
      boolean percent = step.endsWith("%");
      int value = Integer.parseInt(percent ? step.substring(0, step.length() - 1) : step);
      steps.add(new Amount(value, percent));
    }
    String seconds = deployment.meta().annotations().getOrDefault(SECONDS, "");
    boolean given = seconds.matches("\\d{1,9}");
    return Optional.of(new Canary(steps, given ? Long.parseLong(seconds) : DEFAULT_SECONDS));
  }

  /** How many new pods there may be now, at most the desired number. */
  int allowed(List<Pod> fresh, int desired, Instant now) {
    long proven =
        fresh.stream()
            .filter(p -> p.status().readySince().isPresent())
            .filter(p -> !p.status().readySince().get().plusSeconds(seconds).isAfter(now))
            .count();
    for (Amount step : steps) {
      int pods = Math.min(desired, Math.max(1, step.of(desired, true)));
      if (proven < pods) {
        return pods;
      }
    }
    return desired;
  }

  /** A new pod that crashed has failed the step it was made in. */
  static boolean hasFailed(List<Pod> fresh, List<Pod> finished) {
    return !finished.isEmpty()
        || fresh.stream()
            .flatMap(p -> p.status().containers().stream())
            .anyMatch(c -> c.restartCount() > 0);
  }
}
