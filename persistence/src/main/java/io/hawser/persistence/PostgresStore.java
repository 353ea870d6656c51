package io.hawser.persistence;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;

/**
 * The journal in a PostgreSQL that somebody else runs, instead of in the nodes themselves: by
 * configuration alone, through {@code pekko-persistence-jdbc}. Fencing holds here, too: the primary
 * key is (writer, number), so of two schedulers the second one's next write fails.
 *
 * @param url such as {@code jdbc:postgresql://db.example:5432/hawser}
 */
public record PostgresStore(String url, String user, String password) {
  /** Connections of one controller; the scheduler is one writer. */
  private static final int CONNECTIONS = 4;

  /** Any number, the same for all: of several nodes that start at once one makes the tables. */
  private static final long SCHEMA_LOCK = 0x48415753;

  /**
   * Reads a file of properties: {@code url}, {@code user}, {@code password}.
   *
   * @throws IOException naming the property that is missing
   */
  public static PostgresStore read(Path file) throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader(Files.readString(file)));
    for (String name : new String[] {"url", "user", "password"}) {
      if (properties.getProperty(name) == null) {
        throw new IOException(file + ": " + name + " is missing");
      }
    }
    if (!properties.getProperty("url").startsWith("jdbc:postgresql:")) {
      throw new IOException(file + ": url: expected jdbc:postgresql://HOST:PORT/DATABASE");
    }
    return new PostgresStore(
        properties.getProperty("url"),
        properties.getProperty("user"),
        properties.getProperty("password"));
  }

  /** Journal and snapshot store of an actor system. */
  public Config config() {
    return ConfigFactory.parseMap(
            Map.of(
                "hawser-postgres.db.url", url,
                "hawser-postgres.db.user", user,
                "hawser-postgres.db.password", password))
        .withFallback(
            ConfigFactory.parseString(
                """
                hawser-postgres {
                  profile = "slick.jdbc.PostgresProfile$"
                  db { driver = "org.postgresql.Driver", numThreads = %1$d, maxConnections = %1$d
                    minConnections = 1, queueSize = 1000, connectionTimeout = 3000 }
                }
                pekko-persistence-jdbc.shared-databases.slick = ${hawser-postgres}
                jdbc-journal { use-shared-db = "slick"
                  circuit-breaker { max-failures = 50, call-timeout = 20s, reset-timeout = 1s } }
                jdbc-snapshot-store.use-shared-db = "slick"
                jdbc-read-journal.use-shared-db = "slick"
                pekko.extensions = ["org.apache.pekko.persistence.Persistence"]
                pekko.persistence {
                  journal { plugin = "jdbc-journal", auto-start-journals = ["jdbc-journal"] }
                  snapshot-store { plugin = "jdbc-snapshot-store"
                    auto-start-snapshot-stores = ["jdbc-snapshot-store"] }
                }
                hawser.scheduler { journal-plugin = "jdbc-journal"
                  snapshot-plugin = "jdbc-snapshot-store" }
                """
                    .formatted(CONNECTIONS)));
  }

  /**
   * Makes the tables that are missing. Blocks; for start-up.
   *
   * @throws SQLException when the database can't be reached or refuses
   */
  public void prepare() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, user, password);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SELECT pg_advisory_xact_lock(" + SCHEMA_LOCK + ")");
      statement.execute(schema());
      connection.commit();
    }
  }

  private static String schema() {
    try (InputStream in = PostgresStore.class.getResourceAsStream("/hawser-postgres.sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the program's own file can't be read", e);
    }
  }

  /** The password stays out of logs. */
  @Override
  public String toString() {
    return "PostgresStore[" + url + ", " + user + "]";
  }
}
