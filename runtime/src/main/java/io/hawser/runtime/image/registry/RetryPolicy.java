package io.hawser.runtime.image.registry;

import java.time.Duration;

/**
 * How often and how slowly something is tried again.
 *
 * @param attempts in all, the first one included
 * @param firstPause doubled each time
 * @param longestPause bound of every pause, also of one that the registry asks for
 */
public record RetryPolicy(int attempts, Duration firstPause, Duration longestPause) {
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(5, Duration.ofMillis(500), Duration.ofSeconds(30));

  /**
   * @param attempt 1 after the first failure
   * @param asked what the registry said in {@code Retry-After}, or zero
   */
  Duration pause(int attempt, Duration asked) {
    Duration grown = firstPause.multipliedBy(1L << Math.min(attempt - 1, 16));
    Duration pause = grown.compareTo(asked) > 0 ? grown : asked;
    return pause.compareTo(longestPause) > 0 ? longestPause : pause;
  }
}
