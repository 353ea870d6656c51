package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Seeds for a bounded time, from {@code -Dsim.from} on; {@code ./dev sim} runs one again or more of
 * them.
 */
class SimulationTest {
  /** For how long new seeds are begun. */
  private static final Duration TIME = Duration.ofSeconds(Long.getLong("sim.seconds", 15));

  private static final long FROM = Long.getLong("sim.from", 0);

  /** On any machine at least so many; more only while there is time. */
  private static final int FEWEST = 20;

  private static final int SHORT_STORY = 60;

  @Test
  void whateverGetsLostTheClusterComesToRestAsWanted() {
    Long only = Long.getLong("sim.seed");
    if (only != null) {
      run(only, new Simulation(only));
      return;
    }
    long begin = System.nanoTime();
    long end = begin + TIME.toNanos();
    AtomicLong next = new AtomicLong(FROM);
    IntStream.range(0, Runtime.getRuntime().availableProcessors())
        .parallel()
        .forEach(
            thread -> {
              while (System.nanoTime() < end || next.get() < FROM + FEWEST) {
                long seed = next.getAndIncrement();
                run(seed, new Simulation(seed));
              }
            });
    System.out.printf(
        "sim: %,d seeds, %d to %d, are well; %d s%n",
        next.get() - FROM,
        FROM,
        next.get() - 1,
        Duration.ofNanos(System.nanoTime() - begin).toSeconds());
  }

  @Test
  void aSchedulerMayDieAtEveryDecisionOfAStory() {
    Simulation whole = new Simulation(1, SHORT_STORY, Integer.MAX_VALUE);
    run(1, whole);
    assertThat(whole.continuations()).as("decisions that left something over").isPositive();
    int most = Math.min(whole.decisions(), 150);
    for (int at = 1; at <= most; at++) {
      run(1, new Simulation(1, SHORT_STORY, at));
    }
  }

  private static void run(long seed, Simulation simulation) {
    try {
      simulation.run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + " (again: ./dev sim " + seed + ")", e);
    }
    ClusterState replayed = ClusterState.EMPTY;
    for (SchedulerEvent event : simulation.journal()) {
      replayed = replayed.evolve(event);
    }
    assertThat(replayed.pods()).as("seed %d", seed).isEqualTo(simulation.state().pods());
    assertThat(replayed.objects()).as("seed %d", seed).isEqualTo(simulation.state().objects());
  }
}
