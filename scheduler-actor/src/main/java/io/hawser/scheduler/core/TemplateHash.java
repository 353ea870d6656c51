package io.hawser.scheduler.core;

import io.hawser.model.RecordPart;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A short name for a template, the same in every JVM: maps are hashed in the order of their keys,
 * whose order in memory differs from run to run. Templates are compared by value, never by hash, so
 * a later version may hash differently without rolling anything out.
 */
final class TemplateHash {
  private static final int LENGTH = 10;

  private TemplateHash() {}

  /**
   * @param salt another hash for the same template, should one be taken by a different template
   */
  static String of(Record template, int salt) {
    StringBuilder canonical = new StringBuilder();
    write(template, canonical);
    byte[] digest = sha256(canonical.append(salt).toString());
    StringBuilder hash = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      hash.append(Identities.ALPHABET.charAt(Math.floorMod(digest[i], 27)));
    }
    return hash.toString();
  }

  private static void write(Object value, StringBuilder out) {
    if (value instanceof Record record) {
      writeRecord(record, out);
    } else if (value instanceof Map<?, ?> map) {
      out.append('{');
      new TreeMap<>(map).forEach((k, v) -> pair(k, v, out));
      out.append('}');
    } else if (value instanceof Collection<?> list) {
      out.append('[');
      list.forEach(element -> write(element, out));
      out.append(']');
    } else if (value instanceof Optional<?> optional) {
      write(optional.map(List::of).orElse(List.of()), out);
    } else {
      String text = String.valueOf(value);
      out.append(text.length()).append(':').append(text);
    }
  }

  private static void pair(Object key, Object value, StringBuilder out) {
    write(key, out);
    write(value, out);
  }

  private static void writeRecord(Record record, StringBuilder out) {
    out.append('(');
    for (RecordPart part : RecordPart.of(record.getClass())) {
      pair(part.name(), part.read(record), out);
    }
    out.append(')');
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
