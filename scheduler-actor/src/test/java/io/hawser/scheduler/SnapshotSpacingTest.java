package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.EventText;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ConfigMap;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.Samples;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotSpacingTest {
  private final SnapshotSpacing spacing = new SnapshotSpacing(100);

  @Test
  void aSmallStateIsStoredAfterTheLeastNumberOfEvents() {
    ClusterState state = ClusterState.EMPTY;
    for (int i = 0; i < 110; i++) {
      state = state.evolve(nothingMore());
    }

    assertThat(spacing.isDue(state, 11, 0)).isFalse();
    assertThat(spacing.isDue(state, 10, 0)).isTrue();
  }

  @Test
  void aLargeStateIsStoredAfterAQuarterAsManyEventsAsItHasPods() {
    assertThat(spacing.events(pods(400))).isEqualTo(100);
    assertThat(spacing.events(pods(800))).isEqualTo(200);
  }

  @Test
  void longObjectsAreStoredAfterFewerEvents() {
    ConfigMap map =
        new ConfigMap(meta("big"), Map.of("data", "x".repeat(1 << 20)), Map.of(), false);
    SchedulerEvent event = new SchedulerEvent.ObjectCreated(map, Instant.EPOCH);
    ClusterState one = ClusterState.EMPTY.evolve(event);
    long each = EventText.chars(event);

    assertThat(spacing.isDue(one, 0, each)).isFalse();
    assertThat(spacing.isDue(one, 0, 2 * each)).isTrue();
    assertThat(EventText.chars(nothingMore())).isZero();
  }

  @Test
  void ofALongStateAQuarterIsWrittenBetweenTwo() {
    ClusterState state = ClusterState.EMPTY;
    for (int i = 0; i < 16; i++) {
      ConfigMap map =
          new ConfigMap(meta("big" + i), Map.of("data", "x".repeat(1 << 20)), Map.of(), false);
      state = state.evolve(new SchedulerEvent.ObjectCreated(map, Instant.EPOCH));
    }

    assertThat(spacing.isDue(state, 0, 3L << 20)).isFalse();
    assertThat(spacing.isDue(state, 0, (4L << 20) + 4_096)).isTrue();
  }

  /** Ten times the pods: ten times as much written down, not a hundred times. */
  @Test
  void allSnapshotsTogetherGrowAsTheEventsDo() {
    long small = storedUpTo(1_000);

    assertThat(storedUpTo(10_000)).isBetween(5 * small, 20 * small);
  }

  /** Pods in all snapshots of a state that grows to so many, each with five events. */
  private long storedUpTo(int pods) {
    SnapshotSpacing close = new SnapshotSpacing(10);
    ClusterState state = ClusterState.EMPTY;
    long last = 0;
    long stored = 0;
    for (int i = 1; i <= pods; i++) {
      state = plus(state, "p" + i);
      for (int event = 1; event < 5; event++) {
        state = state.evolve(nothingMore());
      }
      if (close.isDue(state, last, 0)) {
        last = state.revision();
        stored += state.pods().size();
      }
    }
    return stored;
  }

  private static ClusterState pods(int count) {
    ClusterState state = ClusterState.EMPTY;
    for (int i = 0; i < count; i++) {
      state = plus(state, "p" + i);
    }
    return state;
  }

  /** An event that adds no object. */
  private static SchedulerEvent nothingMore() {
    return new SchedulerEvent.SchedulerStarted(1, "n1", Instant.EPOCH);
  }

  private static ObjectMeta meta(String name) {
    return new ObjectMeta("default", name, name, 1, 0, Instant.EPOCH, Map.of(), Map.of());
  }

  private static ClusterState plus(ClusterState state, String name) {
    Pod pod = Samples.placedPod(name, "n1");
    return state.evolve(new SchedulerEvent.PodCreated(pod, Instant.EPOCH));
  }
}
