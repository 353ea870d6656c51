package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.StoredEvent;
import java.util.List;

/** The store's answer to one command or query. A refusal is an answer, not an error. */
sealed interface StoreReply {

  /** The command was applied. */
  record Done() implements StoreReply {}

  /** The events did not follow the highest sequence number: somebody else has written. */
  record Fenced(long highestSequenceNr) implements StoreReply {}

  /** The command changed nothing, for this reason. */
  record Refused(String reason) implements StoreReply {}

  record Highest(long sequenceNr) implements StoreReply {}

  record Events(List<StoredEvent> events) implements StoreReply {}

  /** Where a snapshot's body is and how long, in bytes. */
  record SnapshotFound(long sequenceNr, long timestampMillis, int bodyBytes)
      implements StoreReply {}

  record NoSnapshot() implements StoreReply {}

  record Logs(List<LogSummary> logs) implements StoreReply {}

  record SnapshotPart(byte[] bytes) implements StoreReply {}
}
