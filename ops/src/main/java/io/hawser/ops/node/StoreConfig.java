package io.hawser.ops.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.PostgresStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The journal of a controller. */
final class StoreConfig {
  /** In a node's directory: this cluster's journal is in a PostgreSQL that somebody else runs. */
  static final String POSTGRES = "postgres.properties";

  private StoreConfig() {}

  static boolean isOwn(NodeOptions options) {
    return !Files.exists(options.dir().resolve(POSTGRES));
  }

  /**
   * @throws IllegalStateException when the database's file is wrong or the database refuses
   */
  static Config of(NodeOptions options) {
    return isOwn(options) ? own(options) : postgres(options.dir().resolve(POSTGRES));
  }

  private static Config postgres(Path file) {
    try {
      PostgresStore store = PostgresStore.read(file);
      store.prepare();
      return store.config();
    } catch (IOException | SQLException e) {
      throw new IllegalStateException("the journal's database can't be used: " + e.getMessage(), e);
    }
  }

  private static Config own(NodeOptions options) {
    String peers =
        new TreeMap<>(options.controllers())
            .entrySet().stream()
                .map(e -> '"' + e.getKey() + "=" + e.getValue() + '"')
                .collect(Collectors.joining(","));
    return ConfigFactory.parseString(
        """
        hawser.store { dir = "%s", self = "%s", peers = [%s], address = "%s", tls-dir = "%s" }
        pekko.extensions = ["org.apache.pekko.persistence.Persistence"]
        pekko.persistence {
          journal { plugin = "hawser.journal", auto-start-journals = ["hawser.journal"] }
          snapshot-store {
            plugin = "hawser.snapshot-store"
            auto-start-snapshot-stores = ["hawser.snapshot-store"]
          }
        }
        """
            .formatted(
                options.dir().resolve("store"),
                options.name(),
                peers,
                options.controllers().containsKey(options.name())
                    ? ""
                    : options.listen() + ":" + options.storePort(),
                options.tlsDir().map(Path::toString).orElse("")));
  }
}
