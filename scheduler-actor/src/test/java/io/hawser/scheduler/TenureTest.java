package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.SchedulerEvent.SchedulerStarted;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TenureTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private final Tenure tenure = new Tenure();

  @Test
  void aFirstStartIsNeverOver() {
    tenure.finds(started(7, "n2"));

    assertThat(tenure.isOver(7)).isFalse();
  }

  @Test
  void aFailedWriteOfOwnDoesNotEndIt() {
    take(started(1, "n1"));

    assertThat(tenure.isOver(1)).isFalse();
  }

  @Test
  void aTakeOverThatSeemedToFailButIsInTheJournalIsItsOwn() {
    take(started(1, "n1"));
    tenure.tries(started(2, "n1"));
    assertThat(tenure.isOver(1)).as("it did not reach the journal").isFalse();

    tenure.finds(started(2, "n1"));

    assertThat(tenure.isOver(2)).as("it did").isFalse();
  }

  @Test
  void anothersTakeOverEndsItAlsoWithTheSameEpoch() {
    take(started(1, "n1"));
    tenure.tries(started(2, "n1"));
    tenure.finds(started(2, "n2"));

    assertThat(tenure.isOver(2)).isTrue();
  }

  @Test
  void anothersTakeOverBehindASnapshotEndsItToo() {
    take(started(1, "n1"));
    assertThat(tenure.isOver(2)).isTrue();

    tenure.tries(started(2, "n1"));
    assertThat(tenure.isOver(2)).isTrue();
  }

  private void take(SchedulerStarted event) {
    tenure.tries(event);
    tenure.finds(event);
  }

  private static SchedulerStarted started(long epoch, String node) {
    return new SchedulerStarted(epoch, node, NOW);
  }
}
