package io.hawser.node;

import io.hawser.model.RestartTuning;
import java.time.Duration;
import java.util.Map;

/**
 * How long a container that ended waits for its next start, by default as in Kubernetes: the first
 * restart is immediate, the second comes after 10 s, each further one after twice the time up to
 * 300 s. A run of ten minutes begins anew. A pod's annotations may say otherwise.
 *
 * @param next the wait after the next end
 */
record RestartBackoff(Duration next, RestartTuning tuning) {
  static final RestartBackoff NONE = new RestartBackoff(Duration.ZERO, RestartTuning.DEFAULT);

  static RestartBackoff of(Map<String, String> annotations) {
    return new RestartBackoff(Duration.ZERO, RestartTuning.of(annotations));
  }

  /** The state after so many restarts in a row, for a container adopted with its attempt number. */
  RestartBackoff afterRestarts(int restarts) {
    RestartBackoff backoff = this;
    for (int i = 0; i < restarts && !backoff.next.equals(tuning.max()); i++) {
      backoff = backoff.grown();
    }
    return backoff;
  }

  /** What to do at the end of a run. */
  record Step(Duration delay, RestartBackoff then) {}

  /**
   * @param ran how long the container ran before it ended
   */
  Step ended(Duration ran) {
    boolean anew = ran.compareTo(tuning.resetAfter()) >= 0;
    RestartBackoff from = anew ? new RestartBackoff(Duration.ZERO, tuning) : this;
    return new Step(from.next, from.grown());
  }

  private RestartBackoff grown() {
    if (next.isZero()) {
      return new RestartBackoff(tuning.first(), tuning);
    }
    Duration doubled = next.multipliedBy(2);
    return new RestartBackoff(doubled.compareTo(tuning.max()) > 0 ? tuning.max() : doubled, tuning);
  }
}
