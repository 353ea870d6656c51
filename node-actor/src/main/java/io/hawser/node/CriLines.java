package io.hawser.node;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;

/**
 * From records of a CRI log to what a user asked to see. A record is {@code <RFC 3339 time>
 * <stdout|stderr> <F|P> <text>}; a line longer than the writer's buffer comes as several of tag P
 * and a last one of tag F. Fed in pieces that may end anywhere.
 */
final class CriLines {
  private static final int LONGEST_RECORD_BYTES = 256 * 1024;

  private final boolean timestamps;
  private final Optional<Instant> since;
  private long linesToSkip;
  private long bytesLeft;
  private boolean insideLine;
  private boolean lineWanted = true;
  private byte[] rest = new byte[0];

  /**
   * @param linesToSkip whole lines at the start that are not shown
   * @param limitBytes the output ends after so many, perhaps in the middle of a line
   */
  CriLines(
      boolean timestamps, Optional<Instant> since, long linesToSkip, Optional<Long> limitBytes) {
    this.timestamps = timestamps;
    this.since = since;
    this.linesToSkip = linesToSkip;
    this.bytesLeft = limitBytes.orElse(Long.MAX_VALUE);
  }

  boolean isFull() {
    return bytesLeft <= 0;
  }

  byte[] feed(byte[] bytes, int length) {
    byte[] all = Arrays.copyOf(rest, rest.length + length);
    System.arraycopy(bytes, 0, all, rest.length, length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int start = 0;
    for (int i = rest.length; i < all.length; i++) {
      if (all[i] == '\n') {
        record(all, start, i, out);
        start = i + 1;
      }
    }
    rest = Arrays.copyOfRange(all, start, all.length);
    if (rest.length > LONGEST_RECORD_BYTES) {
      // Not a log of ours; memory is bounded all the same.
      rest = new byte[0];
    }
    byte[] shown = out.toByteArray();
    if (shown.length > bytesLeft) {
      shown = Arrays.copyOf(shown, (int) bytesLeft);
    }
    bytesLeft -= shown.length;
    return shown;
  }

  private void record(byte[] bytes, int from, int to, ByteArrayOutputStream out) {
    int afterTime = indexOf(bytes, from, to);
    int afterStream = afterTime < 0 ? -1 : indexOf(bytes, afterTime + 1, to);
    if (afterStream < 0 || afterStream + 1 >= to) {
      return;
    }
    boolean whole = bytes[afterStream + 1] == 'F';
    if (!insideLine) {
      String time = new String(bytes, from, afterTime - from, StandardCharsets.US_ASCII);
      lineWanted = linesToSkip <= 0 && since.map(s -> !isBefore(time, s)).orElse(true);
      if (lineWanted && timestamps) {
        out.writeBytes((time + " ").getBytes(StandardCharsets.US_ASCII));
      }
    }
    if (lineWanted) {
      int text = Math.min(afterStream + 3, to);
      out.write(bytes, text, to - text);
      if (whole) {
        out.write('\n');
      }
    }
    insideLine = !whole;
    if (whole && linesToSkip > 0) {
      linesToSkip--;
    }
  }

  /** Whole lines in a piece of a log that begins at the start of a record. */
  static long countLines(byte[] bytes, int length, CountState state) {
    long lines = 0;
    for (int i = 0; i < length; i++) {
      byte b = bytes[i];
      if (b == '\n') {
        lines += state.whole ? 1 : 0;
        state.spaces = 0;
        state.whole = false;
      } else if (state.spaces == 2) {
        state.whole = b == 'F';
        state.spaces = 3;
      } else if (b == ' ' && state.spaces < 2) {
        state.spaces++;
      }
    }
    return lines;
  }

  /** Where {@link #countLines} is between two pieces. */
  static final class CountState {
    private int spaces;
    private boolean whole;
  }

  private static boolean isBefore(String time, Instant since) {
    try {
      return Instant.parse(time).isBefore(since);
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private static int indexOf(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == ' ') {
        return i;
      }
    }
    return -1;
  }
}
