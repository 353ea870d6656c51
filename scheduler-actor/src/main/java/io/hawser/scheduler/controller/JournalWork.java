package io.hawser.scheduler.controller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.cluster.protocol.ControllerProtocol.BackupOpened;
import io.hawser.cluster.protocol.ControllerProtocol.ChangeControllers;
import io.hawser.cluster.protocol.ControllerProtocol.Controllers;
import io.hawser.cluster.protocol.ControllerProtocol.Entry;
import io.hawser.cluster.protocol.ControllerProtocol.Journal;
import io.hawser.cluster.protocol.ControllerProtocol.Log;
import io.hawser.cluster.protocol.ControllerProtocol.LogEntryId;
import io.hawser.persistence.HawserStore;
import io.hawser.persistence.JournaledEvent;
import io.hawser.persistence.LogEnd;
import io.hawser.persistence.LogSummary;
import io.hawser.persistence.StoreBackup;
import io.hawser.persistence.StoreMembers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.serialization.jackson.JacksonObjectMapperProvider;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.javadsl.FileIO;
import org.apache.pekko.stream.javadsl.StreamConverters;
import org.apache.pekko.stream.javadsl.StreamRefs;
import org.apache.pekko.util.ByteString;

/** What a controller does for an operator; blocks, so it runs on threads that may. */
final class JournalWork {
  /** Streams between nodes are cut into pieces well below the largest frame. */
  private static final int PIECE_BYTES = 64 << 10;

  private final ActorSystem<?> system;
  private final HawserStore store;
  private final String node;
  private final ObjectMapper json;

  JournalWork(ActorSystem<?> system, HawserStore store, String node) {
    this.system = system;
    this.store = store;
    this.node = node;
    this.json =
        JacksonObjectMapperProvider.get(system).getOrCreate("hawser-journal", Optional.empty());
  }

  Controllers controllers() {
    return answer(members().list(), Optional.empty());
  }

  Controllers failed(String why) {
    return answer(Map.of(), Optional.of(why));
  }

  private Controllers answer(Map<String, String> members, Optional<String> failure) {
    LogEnd last = store.lastEntry();
    return new Controllers(
        members,
        store.leader(),
        node,
        store.appliedIndex(),
        new LogEntryId(last.term(), last.index()),
        failure);
  }

  Controllers change(ChangeControllers change) {
    StoreMembers members = members();
    Map<String, String> now;
    if (change.add().isPresent() && change.remove().isPresent()) {
      now = members.replace(change.remove().get(), change.add().get(), address(change));
    } else if (change.add().isPresent()) {
      now = members.add(change.add().get(), address(change));
    } else {
      now = members.remove(change.remove().orElseThrow());
    }
    return answer(now, Optional.empty());
  }

  private static String address(ChangeControllers change) {
    return change
        .address()
        .orElseThrow(() -> new IllegalArgumentException("the added one's address is missing"));
  }

  private StoreMembers members() {
    return store.members().toCompletableFuture().join();
  }

  static Journal journal(List<LogSummary> logs) {
    return new Journal(
        logs.stream()
            .map(
                log ->
                    new Log(
                        log.persistenceId(),
                        log.firstSequenceNr(),
                        log.highestSequenceNr(),
                        log.events(),
                        log.snapshots(),
                        log.newestSnapshot(),
                        log.bytes()))
            .toList(),
        Optional.empty());
  }

  static Journal journalFailed(String why) {
    return new Journal(List.of(), Optional.of(why));
  }

  Entry entry(JournaledEvent event) {
    try {
      return new Entry(
          event.sequenceNr(),
          Instant.ofEpochMilli(event.timestampMillis()),
          event.event().getClass().getSimpleName(),
          json.writeValueAsString(event.event()),
          event.writer());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("event " + event.sequenceNr() + " can't be shown", e);
    }
  }

  BackupOpened backUp() {
    try {
      InputStream file = store.backup().toCompletableFuture().join().open();
      SourceRef<ByteString> bytes =
          StreamConverters.fromInputStream(() -> file, PIECE_BYTES)
              .runWith(StreamRefs.sourceRef(), system);
      return new BackupOpened(Optional.of(bytes), Optional.empty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** First the whole file is here and its sum is right; only then is anything changed. */
  CompletionStage<Journal> restore(SourceRef<ByteString> backup, Executor threads) {
    Path file;
    try {
      file = Files.createTempFile("hawser-restore-", ".backup");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return backup
        .getSource()
        .runWith(FileIO.toPath(file), system)
        .thenApplyAsync(written -> restore(file), threads)
        .whenComplete((done, failure) -> delete(file));
  }

  private Journal restore(Path file) {
    try {
      StoreBackup backups = store.backup().toCompletableFuture().join();
      return journal(backups.restore(file));
    } catch (IOException e) {
      throw new UncheckedIOException("the backup can't be read: " + e.getMessage(), e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException left) {
      // A temporary file of the machine's.
    }
  }
}
