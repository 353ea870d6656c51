package io.hawser.cluster.state;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Values as few bytes, one after the other; {@link PackedInput} reads them in the same order. Words
 * that come again are written once, an instant as its distance from the one before.
 */
final class PackedOutput {
  /** Most words that are remembered; those after them are written each time. */
  static final int MAX_WORDS = 10_000;

  /** Stands before a word that is written out; others are numbered from 1. */
  static final int NEW_WORD = 0;

  private final ByteArrayOutputStream bytes;
  private final Map<String, Integer> words = new HashMap<>();
  private Instant before = Instant.EPOCH;

  /**
   * @param usualBytes how many it will mostly be
   */
  PackedOutput(int usualBytes) {
    bytes = new ByteArrayOutputStream(usualBytes);
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  /** Seven bits a byte, the lowest first; the highest bit says that there are more. */
  void number(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }

  /** A number that may be below zero: the sign is its lowest bit. */
  void signed(long value) {
    number(value << 1 ^ value >> 63);
  }

  /** A text that hardly any other is equal to. */
  void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    number(utf8.length);
    bytes.writeBytes(utf8);
  }

  /** A text that many others are equal to. */
  void word(String word) {
    Integer known = words.get(word);
    if (known != null) {
      number(known);
      return;
    }
    number(NEW_WORD);
    text(word);
    if (words.size() < MAX_WORDS) {
      words.put(word, words.size() + 1);
    }
  }

  void instant(Instant instant) {
    signed(instant.getEpochSecond() - before.getEpochSecond());
    number(instant.getNano());
    before = instant;
  }

  /** Up to eight answers. */
  void flags(boolean... flags) {
    int all = 0;
    for (int i = 0; i < flags.length; i++) {
      all |= flags[i] ? 1 << i : 0;
    }
    bytes.write(all);
  }

  /** What is there, as a flag before it says. */
  void wordIfThere(Optional<String> word) {
    word.ifPresent(this::word);
  }

  /** As {@link #wordIfThere}. */
  void instantIfThere(Optional<Instant> instant) {
    instant.ifPresent(this::instant);
  }
}
