package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.AppendEvents;
import io.hawser.persistence.StoreCommand.SnapshotRange;
import io.hawser.persistence.StoreCommand.StoredEvent;
import io.hawser.persistence.StoreCommand.StoredSnapshot;
import io.hawser.persistence.StoreCommand.UploadChunk;
import io.hawser.persistence.StoreQuery.FindSnapshot;
import io.hawser.persistence.StoreQuery.HighestSequenceNr;
import io.hawser.persistence.StoreQuery.ReadEvents;
import io.hawser.persistence.StoreQuery.ReadSnapshot;
import io.hawser.persistence.StoreReply.Events;
import io.hawser.persistence.StoreReply.Fenced;
import io.hawser.persistence.StoreReply.Highest;
import io.hawser.persistence.StoreReply.Refused;
import io.hawser.persistence.StoreReply.SnapshotFound;
import io.hawser.persistence.StoreReply.SnapshotPart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * The store's operations, each answered within the router's bounds. Futures fail with {@link
 * FencedWriteException}, {@link StoreRefusedException} or {@link StoreUnavailableException}.
 */
final class StoreClient {
  /** What an encoded command adds around bodies: tag, ids, lengths; generously. */
  private static final int ENVELOPE_BYTES = 1024;

  /** Of packed events, which are small until they are unpacked. */
  private static final int MAX_PAGE_EVENTS = 4_096;

  private final StoreSettings.Limits limits;
  private final Function<byte[], CompletableFuture<ByteString>> write;
  private final Function<byte[], CompletableFuture<ByteString>> read;

  StoreClient(
      StoreSettings.Limits limits,
      Function<byte[], CompletableFuture<ByteString>> write,
      Function<byte[], CompletableFuture<ByteString>> read) {
    this.limits = limits;
    this.write = write;
    this.read = read;
  }

  /** Appends contiguous events, all or none. */
  CompletableFuture<Void> append(String persistenceId, List<StoredEvent> events) {
    return change(new AppendEvents(UUID.randomUUID(), persistenceId, events))
        .thenAccept(
            reply -> {
              if (reply instanceof Fenced fenced) {
                throw new FencedWriteException(
                    persistenceId, events.get(0).sequenceNr(), fenced.highestSequenceNr());
              }
            });
  }

  CompletableFuture<Void> deleteEvents(String persistenceId, long toSequenceNr) {
    return change(new StoreCommand.DeleteEvents(persistenceId, toSequenceNr))
        .thenApply(done -> null);
  }

  CompletableFuture<Long> highestSequenceNr(String persistenceId) {
    return ask(new HighestSequenceNr(persistenceId))
        .thenApply(reply -> ((Highest) reply).sequenceNr());
  }

  /** The first page of the range: empty only when nothing of it is retained. */
  CompletableFuture<List<StoredEvent>> events(
      String persistenceId, long fromSequenceNr, long toSequenceNr, long max) {
    int count = (int) Math.min(max, MAX_PAGE_EVENTS);
    return ask(new ReadEvents(
            persistenceId, fromSequenceNr, toSequenceNr, count, limits.pageBytes()))
        .thenApply(reply -> alone(persistenceId, ((Events) reply).events(), fromSequenceNr));
  }

  private static List<StoredEvent> alone(
      String persistenceId, List<StoredEvent> page, long fromSequenceNr) {
    EventPack.Reader reader = new EventPack.Reader();
    List<StoredEvent> events = new ArrayList<>(page.size());
    for (StoredEvent stored : page) {
      try {
        StoredEvent event = reader.alone(stored);
        if (event.sequenceNr() >= fromSequenceNr) {
          events.add(event);
        }
      } catch (IOException e) {
        throw new IllegalStateException(
            "event %d of %s is damaged".formatted(stored.sequenceNr(), persistenceId), e);
      }
    }
    return events;
  }

  CompletableFuture<Void> saveSnapshot(String persistenceId, StoredSnapshot snapshot) {
    return change(new StoreCommand.SaveSnapshot(persistenceId, snapshot)).thenApply(done -> null);
  }

  CompletableFuture<Void> deleteSnapshots(String persistenceId, SnapshotRange range) {
    return change(new StoreCommand.DeleteSnapshots(persistenceId, range)).thenApply(done -> null);
  }

  /** The newest snapshot in the range. */
  CompletableFuture<Optional<StoredSnapshot>> findSnapshot(
      String persistenceId, SnapshotRange range) {
    return ask(new FindSnapshot(persistenceId, range))
        .thenCompose(
            reply -> {
              if (!(reply instanceof SnapshotFound found)) {
                return CompletableFuture.completedFuture(Optional.empty());
              }
              byte[] body = new byte[found.bodyBytes()];
              return readParts(persistenceId, found, body, 0)
                  .thenApply(
                      whole ->
                          whole
                              ? Optional.of(
                                  new StoredSnapshot(
                                      found.sequenceNr(), found.timestampMillis(), body))
                              : Optional.empty());
            });
  }

  /** False when the snapshot was deleted meanwhile. */
  private CompletableFuture<Boolean> readParts(
      String persistenceId, SnapshotFound found, byte[] body, int offset) {
    if (offset == body.length) {
      return CompletableFuture.completedFuture(true);
    }
    return ask(new ReadSnapshot(
            persistenceId, found.sequenceNr(), found.timestampMillis(), offset, limits.pageBytes()))
        .thenCompose(
            reply -> {
              if (!(reply instanceof SnapshotPart part) || part.bytes().length == 0) {
                return CompletableFuture.completedFuture(false);
              }
              System.arraycopy(part.bytes(), 0, body, offset, part.bytes().length);
              return readParts(persistenceId, found, body, offset + part.bytes().length);
            });
  }

  /** Carries out a command that is not a persistent actor's. */
  CompletableFuture<Void> apply(StoreCommand command) {
    return change(command).thenApply(done -> null);
  }

  CompletableFuture<List<LogSummary>> logs() {
    return ask(new StoreQuery.ListLogs()).thenApply(reply -> ((StoreReply.Logs) reply).logs());
  }

  int pageBytes() {
    return limits.pageBytes();
  }

  private CompletableFuture<StoreReply> change(StoreCommand command) {
    byte[] bytes = StoreCodec.encode(command);
    boolean snapshot = command instanceof StoreCommand.SaveSnapshot;
    int limit = snapshot ? limits.snapshotBytes() : limits.writeBytes();
    if (bytes.length > limit) {
      return CompletableFuture.failedFuture(
          new StoreRefusedException(
              "a write of %d bytes is over the limit of %d (limits.%s)"
                  .formatted(bytes.length, limit, snapshot ? "snapshot-bytes" : "write-bytes")));
    }
    if (bytes.length <= limits.chunkBytes() + ENVELOPE_BYTES) {
      return write.apply(bytes).thenApply(StoreClient::decode);
    }
    int count = (bytes.length + limits.chunkBytes() - 1) / limits.chunkBytes();
    return upload(bytes, UUID.randomUUID(), 0, count);
  }

  /**
   * One piece after the other: an upload never holds more than one of the log's entries in flight.
   */
  private CompletableFuture<StoreReply> upload(byte[] bytes, UUID id, int index, int count) {
    int from = index * limits.chunkBytes();
    int to = Math.min(bytes.length, from + limits.chunkBytes());
    UploadChunk chunk = new UploadChunk(id, index, count, Arrays.copyOfRange(bytes, from, to));
    CompletableFuture<StoreReply> reply =
        write.apply(StoreCodec.encode(chunk)).thenApply(StoreClient::decode);
    return index + 1 == count
        ? reply
        : reply.thenCompose(done -> upload(bytes, id, index + 1, count));
  }

  private CompletableFuture<StoreReply> ask(StoreQuery query) {
    return read.apply(StoreCodec.encode(query)).thenApply(StoreClient::decode);
  }

  private static StoreReply decode(ByteString bytes) {
    StoreReply reply;
    try {
      reply = StoreCodec.decodeReply(bytes.newInput());
    } catch (IOException e) {
      throw new StoreRefusedException("the peer's answer is not understood: " + e.getMessage());
    }
    if (reply instanceof Refused refused) {
      throw new StoreRefusedException(refused.reason());
    }
    return reply;
  }
}
