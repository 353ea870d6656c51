package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.persistence.CrashedDisk.Loss;
import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A crash after every write, flush, truncation, rename and deletion that one peer's store makes, by
 * our code and by Ratis: what a real run did is recorded below the JVM (strace) and laid down again
 * up to each step, with what was not flushed kept, lost or torn. The next start must find every
 * entry that had been acknowledged by then. {@code -Dhawser.crash.points=all} tries every step
 * ({@code ./dev crashes}), the default so many of them, each kind of step among them.
 */
@Tag("kernel")
class StoreCrashTest {
  private static final String PID = "p";
  private static final int LARGE = 450 << 10;
  private static final String POINTS = System.getProperty("hawser.crash.points", "36");

  @TempDir Path temporary;
  private Path root;

  /** A moment of the recorded run, and what the crash takes. */
  private record Point(int step, Loss loss, long acknowledged) {}

  @Test
  void theNextStartFindsEveryAcknowledgedEntryWhereverTheCrashWas() throws Exception {
    assumeTrue(StoreProcess.isInstalled("strace"), "strace is not installed");
    root = Files.createDirectories(temporary.toRealPath().resolve("n1"));
    List<DiskStep> steps = record();
    assertReplayIsWhatIsThere(steps);

    List<Point> all = points(steps);
    List<Point> tried = POINTS.equals("all") ? all : some(all, steps, Integer.parseInt(POINTS));
    System.out.printf(
        "%d steps, %d different states of the disk, %d tried%n",
        steps.size(), all.size(), tried.size());
    int applied = 0;
    CrashedDisk disk = new CrashedDisk();
    for (Point point : tried) {
      while (applied < point.step()) {
        disk.apply(steps.get(applied++));
      }
      Path copy = temporary.resolve("crashed");
      disk.materialize(point.loss(), root, copy);
      assertHolds(copy, point, applied == 0 ? "nothing" : steps.get(applied - 1).toString());
      StoreFixture.deleteTree(copy);
    }
    assertThat(tried).extracting(Point::acknowledged).contains(0L, 30L);
  }

  /** Two runs, so that a start with something on the disk is among the steps. */
  private List<DiskStep> record() throws IOException {
    List<DiskStep> steps = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      Path trace = temporary.resolve("trace");
      List<Integer> ports = StoreFixture.freePorts(1);
      try (StoreProcess store = new StoreProcess(root, "n1", ports, DiskTrace.command(trace))) {
        store.expect("ready");
        if (run == 0) {
          writeEverything(store);
        } else {
          store.ask("append " + PID + " 3 10", "appended");
        }
        store.stop();
      }
      steps.addAll(DiskTrace.read(trace, root));
      Files.delete(trace);
    }
    return steps;
  }

  /** Small entries, a segment that fills up, state files until the first log and state go. */
  private static void writeEverything(StoreProcess store) {
    store.ask("append " + PID + " 8 10", "appended");
    snapshot(store);
    store.ask("append " + PID + " 11 " + LARGE, "appended");
    snapshot(store);
    store.ask("append " + PID + " 5 10", "appended");
    snapshot(store);
    store.ask("append " + PID + " 3 10", "appended");
  }

  private static void snapshot(StoreProcess store) {
    assertThat(store.ask("snapshot", "snapshot")).endsWith("true");
  }

  /** The model of the disk is right when it ends as the real one did. */
  private void assertReplayIsWhatIsThere(List<DiskStep> steps) throws IOException {
    CrashedDisk disk = new CrashedDisk();
    steps.forEach(disk::apply);
    Map<String, ByteBuffer> real = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        real.put(file.toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
      }
    }
    assertThat(disk.after(Loss.NOTHING).keySet()).isEqualTo(real.keySet());
    disk.after(Loss.NOTHING)
        .forEach((path, bytes) -> assertThat(bytes).as(path).isEqualTo(real.get(path)));
    assertThat(steps).hasAtLeastOneElementOfType(DiskStep.Rename.class);
    assertThat(steps).hasAtLeastOneElementOfType(DiskStep.Truncate.class);
    assertThat(steps)
        .as("a segment of the log was dropped")
        .anyMatch(step -> step instanceof DiskStep.Delete gone && gone.path().contains("log_0-"));
  }

  /** Every moment at which the disk or what was acknowledged differs from the moment before. */
  private static List<Point> points(List<DiskStep> steps) {
    List<Point> points = new ArrayList<>();
    long acknowledged = 0;
    for (int i = 0; i < steps.size(); i++) {
      acknowledged += acknowledgements(steps.get(i));
      for (Loss loss : Loss.values()) {
        if (changes(steps.get(i), loss)) {
          points.add(new Point(i + 1, loss, acknowledged));
        }
      }
    }
    return points;
  }

  private static boolean changes(DiskStep step, Loss loss) {
    if (step instanceof DiskStep.Write || step instanceof DiskStep.Truncate) {
      return loss != Loss.UNFLUSHED;
    } else if (step instanceof DiskStep.Flush) {
      return loss != Loss.NOTHING;
    }
    return !(step instanceof DiskStep.Say) || acknowledgements(step) > 0;
  }

  private static long acknowledgements(DiskStep step) {
    return step instanceof DiskStep.Say said
        ? said.text().lines().filter(line -> line.startsWith("acked " + PID)).count()
        : 0;
  }

  /** Evenly spread, with those after renames and deletions, and the last. */
  private static List<Point> some(List<Point> all, List<DiskStep> steps, int count) {
    List<Point> rare =
        all.stream()
            .filter(p -> p.step() > 0 && p.loss() == Loss.UNFLUSHED)
            .filter(p -> isRare(steps.get(p.step() - 1)))
            .toList();
    List<Point> some = new ArrayList<>();
    int of = Math.max(1, rare.size() * 2 / count);
    for (int i = 0; i < all.size(); i++) {
      boolean spread = (long) i * count / 2 / all.size() != (long) (i - 1) * count / 2 / all.size();
      int at = rare.indexOf(all.get(i));
      if (i == 0 || i == all.size() - 1 || spread || (at >= 0 && at % of == 0)) {
        some.add(all.get(i));
      }
    }
    return some;
  }

  private static boolean isRare(DiskStep step) {
    return step instanceof DiskStep.Rename || step instanceof DiskStep.Delete;
  }

  private static void assertHolds(Path dir, Point point, String step) throws Exception {
    String where = "crash after step %d, %s, losing %s".formatted(point.step(), step, point.loss());
    StoreSettings settings =
        StoreSettings.from(
            StoreFixture.config(dir, "n1", StoreFixture.freePorts(1)).getConfig("hawser.store"));
    CompletableFuture<HawserStore.Running> running = new CompletableFuture<>();
    StorePeer peer;
    try {
      peer = StorePeer.start(settings, new PeerEvents(settings, running, out -> {}));
    } catch (IOException e) {
      throw new AssertionError(where, e);
    }
    try (peer;
        StoreRouter router = new StoreRouter(settings, peer)) {
      running.complete(new HawserStore.Running(peer, router));
      StoreClient client = new StoreClient(settings.limits(), router::write, router::read);
      long highest = StoreFixture.await(client.highestSequenceNr(PID));
      // One more may have got there before its writer heard of it.
      assertThat(highest).as(where).isBetween(point.acknowledged(), point.acknowledged() + 1);
      assertThat(events(client)).as(where).isEqualTo(expected(highest));
      byte[] next = "next".getBytes(StandardCharsets.UTF_8);
      StoreFixture.await(client.append(PID, List.of(new StoredEvent(highest + 1, next))));
    }
  }

  private static List<String> expected(long highest) {
    List<String> expected = new ArrayList<>();
    for (long i = 1; i <= highest; i++) {
      expected.add("n1:" + i);
    }
    return expected;
  }

  private static List<String> events(StoreClient client) {
    List<String> found = new ArrayList<>();
    while (true) {
      List<StoredEvent> page =
          StoreFixture.await(client.events(PID, found.size() + 1, Long.MAX_VALUE, 1000));
      if (page.isEmpty()) {
        return found;
      }
      page.forEach(event -> found.add(new String(event.body(), StandardCharsets.UTF_8).strip()));
    }
  }
}
