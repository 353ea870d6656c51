package io.hawser.runtime.image.build;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Wildcards of COPY and {@code .dockerignore}, as Go's filepath.Match and Docker's {@code **}. */
final class PathPatterns {
  private PathPatterns() {}

  /** Whether one component has a wildcard. */
  static boolean isPattern(String component) {
    return component.chars().anyMatch(c -> c == '*' || c == '?' || c == '[');
  }

  /**
   * @throws IllegalArgumentException when a bracket is not closed
   */
  static Pattern compile(String pattern) {
    StringBuilder regex = new StringBuilder();
    int i = 0;
    while (i < pattern.length()) {
      char c = pattern.charAt(i);
      if (c == '*' && pattern.startsWith("**", i)) {
        i += 2;
        if (i < pattern.length() && pattern.charAt(i) == '/') {
          regex.append("(?:.*/)?");
          i++;
        } else {
          regex.append(".*");
        }
        continue;
      }
      switch (c) {
        case '*' -> regex.append("[^/]*");
        case '?' -> regex.append("[^/]");
        case '[' -> i = bracket(pattern, i, regex);
        case '\\' -> {
          i = Math.min(i + 1, pattern.length() - 1);
          regex.append(Pattern.quote(pattern.substring(i, i + 1)));
        }
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
      i++;
    }
    try {
      return Pattern.compile(regex.toString(), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("'" + pattern + "' is no pattern", e);
    }
  }

  private static int bracket(String pattern, int open, StringBuilder regex) {
    int close = pattern.indexOf(']', open + 2);
    if (close < 0) {
      throw new IllegalArgumentException("'" + pattern + "' has a [ without ]");
    }
    String set = pattern.substring(open + 1, close).replace("[", "\\[").replace("&&", "&\\&");
    regex.append('[').append(set).append(']');
    return close;
  }
}
