package io.hawser.cluster.replica;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.FeedProtocol.SnapshotPart;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/** Puts the parts of one snapshot together. A part of another snapshot starts anew. */
final class SnapshotAssembly {
  /** Most parts of one snapshot; an earlier version's are four times smaller. */
  static final int MAX_PARTS = FeedProtocol.MAX_SNAPSHOT_BYTES / FeedProtocol.MAX_PART_BYTES * 4;

  private long epoch;
  private long revision;
  private byte[][] parts = new byte[0][];
  private int missing;

  /** The whole snapshot's bytes, once the last missing part has come. */
  Optional<byte[]> add(SnapshotPart part) {
    if (part.parts() < 1
        || part.parts() > MAX_PARTS
        || part.part() < 0
        || part.part() >= part.parts()) {
      return Optional.empty();
    }
    boolean same =
        part.epoch() == epoch && part.revision() == revision && part.parts() == parts.length;
    if (!same) {
      epoch = part.epoch();
      revision = part.revision();
      parts = new byte[part.parts()][];
      missing = part.parts();
    }
    if (parts[part.part()] == null) {
      parts[part.part()] = part.bytes();
      missing--;
    }
    return missing == 0 ? Optional.of(joined()) : Optional.empty();
  }

  /** Some of a snapshot's parts have come, not all. */
  boolean isUnderWay() {
    return missing > 0;
  }

  private byte[] joined() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(part);
    }
    parts = new byte[0][];
    return whole.toByteArray();
  }
}
