package io.hawser.node;

import java.time.Duration;

/**
 * How long a container that ended waits for its next start, as in Kubernetes: the first restart is
 * immediate, the second comes after 10 s, each further one after twice the time up to 300 s. A run
 * of ten minutes begins anew.
 *
 * @param next the wait after the next end
 */
record RestartBackoff(Duration next) {
  static final Duration FIRST = Duration.ofSeconds(10);
  static final Duration MAX = Duration.ofSeconds(300);
  static final Duration RESET_AFTER = Duration.ofMinutes(10);

  static final RestartBackoff NONE = new RestartBackoff(Duration.ZERO);

  /** The state after so many restarts in a row, for a container adopted with its attempt number. */
  static RestartBackoff afterRestarts(int restarts) {
    RestartBackoff backoff = NONE;
    for (int i = 0; i < restarts && !backoff.next.equals(MAX); i++) {
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
    RestartBackoff from = ran.compareTo(RESET_AFTER) >= 0 ? NONE : this;
    return new Step(from.next, from.grown());
  }

  private RestartBackoff grown() {
    if (next.isZero()) {
      return new RestartBackoff(FIRST);
    }
    Duration doubled = next.multipliedBy(2);
    return new RestartBackoff(doubled.compareTo(MAX) > 0 ? MAX : doubled);
  }
}
