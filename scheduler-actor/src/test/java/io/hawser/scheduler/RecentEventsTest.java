package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ConfigMap;
import io.hawser.model.ObjectMeta;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RecentEventsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final int RING = RecentEvents.RING_EVENTS;

  private final RecentEvents recent = new RecentEvents(0);

  @Test
  void withoutAHoldTheLastOnesAreKept() {
    add(3 * RING);

    assertThat(recent.covers(2 * RING - 1)).isFalse();
    assertThat(names(recent.after(3 * RING - 2)))
        .containsExactly("e" + (3 * RING - 1), e(3 * RING));
  }

  @Test
  void whatFollowsAHeldRevisionStaysInOrder() {
    add(RING + 5);
    recent.hold(OptionalLong.of(RING));
    add(5 * RING);

    assertThat(recent.covers(RING)).isTrue();
    List<String> names = names(recent.after(RING));
    assertThat(names).hasSize(5 * RING + 5).startsWith(e(RING + 1)).endsWith(e(6 * RING + 5));
    assertThat(names).isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
  }

  @Test
  void whatNobodyHoldsAnyMoreGoes() {
    recent.hold(OptionalLong.of(0));
    add(4 * RING);
    recent.hold(OptionalLong.empty());

    assertThat(recent.covers(3 * RING)).isTrue();
    assertThat(recent.covers(3 * RING - 1)).isFalse();
    assertThat(names(recent.after(3 * RING))).hasSize(RING).startsWith(e(3 * RING + 1));
  }

  @Test
  void noMoreThanTheLimitIsHeld() {
    recent.hold(OptionalLong.of(0));
    add(RecentEvents.MAX_HELD_EVENTS);
    assertThat(recent.covers(0)).isTrue();

    add(1);

    assertThat(recent.covers(0)).isFalse();
    assertThat(recent.covers(1)).isTrue();
  }

  @Test
  void longEventsAreFewer() {
    int chars = 1 << 20;
    int fitting = (int) (RecentEvents.RING_CHARS / (chars + 200));
    for (int i = 0; i < 2 * fitting; i++) {
      recent.add(changed(chars));
    }
    assertThat(recent.covers(2L * fitting - fitting)).isTrue();
    assertThat(recent.covers(2L * fitting - fitting - 2)).isFalse();
    assertThat(recent.after(2L * fitting - 1)).hasSize(1);

    recent.hold(OptionalLong.of(2L * fitting));
    for (int i = 0; i < 2 * fitting; i++) {
      recent.add(changed(chars));
    }
    assertThat(recent.after(2L * fitting)).as("held").hasSize(2 * fitting);
    recent.hold(OptionalLong.empty());
    assertThat(recent.covers(2L * fitting)).isFalse();
    add(RING);
    assertThat(names(recent.after(4L * fitting))).hasSize(RING);
  }

  private static SchedulerEvent changed(int chars) {
    ObjectMeta meta = new ObjectMeta("default", "m", "", 0, 0, NOW, Map.of(), Map.of());
    return new SchedulerEvent.ObjectChanged(
        new ConfigMap(meta, Map.of("data", "x".repeat(chars)), Map.of(), false), NOW);
  }

  private void add(int count) {
    for (int i = 0; i < count; i++) {
      recent.add(new SchedulerEvent.NodeRemoved(e(recent.revision() + 1), NOW));
    }
  }

  private static String e(long revision) {
    return "e" + revision;
  }

  private static int number(String name) {
    return Integer.parseInt(name.substring(1));
  }

  private static List<String> names(List<SchedulerEvent> events) {
    return events.stream().map(e -> ((SchedulerEvent.NodeRemoved) e).name()).toList();
  }
}
