package io.hawser.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private final SetClock machine = new SetClock();
  private long nanos = 5;
  private final SteadyClock clock = new SteadyClock(machine, () -> nanos);

  @Test
  void runsAsTheMachinesClockDoes() {
    pass(Duration.ofSeconds(7));
    assertThat(clock.instant()).isEqualTo(START.plusSeconds(7));
  }

  @Test
  void aClockSetForwardMakesNoDeadlineDue() {
    machine.now = machine.now.plus(Duration.ofHours(1));
    pass(Duration.ofSeconds(10));
    assertThat(clock.instant()).isBetween(START.plusSeconds(10), START.plusSeconds(11));
  }

  @Test
  void aClockSetBackHoldsNoDeadlineUp() {
    machine.now = machine.now.minus(Duration.ofHours(1));
    pass(Duration.ofSeconds(10));
    assertThat(clock.instant()).isBetween(START.plusSeconds(9), START.plusSeconds(10));
  }

  @Test
  void comesToAgreeWithTheMachineAgain() {
    machine.now = machine.now.plusSeconds(60);
    for (int i = 0; i < 700; i++) {
      pass(Duration.ofSeconds(1));
      clock.instant();
    }
    assertThat(clock.instant()).isEqualTo(machine.now);
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
    machine.now = machine.now.plus(time);
  }

  private static final class SetClock extends Clock {
    private Instant now = START;

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
