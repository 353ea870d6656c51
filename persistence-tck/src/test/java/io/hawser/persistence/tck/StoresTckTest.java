package io.hawser.persistence.tck;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pekko's persistence test kit, green over each store. */
class StoresTckTest {
  @TempDir Path dir;

  @Test
  void theJournalInTheNodesThemselves() throws IOException {
    TckRun.assertGreen(JournalSuite.class, own());
  }

  @Test
  void theSnapshotStoreInTheNodesThemselves() throws IOException {
    TckRun.assertGreen(SnapshotStoreSuite.class, own());
  }

  @Test
  void theJournalAndTheSnapshotStoreInPostgres() throws IOException, SQLException {
    Optional<Path> programs = PostgresServer.programs();
    assumeTrue(programs.isPresent(), "needs root and Debian's package postgresql");
    try (PostgresServer server = PostgresServer.start(programs.get())) {
      server.store().prepare();
      // Again, as every start does.
      server.store().prepare();
      TckRun.assertGreen(JournalSuite.class, with(server.store().config()));
      TckRun.assertGreen(SnapshotStoreSuite.class, with(server.store().config()));
    }
  }

  private Config own() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      String store =
          """
          hawser.store { dir = "%s", self = n1, peers = ["n1=127.0.0.1:%d"]
            limits.free-disk-bytes = 1 MiB }
          pekko.persistence.journal.plugin = hawser.journal
          pekko.persistence.snapshot-store.plugin = hawser.snapshot-store
          """;
      return with(ConfigFactory.parseString(store.formatted(dir, socket.getLocalPort())));
    }
  }

  private static Config with(Config store) {
    return ConfigFactory.parseString(
            """
            pekko.loglevel = WARNING
            pekko.coordinated-shutdown.exit-jvm = off
            pekko.actor.allow-java-serialization = on
            pekko.actor.warn-about-java-serializer-usage = off
            # Its waits of 3 s are short for a cold start on a busy machine.
            pekko.test.timefactor = 10
            """)
        .withFallback(store)
        .withFallback(ConfigFactory.load())
        .resolve();
  }
}
