package io.hawser.ops.local;

import io.hawser.ops.client.CommandFailure;
import java.time.Duration;

/** A bound for waiting, asked between looks. */
public final class Deadline {
  private static final long PAUSE_MILLIS = 200;

  private final long seconds;
  private final long pauseMillis;
  private final long end;

  private Deadline(long seconds, long pauseMillis) {
    this.seconds = seconds;
    this.pauseMillis = pauseMillis;
    this.end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
  }

  public static Deadline seconds(long seconds) {
    return seconds(seconds, PAUSE_MILLIS);
  }

  public static Deadline seconds(long seconds, long pauseMillis) {
    return new Deadline(seconds, pauseMillis);
  }

  public long seconds() {
    return seconds;
  }

  /** Waits a little; false: the time is up. */
  public boolean pause() {
    if (System.nanoTime() >= end) {
      return false;
    }
    try {
      Thread.sleep(pauseMillis);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    }
  }
}
