package io.hawser.cluster.state;

import io.hawser.cluster.state.PodBlock.Row;
import java.util.Optional;

/**
 * The rows of a {@link PodBlock} field by field, without names. What such a row cannot say, {@link
 * #isPlain} sends elsewhere; a field that a record gets one day must be either written here or
 * asked for there. A change of the form needs another version.
 */
final class PodRows {
  private static final byte VERSION = 1;

  /** In place of a row that is not plain; else the place of its kind, from 1 on. */
  private static final int NOT_PLAIN = 0;

  private static final int USUAL_BYTES = 1 << 16;

  private PodRows() {}

  private static boolean isPlain(Row row) {
    return row.deletion().isEmpty()
        && row.move().isEmpty()
        && row.resize().isEmpty()
        && PackedStatus.isPlain(row.status());
  }

  /** Writes rows after each other. */
  static final class Writer {
    private final PackedOutput out = new PackedOutput(USUAL_BYTES);
    private long versionBefore;

    Writer() {
      out.number(VERSION);
    }

    byte[] toBytes() {
      return out.toBytes();
    }

    /**
     * @return false: only its place was written
     */
    boolean write(Row row) {
      if (!isPlain(row)) {
        out.number(NOT_PLAIN);
        return false;
      }
      out.number(row.kind() + 1L);
      out.flags(
          row.nodeName().isPresent(), row.placedAt().isPresent(), row.unschedulable().isPresent());
      out.text(row.name());
      out.text(row.uid());
      out.number(row.generation());
      out.signed(row.resourceVersion() - versionBefore);
      versionBefore = row.resourceVersion();
      out.instant(row.createdAt());
      out.wordIfThere(row.nodeName());
      out.instantIfThere(row.placedAt());
      out.wordIfThere(row.unschedulable());
      PackedStatus.write(out, row.status());
      return true;
    }
  }

  /** Reads them again. */
  static final class Reader {
    private final PackedInput in;
    private long versionBefore;

    Reader(byte[] rows) {
      in = new PackedInput(rows);
      long version = in.number();
      if (version != VERSION) {
        throw new IllegalArgumentException(
            "pods in form %d, this program knows %d".formatted(version, VERSION));
      }
    }

    boolean hasNext() {
      return !in.isAtEnd();
    }

    /**
     * @return empty: it is among those that are not plain
     */
    Optional<Row> next() {
      int kind = in.count();
      if (kind == NOT_PLAIN) {
        return Optional.empty();
      }
      int there = in.flags();
      return Optional.of(
          new Row(
              kind - 1,
              in.text(),
              in.text(),
              in.number(),
              versionBefore += in.signed(),
              in.instant(),
              in.wordIf(PackedInput.is(there, 0)),
              in.instantIf(PackedInput.is(there, 1)),
              Optional.empty(),
              in.wordIf(PackedInput.is(there, 2)),
              PackedStatus.read(in),
              Optional.empty(),
              Optional.empty()));
    }
  }
}
