package io.hawser.runtime;

import java.util.List;
import java.util.Locale;

/** Signal names (signal(7)); the numbers are the same on amd64 and arm64. */
public final class Signals {
  /** In the order of their numbers, from 1 on. */
  private static final List<String> NAMES =
      List.of(
          ("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT"
                  + " STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS")
              .split(" "));

  private static final int LARGEST = 64;

  private Signals() {}

  /**
   * @param name {@code SIGTERM}, {@code TERM}, {@code 15} or empty for SIGTERM
   * @throws IllegalArgumentException for anything else
   */
  public static int parse(String name) {
    String word = name.toUpperCase(Locale.ROOT).replaceFirst("^SIG", "");
    if (word.isEmpty()) {
      return NAMES.indexOf("TERM") + 1;
    }
    if (word.matches("\\d{1,2}") && Integer.parseInt(word) <= LARGEST) {
      return Integer.parseInt(word);
    }
    int number = NAMES.indexOf(word) + 1;
    if (number == 0) {
      throw new IllegalArgumentException(
          "signal \"" + name + "\": expected a name such as SIGTERM or a number");
    }
    return number;
  }
}
