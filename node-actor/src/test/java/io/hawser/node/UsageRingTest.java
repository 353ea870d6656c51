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
    Usage usage = new Usage(cpuMillisecondsUsed * 1_000_000, 64 << 20, 1, 0);
    ring.add(
        new UsageRing.Sample(
            START.plusSeconds(second), Map.of("id", new UsageRing.Read("ns/pod/main", usage))));
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
  void onlySoManySamplesAreKept() {
    for (int i = 0; i < 100; i++) {
      sample(i, i);
    }
    assertThat(ring.size()).isEqualTo(NodeLimits.USAGE_SAMPLES);
  }
}
