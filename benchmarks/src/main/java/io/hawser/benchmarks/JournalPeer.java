package io.hawser.benchmarks;

import io.hawser.persistence.HawserStore;
import java.nio.file.Path;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** One controller's journal in a JVM of its own: {@code DIR SELF PEERS}; ends when it is killed. */
final class JournalPeer {
  private JournalPeer() {}

  public static void main(String[] args) {
    ActorSystem<Object> system =
        ActorSystem.create(
            Behaviors.empty(),
            "bench",
            JournalBenchmark.config(Path.of(args[0]), args[1], args[2]));
    HawserStore.get(system);
  }
}
