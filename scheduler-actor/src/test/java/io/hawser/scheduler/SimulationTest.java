package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Run one seed again with {@code -Dsim.seed=N}, more of them with {@code -Dsim.seeds=N}. */
class SimulationTest {
  private static final long SEEDS = Long.getLong("sim.seeds", 150);

  @Test
  void whateverGetsLostTheClusterComesToRestAsWanted() {
    Long only = Long.getLong("sim.seed");
    LongStream seeds = only == null ? LongStream.range(0, SEEDS) : LongStream.of(only);
    seeds.forEach(SimulationTest::run);
  }

  private static void run(long seed) {
    Simulation simulation = new Simulation(seed);
    try {
      simulation.run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + " (again: -Dsim.seed=" + seed + ")", e);
    }
    ClusterState replayed = ClusterState.EMPTY;
    for (SchedulerEvent event : simulation.journal()) {
      replayed = replayed.evolve(event);
    }
    assertThat(replayed.pods()).as("seed %d", seed).isEqualTo(simulation.state().pods());
  }
}
