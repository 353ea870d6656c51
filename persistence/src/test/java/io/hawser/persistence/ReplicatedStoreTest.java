package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three peers in three JVMs that are killed, frozen and started again. Starting them is most of the
 * time, so all tests share them, each with a persistence id of its own; whoever a test left dead is
 * started again before the next one.
 */
class ReplicatedStoreTest {
  /** An election takes at most 2.5 s by default; the rest is the machine's. */
  private static final Duration WRITES_GO_ON_WITHIN = Duration.ofSeconds(30);

  /** Of a disk that has nearly given up; below the time-out of one attempt. */
  private static final Duration FLUSH = Duration.ofSeconds(1);

  @TempDir static Path dir;
  private static final List<Integer> PORTS = StoreFixture.freePorts(3);
  private static final Map<String, StoreProcess> NODES = new HashMap<>();

  /** Of this test alone. */
  private String pid;

  /** Every event whose writer was told that it is kept: sequence number → who wrote it. */
  private final Map<Long, String> acknowledged = new TreeMap<>();

  @BeforeEach
  void startWhoIsDown(TestInfo test) {
    pid = test.getTestMethod().orElseThrow().getName();
    startAll();
  }

  @AfterEach
  void wakeAll() {
    NODES.values().stream().filter(StoreProcess::isAlive).forEach(node -> node.signal("CONT"));
  }

  @AfterAll
  static void endAllProcesses() {
    NODES.values().forEach(StoreProcess::close);
    NODES.clear();
  }

  private static void startAll() {
    List<StoreProcess> starting = new ArrayList<>();
    for (String self : List.of("n1", "n2", "n3")) {
      if (!NODES.containsKey(self) || !NODES.get(self).isAlive()) {
        starting.add(start(self));
      }
    }
    starting.forEach(node -> node.expect("ready"));
  }

  private static StoreProcess start(String self) {
    StoreProcess node = new StoreProcess(dir.resolve(self), self, PORTS);
    NODES.put(self, node);
    return node;
  }

  @Test
  void killedLeaderLosesNoAcknowledgedWrite() {
    StoreProcess leader = leader();
    StoreProcess writer = follower(leader);
    writer.order("write " + pid);
    awaitAcknowledged(writer, 50);

    leader.kill();
    long before = acknowledgedBy(writer);
    awaitAcknowledged(writer, before + 50);

    start(leader.self).expect("ready");
    stopWriting(writer);
    assertEveryReplicaHoldsEverythingAcknowledged(NODES.values());
  }

  @Test
  void killingEveryNodeAtOnceLosesNoAcknowledgedWrite() {
    StoreProcess writer = leader();
    writer.order("write " + pid);
    awaitAcknowledged(writer, 100);

    NODES.values().forEach(node -> node.signal("KILL"));
    NODES.values().forEach(StoreProcess::kill);
    remember(writer);

    startAll();
    assertEveryReplicaHoldsEverythingAcknowledged(NODES.values());
  }

  @Test
  void writesGoOnWhileTheLeaderIsFrozen() {
    StoreProcess leader = leader();
    StoreProcess writer = follower(leader);
    writer.order("write " + pid);
    awaitAcknowledged(writer, 50);

    leader.signal("STOP");
    long before = acknowledgedBy(writer);
    await().atMost(WRITES_GO_ON_WITHIN).until(() -> acknowledgedBy(writer) > before + 50);
    // Reading works too while it is frozen.
    assertHoldsEverythingAcknowledged(writer);

    leader.signal("CONT");
    awaitAcknowledged(writer, acknowledgedBy(writer) + 50);
    stopWriting(writer);
    assertEveryReplicaHoldsEverythingAcknowledged(NODES.values());
  }

  /** A follower is not waited for; a leader is, and then no write fails or is lost. */
  @Test
  void aSlowDiskOfAFollowerHoldsNoWriteUpAndALeadersLosesNone() throws IOException {
    assumeTrue(StoreProcess.isInstalled("strace"), "strace is not installed");
    StoreProcess leader = leader();
    StoreProcess follower = follower(leader);
    leader.order("write " + pid);
    awaitAcknowledged(leader, 20);

    try (SlowDisk slow = new SlowDisk(follower, FLUSH)) {
      long before = acknowledgedBy(leader);
      // If each waited for the slow one it would take longer than is allowed.
      await().atMost(FLUSH.multipliedBy(60)).until(() -> acknowledgedBy(leader) > before + 100);
    }
    try (SlowDisk slow = new SlowDisk(leader, FLUSH)) {
      awaitAcknowledged(leader, acknowledgedBy(leader) + 3);
    }

    awaitAcknowledged(leader, acknowledgedBy(leader) + 50);
    stopWriting(leader);
    assertEveryReplicaHoldsEverythingAcknowledged(NODES.values());
  }

  /** What the scheduler's lease is made of. */
  @Test
  void whoHasNoMajorityKnowsNoLeaderUntilItIsBack() {
    StoreProcess leader = leader();
    List<StoreProcess> others = NODES.values().stream().filter(node -> node != leader).toList();
    others.forEach(node -> node.signal("STOP"));
    long cut = System.nanoTime();
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> leader.ask("majority", "majority").equals("majority false"));
    System.out.printf("no majority known after %d ms%n", (System.nanoTime() - cut) / 1_000_000);

    others.get(0).signal("CONT");
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> leader.ask("majority", "majority").equals("majority true"));
  }

  @Test
  void aFrozenWriterThatLedIsFencedWhenItWakes() {
    StoreProcess old = leader();
    old.order("write " + pid);
    awaitAcknowledged(old, 20);

    old.signal("STOP");
    remember(old);
    StoreProcess successor = follower(old);
    successor.order("write " + pid);
    awaitAcknowledged(successor, 50);

    old.signal("CONT");
    old.expect("fenced " + pid);
    remember(old);
    stopWriting(successor);
    assertEveryReplicaHoldsEverythingAcknowledged(NODES.values());
  }

  @Test
  void theSecondOfTwoWritersIsFenced() {
    StoreProcess first = NODES.get("n1");
    StoreProcess second = NODES.get("n2");
    first.order("write " + pid);
    second.order("write " + pid);
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> !first.lines("fenced").isEmpty() || !second.lines("fenced").isEmpty());
    first.order("stop");
    second.order("stop");
    for (StoreProcess writer : List.of(first, second)) {
      if (writer.lines("fenced").isEmpty()) {
        writer.expect("stopped");
      }
      remember(writer);
    }
    assertEveryReplicaHoldsEverythingAcknowledged(NODES.values());
  }

  @Test
  void aPlannedStopOfTheLeaderHandsLeadershipOver() {
    StoreProcess leader = leader();
    StoreProcess writer = follower(leader);
    writer.order("write " + pid);
    awaitAcknowledged(writer, 20);

    leader.stop();
    awaitAcknowledged(writer, acknowledgedBy(writer) + 20);
    stopWriting(writer);
    assertHoldsEverythingAcknowledged(writer);
  }

  @Test
  void aPeerThatMissedPurgedLogGetsTheStateInstead() {
    StoreProcess leader = leader();
    StoreProcess away = follower(leader);
    away.kill();
    // Segments of 4 MiB fill up; after the second state file the first ones go.
    leader.order("write-large " + pid + " " + (200 << 10));
    for (int round = 1; round <= 3; round++) {
      awaitAcknowledged(leader, 40L * round);
      NODES.values().stream()
          .filter(node -> node != away)
          .forEach(node -> assertThat(node.ask("snapshot", "snapshot")).endsWith("true"));
    }
    stopWriting(leader);
    assertThat(filesOf(leader.self, "log_0-")).isEmpty();
    List<Path> before = filesOf(away.self, "snapshot.");

    // It answers at once through the others, and gets the state by itself.
    StoreProcess back = start(away.self);
    back.expect("ready");
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> !filesOf(away.self, "snapshot.").equals(before));
    assertEveryReplicaHoldsEverythingAcknowledged(NODES.values());

    // What it was sent is on its disk and takes part from now on.
    leader.kill();
    NODES.remove(leader.self);
    assertEveryReplicaHoldsEverythingAcknowledged(NODES.values());
  }

  private List<Path> filesOf(String self, String prefix) {
    try (Stream<Path> all = Files.walk(dir.resolve(self))) {
      return all.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private StoreProcess leader() {
    StoreProcess[] leader = new StoreProcess[1];
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(
            () -> {
              String id = NODES.get("n1").ask("leader", "leader").split(" ")[1];
              leader[0] = NODES.get(id);
              return leader[0] != null;
            });
    return leader[0];
  }

  private StoreProcess follower(StoreProcess leader) {
    return NODES.values().stream().filter(node -> node != leader).findFirst().orElseThrow();
  }

  private long acknowledgedBy(StoreProcess writer) {
    return writer.lines("acked " + pid).size();
  }

  private void awaitAcknowledged(StoreProcess writer, long count) {
    await().atMost(StoreFixture.PATIENCE).until(() -> acknowledgedBy(writer) >= count);
  }

  private void stopWriting(StoreProcess writer) {
    writer.ask("stop", "stopped " + pid);
    remember(writer);
  }

  private void remember(StoreProcess writer) {
    for (String line : writer.lines("acked " + pid)) {
      long sequenceNr = Long.parseLong(line.split(" ")[2]);
      acknowledged.put(sequenceNr, writer.self + ":" + sequenceNr);
    }
  }

  /** Nobody writes any more: waits until all have applied the same, then reads each one's own. */
  private void assertEveryReplicaHoldsEverythingAcknowledged(Collection<StoreProcess> replicas) {
    try {
      await().atMost(StoreFixture.PATIENCE).until(() -> applied(replicas).distinct().count() == 1);
    } catch (ConditionTimeoutException e) {
      String lines =
          replicas.stream()
              .map(node -> node + ": " + node.lastLines())
              .collect(Collectors.joining("\n\n"));
      throw new AssertionError(applied(replicas).toList() + " stays\n" + lines, e);
    }
    replicas.forEach(this::assertHoldsEverythingAcknowledged);
  }

  private static Stream<String> applied(Collection<StoreProcess> replicas) {
    return replicas.stream().map(node -> node.ask("applied", "applied"));
  }

  private void assertHoldsEverythingAcknowledged(StoreProcess node) {
    node.forget("event " + pid);
    node.ask("dump " + pid, "dumped " + pid);
    Map<Long, String> held = new TreeMap<>();
    for (String line : node.lines("event " + pid)) {
      String[] words = line.split(" ");
      held.put(Long.parseLong(words[2]), words[3]);
    }
    assertThat(held.keySet())
        .as("sequence numbers at %s", node)
        .hasSize(held.keySet().stream().reduce(0L, (a, b) -> b).intValue());
    assertThat(held).as("events at %s", node).containsAllEntriesOf(acknowledged);
  }
}
