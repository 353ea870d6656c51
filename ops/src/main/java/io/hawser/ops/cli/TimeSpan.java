package io.hawser.ops.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spans of time as users write them: {@code 30s}, {@code 5m}, {@code 2h}, {@code 1d}. */
final class TimeSpan {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([smhd]?)");

  private TimeSpan() {}

  /**
   * In seconds, which are also meant without a unit.
   *
   * @return empty: not a span of time
   */
  static Optional<Long> seconds(String text) {
    Matcher match = FORM.matcher(text);
    if (!match.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(match.group(1));
    return Optional.of(
        switch (match.group(2)) {
          case "m" -> Duration.ofMinutes(count).toSeconds();
          case "h" -> Duration.ofHours(count).toSeconds();
          case "d" -> Duration.ofDays(count).toSeconds();
          default -> count;
        });
  }
}
