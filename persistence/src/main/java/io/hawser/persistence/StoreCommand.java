package io.hawser.persistence;

import java.util.List;
import java.util.UUID;

/** A change to the store. It passes through the Raft log and is applied on every peer alike. */
sealed interface StoreCommand {

  /**
   * Appends events whose sequence numbers follow one another.
   *
   * @param writeId the same for every retry of one write: the second time it is accepted, not
   *     fenced
   * @param events at least one, contiguous
   */
  record AppendEvents(UUID writeId, String persistenceId, List<StoredEvent> events)
      implements StoreCommand {}

  /** Deletes the events up to and with a sequence number; the highest one stays known. */
  record DeleteEvents(String persistenceId, long toSequenceNr) implements StoreCommand {}

  /** Keeps a snapshot; one with the same sequence number is replaced. */
  record SaveSnapshot(String persistenceId, StoredSnapshot snapshot) implements StoreCommand {}

  /** Deletes every snapshot in the range. */
  record DeleteSnapshots(String persistenceId, SnapshotRange range) implements StoreCommand {}

  /**
   * Begins a log at a later number than 1, as a backup's is. Refused when there is one.
   *
   * @param highestSequenceNr the number before the first event that will follow
   */
  record StartLog(String persistenceId, long highestSequenceNr) implements StoreCommand {}

  /**
   * Puts one log into the place of another, whole. Refused unless its highest number is above the
   * other's: a writer that goes on under the old numbers is then fenced.
   */
  record ReplaceLog(String from, String persistenceId) implements StoreCommand {}

  /** A piece of an encoded command too large for one log entry; the last piece applies it. */
  record UploadChunk(UUID uploadId, int index, int count, byte[] bytes) implements StoreCommand {}

  /** An event as the store sees it: a number and bytes it does not look into. */
  record StoredEvent(long sequenceNr, byte[] body) {}

  /** A snapshot as the store sees it; time in milliseconds since the epoch. */
  record StoredSnapshot(long sequenceNr, long timestampMillis, byte[] body) {}

  /** Which snapshots are meant; every bound is inclusive. */
  record SnapshotRange(
      long minSequenceNr, long maxSequenceNr, long minTimestampMillis, long maxTimestampMillis) {
    static final SnapshotRange ALL =
        new SnapshotRange(Long.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE);

    boolean contains(StoredSnapshot snapshot) {
      return snapshot.sequenceNr() >= minSequenceNr
          && snapshot.sequenceNr() <= maxSequenceNr
          && snapshot.timestampMillis() >= minTimestampMillis
          && snapshot.timestampMillis() <= maxTimestampMillis;
    }
  }
}
