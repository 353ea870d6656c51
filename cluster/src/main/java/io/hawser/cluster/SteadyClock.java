package io.hawser.cluster;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;

/**
 * The time by which a scheduler and a node reckon waits: begins with the machine's clock, then runs
 * as the monotonic one does and only drifts towards the machine's. When that is set by an hour, no
 * deadline comes early or late by more than a tenth of its length.
 */
public final class SteadyClock extends Clock {
  /** So much of the time that passed may be taken or given to come nearer to the machine's. */
  private static final long DRIFT = 10;

  private final Clock machine;
  private final LongSupplier monotonicNanos;
  private Instant now;
  private long readAt;

  /** Over this machine's clocks. */
  public SteadyClock() {
    this(Clock.systemUTC(), System::nanoTime);
  }

  SteadyClock(Clock machine, LongSupplier monotonicNanos) {
    this.machine = machine;
    this.monotonicNanos = monotonicNanos;
    this.now = machine.instant();
    this.readAt = monotonicNanos.getAsLong();
  }

  @Override
  public synchronized Instant instant() {
    long nanos = monotonicNanos.getAsLong();
    Duration passed = Duration.ofNanos(Math.max(0, nanos - readAt));
    readAt = nanos;
    Duration off = Duration.between(now.plus(passed), machine.instant());
    Duration most = passed.dividedBy(DRIFT);
    Duration step = off.compareTo(most) > 0 ? most : off;
    step = step.compareTo(most.negated()) < 0 ? most.negated() : step;
    now = now.plus(passed).plus(step);
    return now;
  }

  @Override
  public ZoneId getZone() {
    return machine.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return new SteadyClock(machine.withZone(zone), monotonicNanos);
  }
}
