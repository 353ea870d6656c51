package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One peer that starts again after its files were purged, damaged or too many. */
class SinglePeerRecoveryTest {
  private static final String PID = "scheduler";

  @TempDir Path dir;
  private ActorSystem system;
  private long written;

  @AfterEach
  void stop() {
    StoreFixture.stop(system);
  }

  @Test
  void everythingIsThereAfterARestartWithPurgedLog() throws IOException {
    start("");
    writeUntilTheLogIsPurged();
    restart();
    assertHoldsEverything();
    write(1, 10);
    assertHoldsEverything();
  }

  @Test
  void theFirstReadAfterAStartSeesTheWholeLog() {
    start("");
    write(500, 1000);
    for (int round = 0; round < 5; round++) {
      StoreFixture.stop(system);
      system =
          ActorSystem.create("store", StoreFixture.config(dir, "n1", StoreFixture.freePorts(1)));
      assertThat(StoreFixture.await(client().highestSequenceNr(PID))).isEqualTo(written);
    }
  }

  @Test
  void aDamagedSnapshotIsSetAsideForTheOneBeforeAndTheLog() throws IOException {
    start("");
    writeUntilTheLogIsPurged();
    StoreFixture.stop(system);
    List<Path> snapshots = snapshots();
    assertThat(snapshots).hasSize(2);
    Path newest = snapshots.get(0);
    try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
      file.seek(file.length() / 2);
      file.write(~file.read());
    }
    start("");
    assertHoldsEverything();
    assertThat(newest.resolveSibling(newest.getFileName() + ".corrupt")).exists();
  }

  @Test
  void aTornSnapshotIsSetAsideForTheOneBeforeAndTheLog() throws IOException {
    start("");
    writeUntilTheLogIsPurged();
    StoreFixture.stop(system);
    Path newest = snapshots().get(0);
    try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }
    start("");
    assertHoldsEverything();
  }

  @Test
  void aHalfWrittenStateFileIsIgnored() throws IOException {
    start("");
    write(5, 10);
    snapshot();
    StoreFixture.stop(system);
    Path whole = snapshots().get(0);
    Files.write(whole.resolveSibling("snapshot.9_999999.tmp"), new byte[100]);
    start("");
    assertHoldsEverything();
  }

  @Test
  void theStateIsWrittenByItselfWhenTheLogHasGrown() {
    start("hawser.store.limits { log-entries = 50 }");
    write(120, 10);
    await().atMost(StoreFixture.PATIENCE).until(() -> snapshots().size() == 2);
    restart();
    assertHoldsEverything();
  }

  @Test
  void aFullStoreRefusesWritesUntilSomethingIsDeleted() {
    start(
        "hawser.store.limits { state-bytes = 100 KiB, state-heap-percent = 0, free-disk-bytes = 0 }");
    assertThatThrownBy(() -> write(20, 10 << 10))
        .rootCause()
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("limits.state-bytes");
    assertThat(written).isPositive();
    assertHoldsEverything();
    StoreFixture.await(client().deleteEvents(PID, written));
    assertThat(StoreFixture.await(client().highestSequenceNr(PID))).isEqualTo(written);
    write(2, 10 << 10);
  }

  @Test
  void aNearlyFullDiskRefusesWritesAndKeepsServing() {
    start("");
    write(5, 10);
    StoreFixture.stop(system);
    start("hawser.store.limits { free-disk-bytes = 1000000 TiB }");
    assertThatThrownBy(() -> write(1, 10))
        .rootCause()
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("disk full");
    assertHoldsEverything();
    StoreFixture.stop(system);
    start("");
    write(1, 10);
    assertHoldsEverything();
  }

  @Test
  void aSecondNodeInTheSameDirectoryDoesNotStart() {
    start("");
    ActorSystem second =
        ActorSystem.create("second", StoreFixture.config(dir, "n1", StoreFixture.freePorts(1)));
    try {
      assertThatThrownBy(() -> StoreFixture.await(HawserStore.get(second).ready()))
          .hasMessageContaining("already locked");
    } finally {
      StoreFixture.stop(second);
    }
    write(1, 10);
  }

  @Test
  void aTakenPortFailsTheStoreAndNotTheProcess() {
    List<Integer> ports = StoreFixture.freePorts(1);
    Config config = StoreFixture.config(dir.resolve("a"), "n1", ports);
    system = StoreFixture.start(config);
    ActorSystem second =
        ActorSystem.create("second", StoreFixture.config(dir.resolve("b"), "n1", ports));
    try {
      assertThatThrownBy(() -> StoreFixture.await(HawserStore.get(second).ready()))
          .hasMessageContaining("the store did not start");
    } finally {
      StoreFixture.stop(second);
    }
  }

  @Test
  void aNodeThatIsNoPeerSaysSo() {
    system =
        ActorSystem.create("worker", StoreFixture.config(dir, "w1", StoreFixture.freePorts(3)));
    HawserStore store = HawserStore.get(system);
    assertThat(store.isPeer()).isFalse();
    assertThatThrownBy(() -> StoreFixture.await(store.ready()))
        .hasMessageContaining("not among hawser.store.peers");
  }

  private void start(String extra) {
    system =
        StoreFixture.start(
            ConfigFactory.parseString(extra)
                .withFallback(StoreFixture.config(dir, "n1", StoreFixture.freePorts(1))));
  }

  private void restart() {
    StoreFixture.stop(system);
    start("");
  }

  private StoreClient client() {
    return HawserStore.get(system).client();
  }

  private void write(int events, int bytes) {
    for (int i = 0; i < events; i++) {
      byte[] body = new byte[bytes];
      // Not the first: that one says what kind of body it is.
      body[1] = (byte) (written + 1);
      StoreFixture.await(client().append(PID, List.of(new StoredEvent(written + 1, body))));
      written++;
    }
  }

  /** Segments of 4 MiB fill up, the state is written twice, the first segment goes. */
  private void writeUntilTheLogIsPurged() {
    for (int round = 0; round < 4; round++) {
      write(50, 100 << 10);
      snapshot();
    }
    write(5, 10);
    assertThat(files("log_0-")).as("the log's first segment").isEmpty();
  }

  private void snapshot() {
    assertThat(
            StoreFixture.await(HawserStore.get(system).peer().orElseThrow().takeSnapshot())
                .isSuccess())
        .isTrue();
  }

  private List<Path> snapshots() {
    return files("snapshot.").stream()
        .filter(file -> file.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
        .sorted(
            Comparator.comparing(
                    (Path file) ->
                        Long.parseLong(file.getFileName().toString().replaceAll(".*_", "")))
                .reversed())
        .toList();
  }

  private List<Path> files(String prefix) {
    try (Stream<Path> all = Files.walk(dir)) {
      return all.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void assertHoldsEverything() {
    List<Long> held = new ArrayList<>();
    for (long from = 1; ; from = held.get(held.size() - 1) + 1) {
      List<StoredEvent> page = StoreFixture.await(client().events(PID, from, Long.MAX_VALUE, 1000));
      if (page.isEmpty()) {
        break;
      }
      for (StoredEvent event : page) {
        assertThat(event.body()[1]).isEqualTo((byte) event.sequenceNr());
        held.add(event.sequenceNr());
      }
    }
    assertThat(held).hasSize((int) written);
    assertThat(StoreFixture.await(client().highestSequenceNr(PID))).isEqualTo(written);
  }
}
