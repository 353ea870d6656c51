package io.hawser.cluster.state;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads what {@link PackedOutput} wrote. Equal words are one object, and so are equal instants that
 * follow each other. Bytes that it cannot have written: {@link IllegalArgumentException}.
 */
final class PackedInput {
  private static final int MAX_NUMBER_BITS = 63;

  private final byte[] bytes;

  // As they are mostly asked for: each with its own Optional would be two objects for one.
  private final List<Optional<String>> words = new ArrayList<>();
  private Optional<Instant> before = Optional.of(Instant.EPOCH);
  private int at;

  PackedInput(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean isAtEnd() {
    return at == bytes.length;
  }

  private byte next() {
    if (at >= bytes.length) {
      throw damaged();
    }
    return bytes[at++];
  }

  private IllegalArgumentException damaged() {
    return new IllegalArgumentException("packed values are damaged at byte " + at);
  }

  long number() {
    long value = 0;
    for (int bits = 0; bits <= MAX_NUMBER_BITS; bits += 7) {
      byte more = next();
      value |= (more & 0x7fL) << bits;
      if (more >= 0) {
        return value;
      }
    }
    throw damaged();
  }

  /** A number that cannot be large, such as a count. */
  int count() {
    long count = number();
    if (count < 0 || count > Integer.MAX_VALUE) {
      throw damaged();
    }
    return (int) count;
  }

  long signed() {
    long value = number();
    return value >>> 1 ^ -(value & 1);
  }

  String text() {
    int length = count();
    if (length > bytes.length - at) {
      throw damaged();
    }
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }

  String word() {
    return wordThere().get();
  }

  private Optional<String> wordThere() {
    int known = count();
    if (known > words.size()) {
      throw damaged();
    } else if (known != PackedOutput.NEW_WORD) {
      return words.get(known - 1);
    }
    Optional<String> word = Optional.of(text());
    if (words.size() < PackedOutput.MAX_WORDS) {
      words.add(word);
    }
    return word;
  }

  Instant instant() {
    return instantThere().get();
  }

  private Optional<Instant> instantThere() {
    long seconds = signed();
    int nanos = count();
    if (seconds != 0 || nanos != before.get().getNano()) {
      before = Optional.of(Instant.ofEpochSecond(before.get().getEpochSecond() + seconds, nanos));
    }
    return before;
  }

  int flags() {
    return next();
  }

  /** Whether one of the {@link #flags} is set, from 0 on. */
  static boolean is(int flags, int bit) {
    return (flags >> bit & 1) == 1;
  }

  Optional<String> wordIf(boolean there) {
    return there ? wordThere() : Optional.empty();
  }

  Optional<Instant> instantIf(boolean there) {
    return there ? instantThere() : Optional.empty();
  }
}
