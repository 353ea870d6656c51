package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Backups of a running store, and their way back. */
class StoreBackupTest extends SeveralStores {
  @Test
  void aBackupOfARunningStoreComesBackInAnEmptyOne() throws Exception {
    found("n1");
    write("n1", 30);
    StoreFixture.await(store("n1").client().deleteEvents(PID, 10));
    StoreFixture.await(
        store("n1")
            .client()
            .saveSnapshot(PID, new StoreCommand.StoredSnapshot(12, 99, new byte[700 << 10])));
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      Files.copy(bytes, file);
    }
    write("n1", 1);
    List<LogSummary> saved = StoreBackup.inspect(file);
    assertThat(saved).hasSize(1);
    assertThat(saved.get(0).highestSequenceNr()).isEqualTo(30);

    found("n4");
    // What was begun in the new cluster ends where the backup takes over.
    append("n4", 1);
    backup("n4").restore(file);
    assertThat(StoreFixture.await(store("n4").logs())).isEqualTo(saved);
    assertThat(events("n4"))
        .containsExactlyElementsOf(LongStream.rangeClosed(11, 30).boxed().toList());
    assertThatThrownBy(() -> append("n4", 2)).hasCauseInstanceOf(FencedWriteException.class);
    append("n4", 31);
    assertThatThrownBy(() -> backup("n4").restore(file))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("has gone on to 31");
  }

  /** Two logs, of which one can't take its place: neither does, and nothing of them stays. */
  @Test
  void aBackupThatFitsOnlyInPartChangesNothing() throws Exception {
    found("n1");
    write("n1", 30);
    StoreFixture.await(
        store("n1").client().append("security", List.of(new StoredEvent(1, new byte[100]))));
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      Files.copy(bytes, file);
    }

    found("n4");
    StoreFixture.await(
        store("n4").client().append("security", List.of(new StoredEvent(1, new byte[100]))));
    List<LogSummary> before = StoreFixture.await(store("n4").logs());
    assertThatThrownBy(() -> backup("n4").restore(file))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("security has gone on to 1");
    assertThat(StoreFixture.await(store("n4").logs())).isEqualTo(before);
  }

  @Test
  void aRestoreThatFailsInTheMiddleLeavesNothingBehind() throws Exception {
    found("n1");
    for (int i = 0; i < 3; i++) {
      append("n1", ++written, 300 << 10);
    }
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      Files.copy(bytes, file);
    }

    start(
        "n4",
        "hawser.store { self = n4, peers = [\"n4=%s\"], limits { page-bytes = 100 KiB, state-bytes = 500 KiB, state-heap-percent = 0 } }",
        address("n4"));
    assertThatThrownBy(() -> backup("n4").restore(file))
        .hasCauseInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("store full");
    assertThat(StoreFixture.await(store("n4").logs()))
        .allMatch(log -> log.events() == 0 && log.snapshots() == 0);
    append("n4", 1);
  }

  @Test
  void whatAKilledRestoreLeftGoesWithALaterOne() throws Exception {
    found("n1");
    write("n1", 3);
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      Files.copy(bytes, file);
    }
    found("n4");
    Instant now = Instant.now();
    List<String> begun =
        List.of(
            "restored:" + now.minus(Duration.ofHours(2)).toEpochMilli() + "-id:scheduler",
            "restored:older-version:scheduler",
            "restored:" + now.minus(Duration.ofMinutes(2)).toEpochMilli() + "-id:scheduler");
    for (String log : begun) {
      StoreFixture.await(
          store("n4").client().append(log, List.of(new StoredEvent(1, new byte[100]))));
    }

    backup("n4").restore(file);

    Map<String, Integer> events = new HashMap<>();
    StoreFixture.await(store("n4").logs())
        .forEach(log -> events.put(log.persistenceId(), log.events()));
    assertThat(events)
        .containsEntry(PID, 3)
        .containsEntry(begun.get(0), 0)
        .containsEntry(begun.get(1), 0)
        .containsEntry(begun.get(2), 1);
  }

  @Test
  void aBackupThatTheDiskHasNoPlaceForSaysSo() throws Exception {
    found("n1");
    write("n1", 3);
    Path state = store("n1").peer().orElseThrow().stateDirectory();
    StoreFixture.deleteTree(state);
    assertThatThrownBy(() -> backup("n1").open())
        .hasRootCauseInstanceOf(IOException.class)
        .hasMessageContaining(state.toString());
    // The next one is not held up by it.
    Files.createDirectories(state);
    try (InputStream bytes = backup("n1").open()) {
      assertThat(bytes.readAllBytes()).isNotEmpty();
    }
  }

  /** An empty replica that waits must not become the only one. */
  @Test
  void aDamagedBackupChangesNothing() throws Exception {
    found("n1");
    write("n1", 3);
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      byte[] content = bytes.readAllBytes();
      content[content.length / 2] ^= 1;
      Files.write(file, content);
    }
    assertThatThrownBy(() -> StoreBackup.inspect(file)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> backup("n1").restore(file)).isInstanceOf(IOException.class);
    assertHoldsEverything("n1");
  }
}
