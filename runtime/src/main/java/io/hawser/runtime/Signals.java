package io.hawser.runtime;

import java.util.Locale;
import java.util.Map;

/** Signal names (signal(7)); the numbers are the same on amd64 and arm64. */
final class Signals {
  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ABRT", 6),
          Map.entry("KILL", 9),
          Map.entry("USR1", 10),
          Map.entry("USR2", 12),
          Map.entry("PIPE", 13),
          Map.entry("ALRM", 14),
          Map.entry("TERM", 15),
          Map.entry("CONT", 18),
          Map.entry("STOP", 19),
          Map.entry("WINCH", 28));

  private static final int LARGEST = 64;

  private Signals() {}

  /**
   * @param name {@code SIGTERM}, {@code TERM}, {@code 15} or empty for SIGTERM
   * @throws IllegalArgumentException for anything else
   */
  static int parse(String name) {
    String word = name.toUpperCase(Locale.ROOT).replaceFirst("^SIG", "");
    if (word.isEmpty()) {
      return NUMBERS.get("TERM");
    }
    if (word.matches("\\d{1,2}") && Integer.parseInt(word) <= LARGEST) {
      return Integer.parseInt(word);
    }
    Integer number = NUMBERS.get(word);
    if (number == null) {
      throw new IllegalArgumentException(
          "stop signal \"" + name + "\": expected a name such as SIGTERM or a number");
    }
    return number;
  }
}
