package io.hawser.scheduler;

import java.time.Duration;
import java.time.Instant;

/** Spreads a scheduler's own moves evenly over the minute. Belongs to one actor. */
final class Rebalancing {
  private final int movesPerMinute;
  private Instant next = Instant.MIN;

  /**
   * @param movesPerMinute 0: none
   */
  Rebalancing(int movesPerMinute) {
    this.movesPerMinute = movesPerMinute;
  }

  /** Whether one move may be begun now; then the next may not for a while. */
  boolean isDue(Instant now) {
    if (movesPerMinute == 0 || now.isBefore(next)) {
      return false;
    }
    next = now.plus(Duration.ofMinutes(1).dividedBy(movesPerMinute));
    return true;
  }
}
