package io.hawser.persistence.tck;

import io.hawser.persistence.PostgresStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A PostgreSQL of the test's own: a temporary directory, a loopback port, nobody else's data. */
final class PostgresServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path dir;
  private final int port;
  private final Process process;

  private PostgresServer(Path dir, int port, Process process) {
    this.dir = dir;
    this.port = port;
    this.process = process;
  }

  /** Debian's newest, where it is installed and this is root, who may become its user. */
  static Optional<Path> programs() throws IOException {
    Path all = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(all)
        || !System.getProperty("user.name").equals("root")
        || !Files.isExecutable(Path.of("/usr/sbin/runuser"))) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(all)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder());
    }
  }

  static PostgresServer start(Path programs) throws IOException {
    Path dir = Files.createTempDirectory("hawser-postgres-");
    run(List.of("chown", "postgres", dir.toString()));
    asPostgres(programs, "initdb", "-D", dir + "/data", "-A", "trust", "-N");
    int port = freePort();
    List<String> command =
        command(programs, "postgres", "-D", dir + "/data", "-p", "" + port, "-k", dir.toString());
    command.addAll(List.of("-h", "127.0.0.1"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("server.log").toFile())
            .start();
    PostgresServer server = new PostgresServer(dir, port, process);
    try {
      Awaitility.await().atMost(PATIENCE).until(server::answers);
      return server;
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  PostgresStore store() {
    return new PostgresStore(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "none");
  }

  private boolean answers() {
    try {
      DriverManager.getConnection(store().url(), "postgres", "none").close();
      return true;
    } catch (SQLException notYet) {
      return false;
    }
  }

  private static List<String> command(Path programs, String name, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "/usr/sbin/runuser", "-u", "postgres", "--", programs.resolve(name).toString()));
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  private static void asPostgres(Path programs, String... command) throws IOException {
    run(command(programs, command[0], Arrays.copyOfRange(command, 1, command.length)));
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes());
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + said);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** SIGINT is PostgreSQL's fast stop; runuser passes signals on. */
  @Override
  public void close() throws IOException {
    process.descendants().filter(p -> isPostmaster(p)).forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    run(List.of("rm", "-rf", dir.toString()));
  }

  private boolean isPostmaster(ProcessHandle child) {
    return child.parent().map(parent -> parent.pid() == process.pid()).orElse(false);
  }
}
