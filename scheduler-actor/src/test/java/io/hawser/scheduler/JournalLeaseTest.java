package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class JournalLeaseTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private boolean majority = true;
  private final JournalLease lease = new JournalLease(() -> majority, NOON);

  @Test
  void itIsHeldForOneTermAfterTheMajorityWasSeen() {
    assertThat(lease.isHeld(NOON.plusSeconds(100))).isTrue();
    majority = false;
    Instant end = NOON.plusSeconds(100).plus(JournalLease.TERM);
    assertThat(lease.isHeld(end.minusMillis(1))).isTrue();
    assertThat(lease.isHeld(end)).isFalse();
  }

  @Test
  void itComesBackWithTheMajority() {
    majority = false;
    assertThat(lease.isHeld(NOON.plusSeconds(100))).isFalse();
    majority = true;
    assertThat(lease.isHeld(NOON.plusSeconds(101))).isTrue();
  }
}
