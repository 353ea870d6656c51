package io.hawser.runtime.image.fs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * File names inside images are bytes, in no particular encoding, and the JVM's own paths can't even
 * hold UTF-8 under a POSIX locale. So names inside trees and archives are <em>raw</em> strings:
 * each character is one byte.
 */
public final class RawNames {
  private RawNames() {}

  /** The raw name of a text, which is taken as UTF-8. */
  public static String raw(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** A raw name for people to read; bytes that are no UTF-8 become replacement characters. */
  public static String shown(String raw) {
    return new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  public static byte[] bytes(String raw) {
    return raw.getBytes(StandardCharsets.ISO_8859_1);
  }

  public static String of(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }

  /** The components of a path without empty ones and {@code .}; {@code ..} stays. */
  public static List<String> components(String path) {
    List<String> components = new ArrayList<>();
    int start = 0;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      if (end > start && !(end - start == 1 && path.charAt(start) == '.')) {
        components.add(path.substring(start, end));
      }
      start = end + 1;
    }
    return components;
  }
}
