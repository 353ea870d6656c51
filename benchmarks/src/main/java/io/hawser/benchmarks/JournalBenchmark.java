package io.hawser.benchmarks;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.HawserStore;
import io.hawser.persistence.LogSummary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The journal as persistent actors use it, with one and three controllers: events acknowledged a
 * second and how long a write takes, by events in one write and by writers at a time; then how much
 * disk many events take.
 */
final class JournalBenchmark implements Benchmark {
  private static final int SECONDS_EACH = 5;
  private static final double MEBIBYTE = 1 << 20;

  /** Three JVMs on a busy machine start slowly. */
  private static final int START_SECONDS = 180;

  private static final int[] BATCHES = {1, 10, 50, 200};
  private static final int[] WRITERS = {1, 16, 64};

  /** So many times the same number of events: what grew with their number would show. */
  private static final int QUARTERS = 4;

  private static final long LOG_BYTES = 16 << 20;
  private static final long SEGMENT_BYTES = 4 << 20;

  @Override
  public String name() {
    return "journal";
  }

  @Override
  public String description() {
    return "writes acknowledged, disk used  [events for the disk (1000000)]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    long events = arguments.isEmpty() ? 1_000_000 : Long.parseLong(arguments.get(0));
    List<Metric> metrics = new ArrayList<>();
    for (int controllers : List.of(1, 3)) {
      try (Controllers cluster = new Controllers(controllers)) {
        rates(cluster, metrics);
        if (controllers == 1) {
          disk(cluster, events, metrics);
        }
      }
    }
    return metrics;
  }

  private static void rates(Controllers cluster, List<Metric> metrics) throws Exception {
    String who = cluster.count + (cluster.count == 1 ? " controller" : " controllers");
    write(cluster.system, 16, 1, SECONDS_EACH);
    for (int batch : BATCHES) {
      report(
          metrics,
          who + ", 1 writer, " + batch + " in a write",
          write(cluster.system, 1, batch, SECONDS_EACH),
          batch);
    }
    for (int writers : WRITERS) {
      report(
          metrics,
          who + ", " + writers + " writers",
          write(cluster.system, writers, 1, SECONDS_EACH),
          1);
    }
  }

  private static void report(List<Metric> metrics, String name, Outcome outcome, int batch) {
    double rate = outcome.writes() * (double) batch / outcome.seconds();
    metrics.add(Metric.own(name + ": events/s", "1/s", List.of(rate)));
    List<Double> millis = Arrays.stream(outcome.nanos()).mapToObj(n -> n / 1e6).toList();
    metrics.add(Metric.own(name + ": write", "ms", millis));
  }

  private record Outcome(long writes, double seconds, long[] nanos) {}

  /** Each writer has one write under way, for so long. */
  private static Outcome write(ActorSystem<Object> system, int writers, int batch, int seconds)
      throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    List<List<Long>> nanos = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(writers);
    long start = System.nanoTime();
    for (int i = 0; i < writers; i++) {
      List<Long> own = new ArrayList<>();
      nanos.add(own);
      again(writer(system), batch, until, own, done);
    }
    done.await();
    long[] all = nanos.stream().flatMap(List::stream).mapToLong(n -> n).toArray();
    return new Outcome(all.length, (System.nanoTime() - start) / 1e9, all);
  }

  private static final AtomicLong IDS = new AtomicLong();

  private static ActorRef<JournalWriter.Write> writer(ActorSystem<Object> system) {
    String id = "writer-" + IDS.incrementAndGet();
    return system.systemActorOf(JournalWriter.create(id), id, Props.empty());
  }

  private static void again(
      ActorRef<JournalWriter.Write> writer,
      int batch,
      long until,
      List<Long> nanos,
      CountDownLatch done) {
    writer.tell(
        new JournalWriter.Write(
            batch,
            taken -> {
              nanos.add(taken);
              if (System.nanoTime() < until) {
                again(writer, batch, until, nanos, done);
              } else {
                done.countDown();
              }
            }));
  }

  /** One writer that keeps 500 to 1,000 events, as the scheduler does; the rest is dropped. */
  private static void disk(Controllers cluster, long events, List<Metric> metrics)
      throws Exception {
    ActorRef<JournalWriter.Write> writer = writer(cluster.system);
    List<Double> largest = new ArrayList<>();
    long kept = 0;
    long start = System.nanoTime();
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
      long bytes = 0;
      for (long written = 0; written < events / QUARTERS; written += 200 * 20) {
        for (int i = 0; i < 20; i++) {
          CountDownLatch one = new CountDownLatch(1);
          writer.tell(new JournalWriter.Write(200, nanos -> one.countDown()));
          one.await();
        }
        bytes = Math.max(bytes, bytes(cluster.dir.resolve("n1")));
        kept = Math.max(kept, kept(cluster.system));
      }
      largest.add(bytes / MEBIBYTE);
    }
    double bound = bound(kept) / MEBIBYTE;
    System.out.printf(
        Locale.ROOT,
        "%,d events of %d bytes in %.0f s: MiB of disk at most, in each quarter of them: %s;"
            + " bound of the %.1f MiB kept, however many there were: %.1f%n",
        events,
        JournalWriter.EVENT_BYTES,
        (System.nanoTime() - start) / 1e9,
        largest.stream().map(mib -> String.format(Locale.ROOT, "%.1f", mib)).toList(),
        kept / MEBIBYTE,
        bound);
    metrics.add(Metric.own(events + " events: disk", "MiB", largest));
    if (Collections.max(largest) > bound) {
      throw new IllegalStateException("the journal is larger than its bound: " + largest + " MiB");
    }
  }

  /** Of all writers, also those before. */
  private static long kept(ActorSystem<Object> system) throws Exception {
    return HawserStore.get(system)
        .logs()
        .toCompletableFuture()
        .get(START_SECONDS, TimeUnit.SECONDS)
        .stream()
        .mapToLong(LogSummary::bytes)
        .sum();
  }

  /**
   * What {@code reference.conf} allows a peer: twice its log, which is as long as the state where
   * that is more, and a segment; and three state files while one is being written.
   */
  private static long bound(long state) {
    return 2 * (Math.max(LOG_BYTES, state) + SEGMENT_BYTES) + 3 * state;
  }

  static long bytes(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  /** The first in this JVM, where the writers are; the others each in a JVM of their own. */
  private static final class Controllers implements AutoCloseable {
    final int count;
    final Path dir;
    final ActorSystem<Object> system;
    private final List<Process> others = new ArrayList<>();

    Controllers(int count) throws Exception {
      this.count = count;
      this.dir = Files.createTempDirectory("hawser-bench-journal-");
      List<String> peers = peers(count);
      for (int i = 2; i <= count; i++) {
        others.add(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    JournalPeer.class.getName(),
                    dir.resolve("n" + i).toString(),
                    "n" + i,
                    String.join(",", peers))
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("n" + i + ".log").toFile())
                .start());
      }
      this.system =
          ActorSystem.create(
              Behaviors.empty(), "bench", config(dir.resolve("n1"), "n1", String.join(",", peers)));
      try {
        HawserStore.get(system).ready().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
      } catch (Exception e) {
        close();
        throw e;
      }
    }

    private static List<String> peers(int count) throws IOException {
      List<ServerSocket> sockets = new ArrayList<>();
      List<String> peers = new ArrayList<>();
      for (int i = 1; i <= count; i++) {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        sockets.add(socket);
        peers.add("n" + i + "=127.0.0.1:" + socket.getLocalPort());
      }
      for (ServerSocket socket : sockets) {
        socket.close();
      }
      return peers;
    }

    @Override
    public void close() throws Exception {
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().get(60, TimeUnit.SECONDS);
      others.forEach(Process::destroyForcibly);
      for (Process other : others) {
        other.waitFor();
      }
      Command.time(List.of("rm", "-rf", "--one-file-system", dir.toString()));
    }
  }

  static Config config(Path dir, String self, String peers) {
    // The heap is this program's, not a node's: what is kept is bounded as in a small one.
    return ConfigFactory.parseString("hawser.store.limits.state-heap-percent = 0")
        .withFallback(settings(dir, self, peers))
        .withFallback(ConfigFactory.load());
  }

  static Config settings(Path dir, String self, String peers) {
    String quoted = '"' + peers.replace(",", "\", \"") + '"';
    return ConfigFactory.parseString(
        """
            pekko {
              loglevel = WARNING
              loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
              logging-filter = "org.apache.pekko.event.slf4j.Slf4jLoggingFilter"
              actor.allow-java-serialization = off
              coordinated-shutdown.exit-jvm = off
              persistence.journal.plugin = hawser.journal
              persistence.snapshot-store.plugin = hawser.snapshot-store
            }
            hawser.store { dir = "%s", self = "%s", peers = [%s], timeouts.start = %d s }
            """
            .formatted(dir, self, quoted, START_SECONDS));
  }
}
