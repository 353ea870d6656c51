package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.NodeProtocol.ContainerUsage;
import io.hawser.runtime.Usage;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UsageRingTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final UsageRing ring = new UsageRing();

  private void sample(long second, long cpuMillisecondsUsed) {
    sample(START.plusSeconds(second), second, cpuMillisecondsUsed);
  }

  private void sample(Instant at, long second, long cpuMillisecondsUsed) {
    Usage usage = new Usage(cpuMillisecondsUsed * 1_000_000, 64 << 20, 1, 0);
    ring.add(
        new UsageRing.Sample(
            at, second * 1_000_000_000, Map.of("id", new UsageRing.Read("ns/pod/main", usage))));
  }

  private Map<String, ContainerUsage> latest() {
    return ring.latest("n1", START).containers();
  }

  @Test
  void aContainerSeenOnlyOnceHasNoFigure() {
    sample(0, 500);
    assertThat(latest()).isEmpty();
    assertThat(ring.latest("n1", START).memoryBytes()).isEqualTo(64 << 20);
  }

  @Test
  void cpuIsTheAverageOfAtLeastTheWindowOnceThereIsOne() {
    sample(0, 0);
    sample(1, 1_000);
    assertThat(latest()).containsEntry("ns/pod/main", new ContainerUsage(1_000, 64 << 20, 1_000));
    sample(15, 1_000);
    assertThat(latest().get("ns/pod/main").cpuMillis()).as("from second 1 to 15").isZero();
    sample(16, 2_000);
    assertThat(latest().get("ns/pod/main").windowMillis()).isEqualTo(15_000);
  }

  @Test
  void aClockSetBackChangesNoRate() {
    sample(START, 0, 0);
    sample(START.minusSeconds(7_200), 10, 5_000);

    assertThat(latest()).containsEntry("ns/pod/main", new ContainerUsage(500, 64 << 20, 10_000));
    assertThat(ring.isFresh(10_500_000_000L)).isTrue();
    assertThat(ring.isFresh(12_000_000_000L)).as("two seconds later").isFalse();
  }

  @Test
  void onlySoManySamplesAreKept() {
    for (int i = 0; i < 100; i++) {
      sample(i, i);
    }
    assertThat(ring.size()).isEqualTo(NodeLimits.USAGE_SAMPLES);
  }
}
