package io.hawser.persistence;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * What the store holds under one persistence id.
 *
 * @param firstSequenceNr of the oldest retained event; above the highest when none is retained
 * @param highestSequenceNr ever written
 * @param events retained ones
 * @param snapshots how many are kept
 * @param newestSnapshot its sequence number, 0 without one
 * @param bytes retained, events and snapshots, with the store's overhead
 */
public record LogSummary(
    String persistenceId,
    long firstSequenceNr,
    long highestSequenceNr,
    int events,
    int snapshots,
    long newestSnapshot,
    long bytes) {

  void writeTo(DataOutputStream out) throws IOException {
    out.writeUTF(persistenceId);
    out.writeLong(firstSequenceNr);
    out.writeLong(highestSequenceNr);
    out.writeInt(events);
    out.writeInt(snapshots);
    out.writeLong(newestSnapshot);
    out.writeLong(bytes);
  }

  static LogSummary readFrom(DataInputStream in) throws IOException {
    return new LogSummary(
        in.readUTF(),
        in.readLong(),
        in.readLong(),
        in.readInt(),
        in.readInt(),
        in.readLong(),
        in.readLong());
  }
}
