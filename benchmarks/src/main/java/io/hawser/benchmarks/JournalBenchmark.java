package io.hawser.benchmarks;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.HawserStore;
import io.hawser.persistence.LogSummary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
  private static final int[] WRITERS = {16, 64};

  /** A write that takes longer was lost with its writer. */
  private static final int WRITE_SECONDS = 60;

  private static final int DISK_BATCH = 200;
  private static final int WRITES_BETWEEN_LOOKS = 20;

  /** So many times the same number of events: what grew with their number would show. */
  private static final int QUARTERS = 4;

  /** {@code limits.log-bytes}, and Ratis' segments in {@code RatisSettings}. */
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
    System.out.println("controllers  writers  in a write    events/s  times one   p50 ms   p99 ms");
    for (int controllers : List.of(1, 3)) {
      try (Controllers cluster = new Controllers(controllers)) {
        rates(cluster, metrics);
      }
    }
    try (Controllers cluster = new Controllers(1)) {
      disk(cluster, events, metrics);
    }
    return metrics;
  }

  private static void rates(Controllers cluster, List<Metric> metrics) throws Exception {
    write(cluster.system, 16, 1, SECONDS_EACH);
    double one = 0;
    for (int batch : BATCHES) {
      double rate = rate(cluster, 1, batch, one, metrics);
      one = batch == 1 ? rate : one;
    }
    for (int writers : WRITERS) {
      rate(cluster, writers, 1, one, metrics);
    }
  }

  /**
   * Measures, and prints a line of the table.
   *
   * @param one the rate of one writer with one event in a write; 0: this is it
   * @return events a second
   */
  private static double rate(
      Controllers cluster, int writers, int batch, double one, List<Metric> metrics)
      throws Exception {
    Outcome outcome = write(cluster.system, writers, batch, SECONDS_EACH);
    double rate = outcome.writes() * (double) batch / outcome.seconds();
    String name =
        "%d controller%s, %d writer%s, %d in a write"
            .formatted(cluster.count, plural(cluster.count), writers, plural(writers), batch);
    metrics.add(Metric.own(name + ": events/s", "1/s", List.of(rate)));
    List<Double> millis = Arrays.stream(outcome.nanos()).mapToObj(n -> n / 1e6).toList();
    Metric times = Metric.own(name + ": write", "ms", millis);
    metrics.add(times);
    System.out.printf(
        Locale.ROOT,
        "%11d %8d %11d %11.0f %10.1f %8.1f %8.1f%n",
        cluster.count,
        writers,
        batch,
        rate,
        one == 0 ? 1 : rate / one,
        times.median(),
        times.p99());
    return rate;
  }

  private static String plural(int count) {
    return count == 1 ? "" : "s";
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
    await(done, seconds + WRITE_SECONDS);
    long[] all = nanos.stream().flatMap(List::stream).mapToLong(n -> n).toArray();
    return new Outcome(all.length, (System.nanoTime() - start) / 1e9, all);
  }

  private static void await(CountDownLatch done, int seconds) throws Exception {
    if (!done.await(seconds, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "%d writers got no answer within %d s".formatted(done.getCount(), WRITE_SECONDS));
    }
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

  /** One writer that keeps its newest events, as the scheduler does; the rest is dropped. */
  private static void disk(Controllers cluster, long events, List<Metric> metrics)
      throws Exception {
    ActorRef<JournalWriter.Write> writer = writer(cluster.system);
    List<Double> largest = new ArrayList<>();
    long kept = 0;
    long start = System.nanoTime();
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
      long bytes = 0;
      long step = DISK_BATCH * WRITES_BETWEEN_LOOKS;
      for (long written = 0; written < events / QUARTERS; written += step) {
        for (int i = 0; i < WRITES_BETWEEN_LOOKS; i++) {
          CountDownLatch one = new CountDownLatch(1);
          writer.tell(new JournalWriter.Write(DISK_BATCH, nanos -> one.countDown()));
          await(one, WRITE_SECONDS);
        }
        bytes = Math.max(bytes, bytes(cluster.dir.resolve("n1")));
        kept = Math.max(kept, kept(cluster.system));
      }
      largest.add(bytes / MEBIBYTE);
    }
    double bound = bound(kept) / MEBIBYTE;
    double most = Collections.max(largest);
    System.out.printf(
        Locale.ROOT,
        "%,d events of %d bytes in %.0f s: MiB of disk at most, in each quarter of them: %s;"
            + " of memory %.1f; the disk's bound, however many events there are: %.1f%n",
        events,
        JournalWriter.EVENT_BYTES,
        (System.nanoTime() - start) / 1e9,
        largest.stream().map(mib -> String.format(Locale.ROOT, "%.1f", mib)).toList(),
        kept / MEBIBYTE,
        bound);
    metrics.add(Metric.own(events + " events: disk", "MiB", largest));
    metrics.add(Metric.own(events + " events: disk at most", "MiB", List.of(most)));
    metrics.add(Metric.own(events + " events: disk's bound", "MiB", List.of(bound)));
    if (most > bound) {
      throw new IllegalStateException(
          "the journal takes %s MiB of disk, its bound is %.1f".formatted(largest, bound));
    }
  }

  /** The state that every peer holds, in bytes of memory. */
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
   * What {@code reference.conf} allows a peer (docs/adr/0004): two state files are kept, and a
   * third is there while it is written; each comes after as much log as {@code limits.log-bytes}
   * says, or as the state is large where that is more; the log stays from the older file on, and
   * leaves by whole segments.
   */
  private static long bound(long state) {
    return 2 * (Math.max(LOG_BYTES, state) + SEGMENT_BYTES) + 3 * state;
  }

  /** What the files below take; they come and go meanwhile. */
  static long bytes(Path dir) throws IOException {
    long[] sum = new long[1];
    Files.walkFileTree(
        dir,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
    return sum[0];
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
