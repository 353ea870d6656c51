package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three peers in three JVMs that are killed, frozen and started again. */
class ReplicatedStoreTest {
  /** An election takes at most 1.6 s by default; the rest is the machine's. */
  private static final Duration WRITES_GO_ON_WITHIN = Duration.ofSeconds(30);

  private static final String PID = "scheduler";

  @TempDir Path dir;
  private final List<Integer> ports = StoreFixture.freePorts(3);
  private final Map<String, StoreProcess> nodes = new HashMap<>();
  private final List<StoreProcess> started = new ArrayList<>();

  /** Every event whose writer was told that it is kept: sequence number → who wrote it. */
  private final Map<Long, String> acknowledged = new TreeMap<>();

  @BeforeEach
  void startThreePeers() {
    startAll();
  }

  @AfterEach
  void endAllProcesses() {
    started.forEach(StoreProcess::close);
  }

  private void startAll() {
    for (String self : List.of("n1", "n2", "n3")) {
      start(self);
    }
    nodes.values().forEach(node -> node.expect("ready"));
  }

  private StoreProcess start(String self) {
    StoreProcess node = new StoreProcess(dir.resolve(self), self, ports);
    started.add(node);
    nodes.put(self, node);
    return node;
  }

  @Test
  void killedLeaderLosesNoAcknowledgedWrite() {
    StoreProcess leader = leader();
    StoreProcess writer = follower(leader);
    writer.order("write " + PID);
    awaitAcknowledged(writer, 50);

    leader.kill();
    long before = acknowledgedBy(writer);
    awaitAcknowledged(writer, before + 50);

    start(leader.self).expect("ready");
    stopWriting(writer);
    assertEveryReplicaHoldsEverythingAcknowledged(nodes.values());
  }

  @Test
  void killingEveryNodeAtOnceLosesNoAcknowledgedWrite() {
    StoreProcess writer = leader();
    writer.order("write " + PID);
    awaitAcknowledged(writer, 100);

    nodes.values().forEach(node -> node.signal("KILL"));
    nodes.values().forEach(StoreProcess::kill);
    remember(writer);

    startAll();
    assertEveryReplicaHoldsEverythingAcknowledged(nodes.values());
  }

  @Test
  void writesGoOnWhileTheLeaderIsFrozen() {
    StoreProcess leader = leader();
    StoreProcess writer = follower(leader);
    writer.order("write " + PID);
    awaitAcknowledged(writer, 50);

    leader.signal("STOP");
    long before = acknowledgedBy(writer);
    await().atMost(WRITES_GO_ON_WITHIN).until(() -> acknowledgedBy(writer) > before + 50);
    // Reading works too while it is frozen.
    assertHoldsEverythingAcknowledged(writer);

    leader.signal("CONT");
    awaitAcknowledged(writer, acknowledgedBy(writer) + 50);
    stopWriting(writer);
    assertEveryReplicaHoldsEverythingAcknowledged(nodes.values());
  }

  @Test
  void aFrozenWriterThatLedIsFencedWhenItWakes() {
    StoreProcess old = leader();
    old.order("write " + PID);
    awaitAcknowledged(old, 20);

    old.signal("STOP");
    remember(old);
    StoreProcess successor = follower(old);
    successor.order("write " + PID);
    awaitAcknowledged(successor, 50);

    old.signal("CONT");
    old.expect("fenced " + PID);
    remember(old);
    stopWriting(successor);
    assertEveryReplicaHoldsEverythingAcknowledged(nodes.values());
  }

  @Test
  void theSecondOfTwoWritersIsFenced() {
    StoreProcess first = nodes.get("n1");
    StoreProcess second = nodes.get("n2");
    first.order("write " + PID);
    second.order("write " + PID);
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
    assertEveryReplicaHoldsEverythingAcknowledged(nodes.values());
  }

  @Test
  void aPlannedStopOfTheLeaderHandsLeadershipOver() {
    StoreProcess leader = leader();
    StoreProcess writer = follower(leader);
    writer.order("write " + PID);
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
    leader.order("write-large " + PID + " " + (200 << 10));
    for (int round = 1; round <= 3; round++) {
      awaitAcknowledged(leader, 40L * round);
      nodes.values().stream()
          .filter(node -> node != away)
          .forEach(node -> assertThat(node.ask("snapshot", "snapshot")).endsWith("true"));
    }
    stopWriting(leader);
    assertThat(filesOf(leader.self, "log_0-")).isEmpty();
    assertThat(filesOf(away.self, "snapshot.")).isEmpty();

    // It answers at once through the others, and gets the state by itself.
    StoreProcess back = start(away.self);
    back.expect("ready");
    await().atMost(StoreFixture.PATIENCE).until(() -> !filesOf(away.self, "snapshot.").isEmpty());
    assertEveryReplicaHoldsEverythingAcknowledged(nodes.values());

    // What it was sent is on its disk and takes part from now on.
    leader.kill();
    nodes.remove(leader.self);
    assertEveryReplicaHoldsEverythingAcknowledged(nodes.values());
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
              String id = nodes.get("n1").ask("leader", "leader").split(" ")[1];
              leader[0] = nodes.get(id);
              return leader[0] != null;
            });
    return leader[0];
  }

  private StoreProcess follower(StoreProcess leader) {
    return nodes.values().stream().filter(node -> node != leader).findFirst().orElseThrow();
  }

  private static long acknowledgedBy(StoreProcess writer) {
    return writer.lines("acked " + PID).size();
  }

  private static void awaitAcknowledged(StoreProcess writer, long count) {
    await().atMost(StoreFixture.PATIENCE).until(() -> acknowledgedBy(writer) >= count);
  }

  private void stopWriting(StoreProcess writer) {
    writer.ask("stop", "stopped " + PID);
    remember(writer);
  }

  private void remember(StoreProcess writer) {
    for (String line : writer.lines("acked " + PID)) {
      long sequenceNr = Long.parseLong(line.split(" ")[2]);
      acknowledged.put(sequenceNr, writer.self + ":" + sequenceNr);
    }
  }

  /** Nobody writes any more: waits until all have applied the same, then reads each one's own. */
  private void assertEveryReplicaHoldsEverythingAcknowledged(Collection<StoreProcess> replicas) {
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(
            () ->
                replicas.stream().map(node -> node.ask("applied", "applied")).distinct().count()
                    == 1);
    replicas.forEach(this::assertHoldsEverythingAcknowledged);
  }

  private void assertHoldsEverythingAcknowledged(StoreProcess node) {
    node.forget("event " + PID);
    node.ask("dump " + PID, "dumped " + PID);
    Map<Long, String> held = new TreeMap<>();
    for (String line : node.lines("event " + PID)) {
      String[] words = line.split(" ");
      held.put(Long.parseLong(words[2]), words[3]);
    }
    assertThat(held.keySet())
        .as("sequence numbers at %s", node)
        .hasSize(held.keySet().stream().reduce(0L, (a, b) -> b).intValue());
    assertThat(held).as("events at %s", node).containsAllEntriesOf(acknowledged);
  }
}
