package io.hawser.node;

import java.time.Duration;
import java.util.Map;

/**
 * How long a container that ended waits for its next start, by default as in Kubernetes: the first
 * restart is immediate, the second comes after 10 s, each further one after twice the time up to
 * 300 s. A run of ten minutes begins anew. A pod's annotations may say otherwise.
 *
 * @param next the wait after the next end
 */
record RestartBackoff(Duration next, Tuning tuning) {
  static final Duration FIRST = Duration.ofSeconds(10);
  static final Duration MAX = Duration.ofSeconds(300);
  static final Duration RESET_AFTER = Duration.ofMinutes(10);

  static final RestartBackoff NONE = new RestartBackoff(Duration.ZERO, Tuning.DEFAULT);

  /** The numbers of one pod, in whole seconds from 1 to a day. */
  record Tuning(Duration first, Duration max, Duration resetAfter) {
    static final Tuning DEFAULT = new Tuning(FIRST, MAX, RESET_AFTER);
    private static final String PREFIX = "hawser.io/restart-backoff-";
    private static final long MAX_SECONDS = 24 * 3600;

    /** What can't be read is the default. */
    static Tuning of(Map<String, String> annotations) {
      Duration first = seconds(annotations, "first-seconds", FIRST);
      Duration max = seconds(annotations, "max-seconds", MAX);
      return new Tuning(
          first,
          max.compareTo(first) < 0 ? first : max,
          seconds(annotations, "reset-seconds", RESET_AFTER));
    }

    private static Duration seconds(
        Map<String, String> annotations, String name, Duration otherwise) {
      String text = annotations.getOrDefault(PREFIX + name, "");
      long seconds = text.matches("\\d{1,6}") ? Long.parseLong(text) : 0;
      return seconds >= 1 && seconds <= MAX_SECONDS ? Duration.ofSeconds(seconds) : otherwise;
    }
  }

  static RestartBackoff of(Map<String, String> annotations) {
    return new RestartBackoff(Duration.ZERO, Tuning.of(annotations));
  }

  /** The state after so many restarts in a row, for a container adopted with its attempt number. */
  RestartBackoff afterRestarts(int restarts) {
    RestartBackoff backoff = this;
    for (int i = 0; i < restarts && !backoff.next.equals(tuning.max); i++) {
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
    boolean anew = ran.compareTo(tuning.resetAfter) >= 0;
    RestartBackoff from = anew ? new RestartBackoff(Duration.ZERO, tuning) : this;
    return new Step(from.next, from.grown());
  }

  private RestartBackoff grown() {
    if (next.isZero()) {
      return new RestartBackoff(tuning.first, tuning);
    }
    Duration doubled = next.multipliedBy(2);
    return new RestartBackoff(doubled.compareTo(tuning.max) > 0 ? tuning.max : doubled, tuning);
  }
}
