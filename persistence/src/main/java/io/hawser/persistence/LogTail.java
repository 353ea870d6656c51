package io.hawser.persistence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a log that a loss of power cut short. Ratis fills a segment with zeros before it
 * writes, so the rest of a write that did not get to the disk is zeros and not the end of the file;
 * Ratis takes that for damage and does not start. What was acknowledged had been flushed, so such
 * an end is cut off; anything else that is wrong with a log is left as it is and reported.
 *
 * <p>A segment: {@code RaftLog1}, then entries of a varint length, so many bytes, and the CRC32C of
 * both (Ratis' {@code SegmentedRaftLogFormat}).
 */
final class LogTail {
  private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);
  private static final int HEADER_BYTES = 8;
  private static final int CHECKSUM_BYTES = 4;
  private static final int LARGEST_ENTRY = 1 << 20;

  /** What a disk writes whole or not at all. */
  private static final int SECTOR = 512;

  private final byte[] content;

  private LogTail(byte[] content) {
    this.content = content;
  }

  /**
   * Looks at the open segment of a store that does not run and cuts an unfinished write off. A
   * store that does not exist yet is left alone.
   */
  static void cut(Path store) throws IOException {
    for (Path segment : StoreFiles.openSegments(store)) {
      try (FileChannel file =
          FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        ByteBuffer all = ByteBuffer.allocate((int) file.size());
        while (all.hasRemaining() && file.read(all) >= 0) {}
        OptionalInt end = new LogTail(Arrays.copyOf(all.array(), all.position())).tornAt();
        if (end.isPresent()) {
          LOG.warn(
              "{}: the last write before a crash is not whole; it was never acknowledged and is cut"
                  + " off at byte {}",
              segment,
              end.getAsInt());
          file.truncate(end.getAsInt());
          file.force(true);
        }
      }
    }
  }

  /** Where the whole entries of an open segment end, when what follows is an unfinished write. */
  static OptionalInt tornAt(byte[] segment) {
    return new LogTail(segment).tornAt();
  }

  /** Where the whole entries end, when what follows is an unfinished write. */
  private OptionalInt tornAt() {
    if (content.length < HEADER_BYTES) {
      return OptionalInt.empty();
    }
    int at = HEADER_BYTES;
    int next = entryEnd(at);
    while (isWhole(at, next)) {
      at = next;
      next = entryEnd(at);
    }
    if (isZero(at, content.length) || !isTorn(at, next) || isWhole(next, entryEnd(next))) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(at);
  }

  /** Where the entry that begins here says it ends, its checksum included; −1: nowhere. */
  private int entryEnd(int at) {
    long length = 0;
    if (at < 0) {
      return -1;
    }
    for (int i = 0; i < 5 && at + i < content.length; i++) {
      length |= (long) (content[at + i] & 0x7f) << (7 * i);
      if (content[at + i] >= 0) {
        boolean possible = length > 0 && length <= LARGEST_ENTRY;
        return possible ? at + i + 1 + (int) length + CHECKSUM_BYTES : -1;
      }
    }
    return -1;
  }

  private boolean isWhole(int at, int end) {
    if (end < 0 || end > content.length) {
      return false;
    }
    CRC32C sum = new CRC32C();
    sum.update(content, at, end - CHECKSUM_BYTES - at);
    return ByteBuffer.wrap(content, end - CHECKSUM_BYTES, CHECKSUM_BYTES).getInt()
        == (int) sum.getValue();
  }

  /**
   * Something that a disk writes at once is missing: the checksum, or a whole sector. What was
   * changed after it had been written looks otherwise.
   */
  private boolean isTorn(int at, int end) {
    int last = Math.min(end, content.length);
    if (end < 0) {
      // Not even its length is whole.
      return isZero(at + 5, content.length);
    }
    if (end > content.length || isZero(end - CHECKSUM_BYTES, end)) {
      return true;
    }
    for (int sector = at / SECTOR * SECTOR; sector < last; sector += SECTOR) {
      if (isZero(Math.max(at, sector), Math.min(last, sector + SECTOR))) {
        return true;
      }
    }
    return false;
  }

  private boolean isZero(int from, int to) {
    for (int i = from; i < Math.min(to, content.length); i++) {
      if (content[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
