package io.hawser.runtime;

import java.util.regex.Pattern;

/** Names that become parts of paths. */
final class Names {
  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final int MAX_HOSTNAME = 64; // __NEW_UTS_LEN

  private Names() {}

  static void check(String field, String value) {
    if (!SAFE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          field + " \"" + value + "\": expected letters, digits, '.', '_' and '-', at most 128");
    }
  }

  static void checkHostname(String value) {
    if (!SAFE.matcher(value).matches() || value.length() > MAX_HOSTNAME) {
      throw new IllegalArgumentException(
          "hostname \"" + value + "\": expected letters, digits, '.' and '-', at most 64");
    }
  }
}
