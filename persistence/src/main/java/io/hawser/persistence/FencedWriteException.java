package io.hawser.persistence;

/** Another writer has written under the same persistence id: this one is out of date. */
public final class FencedWriteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FencedWriteException(String persistenceId, long firstSequenceNr, long highestSequenceNr) {
    super(
        "write of %s from sequence number %d was fenced: the highest is %d, another writer is active"
            .formatted(persistenceId, firstSequenceNr, highestSequenceNr),
        null,
        false,
        false);
  }
}
