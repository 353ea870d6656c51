package io.hawser.cluster.membership;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.pekko.event.EventStream;
import org.apache.pekko.remote.FailureDetector;

/**
 * A fixed deadline after the last heartbeat, as Pekko's {@code DeadlineFailureDetector}, and a
 * longer one while a member has just begun: a JVM that loads and compiles half its code stands
 * still for seconds where several start on few cores. Settings of {@code
 * pekko.cluster.failure-detector}: {@code heartbeat-interval}, {@code acceptable-heartbeat-pause},
 * {@code start}, {@code start-pause}.
 */
public final class StartTolerantDetector implements FailureDetector {
  private final LongSupplier clock;
  private final long interval;
  private final long pause;
  private final long start;
  private final long startPause;
  private boolean monitoring;
  private long first;
  private long last;

  /** As Pekko makes it, by name. */
  public StartTolerantDetector(Config config, EventStream unused) {
    this(config, System::nanoTime);
  }

  StartTolerantDetector(Config config, LongSupplier clock) {
    this.clock = clock;
    this.interval = nanos(config, "heartbeat-interval");
    this.pause = nanos(config, "acceptable-heartbeat-pause");
    this.start = nanos(config, "start");
    this.startPause = nanos(config, "start-pause");
  }

  private static long nanos(Config config, String path) {
    Duration duration = config.getDuration(path);
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(path + " must be more than 0, not " + duration);
    }
    return duration.toNanos();
  }

  @Override
  public synchronized boolean isAvailable() {
    return !monitoring || clock.getAsLong() - last <= interval + allowed();
  }

  /** By when it was last heard, not by now: one that dies as it begins is not waited for twice. */
  private long allowed() {
    return last - first < start ? startPause : pause;
  }

  @Override
  public synchronized boolean isMonitoring() {
    return monitoring;
  }

  @Override
  public synchronized void heartbeat() {
    last = clock.getAsLong();
    if (!monitoring) {
      monitoring = true;
      first = last;
    }
  }
}
