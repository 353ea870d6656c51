package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.SnapshotRange;

/** A question to the store. It is answered from one peer's memory and never logged. */
sealed interface StoreQuery {

  /** The highest sequence number ever written, 0 when there is none. */
  record HighestSequenceNr(String persistenceId) implements StoreQuery {}

  /**
   * The first events in a range that together stay below {@code maxBytes}, but at least one; bounds
   * are inclusive.
   */
  record ReadEvents(
      String persistenceId, long fromSequenceNr, long toSequenceNr, int maxEvents, int maxBytes)
      implements StoreQuery {}

  /** The newest snapshot in a range. */
  record FindSnapshot(String persistenceId, SnapshotRange range) implements StoreQuery {}

  /** Every persistence id that something was ever written under. */
  record ListLogs() implements StoreQuery {}

  /** A part of a snapshot's body that {@link FindSnapshot} found. */
  record ReadSnapshot(
      String persistenceId, long sequenceNr, long timestampMillis, int offset, int maxBytes)
      implements StoreQuery {}
}
