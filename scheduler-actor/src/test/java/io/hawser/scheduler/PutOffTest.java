package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.ObjectKey;
import io.hawser.scheduler.core.Decision;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PutOffTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final ObjectKey WEB = new ObjectKey("Deployment", "default", "web");
  private static final ObjectKey SEED = new ObjectKey("Job", "default", "seed");

  private final PutOff putOff = new PutOff();

  @Test
  void ticksOfALongRolloutStartNoSecondChainOfMessages() {
    assertThat(putOff.add(leaving(WEB))).as("the request sends the message").isTrue();
    assertThat(putOff.add(leaving(WEB))).as("a tick before it comes").isFalse();
    assertThat(putOff.add(leaving(SEED))).as("a tick that leaves other work").isFalse();

    assertThat(putOff.take(NOW, 1).putOff()).containsExactlyInAnyOrder(WEB, SEED);
    assertThat(putOff.add(leaving(WEB))).as("what went on leaves more").isTrue();
  }

  @Test
  void aDecisionThatLeavesNothingSendsNothing() {
    assertThat(putOff.add(leaving())).isFalse();
    assertThat(putOff.isEmpty()).isTrue();
  }

  private static Decision leaving(ObjectKey... owners) {
    return new Decision(List.of(), Optional.empty(), Set.of(owners));
  }
}
