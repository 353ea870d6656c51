package io.hawser.cluster.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Set;
import org.apache.pekko.actor.Address;
import org.junit.jupiter.api.Test;

class RecognitionTest {
  private static final Address SELF = new Address("pekko", "hawser", "127.0.0.1", 1);
  private static final Address OTHER = new Address("pekko", "hawser", "127.0.0.1", 2);
  private static final Address THIRD = new Address("pekko", "hawser", "127.0.0.1", 3);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Recognition recognition = new Recognition();

  private boolean isUnknown(Set<Address> others, Set<Address> seenBy, long second) {
    return recognition.isUnknown(others, seenBy, false, START.plusSeconds(second));
  }

  @Test
  void memberThatNobodySeesForTwentySecondsIsUnknown() {
    assertThat(isUnknown(Set.of(OTHER, THIRD), Set.of(SELF), 0)).isFalse();
    assertThat(isUnknown(Set.of(OTHER, THIRD), Set.of(SELF), 19)).isFalse();
    assertThat(isUnknown(Set.of(OTHER, THIRD), Set.of(SELF), 20)).isTrue();
  }

  @Test
  void oneThatSeesItIsEnough() {
    isUnknown(Set.of(OTHER, THIRD), Set.of(SELF), 0);
    assertThat(isUnknown(Set.of(OTHER, THIRD), Set.of(SELF, THIRD), 15)).isFalse();
    assertThat(isUnknown(Set.of(OTHER, THIRD), Set.of(SELF), 30)).isFalse();
    assertThat(isUnknown(Set.of(OTHER, THIRD), Set.of(SELF), 50)).isTrue();
  }

  @Test
  void clusterWithoutTheJournalsMajorityIsLeftWhileTheJournalLives() {
    assertThat(recognition.isUnknown(Set.of(), Set.of(SELF), true, START)).isFalse();
    assertThat(recognition.isUnknown(Set.of(), Set.of(SELF), true, START.plusSeconds(20))).isTrue();
    assertThat(recognition.isUnknown(Set.of(), Set.of(SELF), false, START.plusSeconds(21)))
        .isFalse();
  }

  @Test
  void oneThatIsAloneOrCutOffIsTheResolversAffair() {
    isUnknown(Set.of(), Set.of(SELF), 0);
    assertThat(isUnknown(Set.of(), Set.of(SELF), 100)).isFalse();
    assertThat(isUnknown(Set.of(OTHER), Set.of(SELF, THIRD), 100)).isFalse();
  }
}
