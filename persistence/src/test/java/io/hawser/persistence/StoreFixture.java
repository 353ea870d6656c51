package io.hawser.persistence;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.testkit.javadsl.TestKit;

/** What the tests of the store share: settings, free ports, waiting. */
final class StoreFixture {
  /** For anything that must happen at all; two busy cores are slow. */
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private StoreFixture() {}

  /** Ports that were free a moment ago. */
  static List<Integer> freePorts(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } finally {
      for (ServerSocket socket : sockets) {
        try {
          socket.close();
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  static String peers(List<Integer> ports) {
    List<String> peers = new ArrayList<>();
    for (int port : ports) {
      peers.add("\"n" + (peers.size() + 1) + "=127.0.0.1:" + port + "\"");
    }
    return String.join(", ", peers);
  }

  /** Everything an application must set. */
  static Config config(Path dir, String self, List<Integer> ports) {
    return ConfigFactory.parseString(
            """
            pekko {
              loglevel = WARNING
              # On a busy machine the default of 5 s ends the process.
              logger-startup-timeout = 60s
              loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
              logging-filter = "org.apache.pekko.event.slf4j.Slf4jLoggingFilter"
              extensions = ["org.apache.pekko.persistence.Persistence"]
              actor.allow-java-serialization = off
              coordinated-shutdown.exit-jvm = off
              persistence {
                journal { plugin = hawser.journal, auto-start-journals = [hawser.journal] }
                snapshot-store {
                  plugin = hawser.snapshot-store
                  auto-start-snapshot-stores = [hawser.snapshot-store]
                }
              }
            }
            hawser.store { dir = "%s", self = "%s", peers = [%s], limits.free-disk-bytes = 1 MiB }
            """
                .formatted(dir, self, peers(ports)))
        .withFallback(ConfigFactory.load());
  }

  static ActorSystem start(Config config) {
    ActorSystem system = ActorSystem.create("store", config);
    await(HawserStore.get(system).ready());
    return system;
  }

  static void stop(ActorSystem system) {
    if (system != null) {
      TestKit.shutdownActorSystem(
          system, scala.concurrent.duration.Duration.create(30, TimeUnit.SECONDS), true);
    }
  }

  static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  static void deleteTree(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
