package io.hawser.benchmarks;

import io.hawser.persistence.HawserStore;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * A controller that starts after a crash: {@code DIR PEERS}. Says in milliseconds how long the
 * journal and then the state took, how many pods there are, and how much processor time it took;
 * ends when it is killed.
 */
final class RecoveryPeer {
  private RecoveryPeer() {}

  /** A busy machine does not make it longer. */
  private static long processorMillis() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
  }

  public static void main(String[] args) {
    final long start = System.nanoTime();
    ActorSystem<Object> system =
        ActorSystem.create(
            Behaviors.empty(), "recovery", RecoveryBenchmark.config(Path.of(args[0]), args[1]));
    HawserStore.get(system).ready().toCompletableFuture().join();
    long store = System.nanoTime();
    system.systemActorOf(
        RecoveredState.create(
            state ->
                System.out.printf(
                    "recovered %d %d %d %d%n",
                    (store - start) / 1_000_000,
                    (System.nanoTime() - store) / 1_000_000,
                    state.pods().size(),
                    processorMillis())),
        "state",
        Props.empty());
  }
}
