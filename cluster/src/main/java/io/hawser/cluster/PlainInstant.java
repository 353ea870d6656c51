package io.hawser.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.InstantDeserializer;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;

/**
 * Reads an instant as {@link Instant#toString} writes it, without the JDK's formatter: that took
 * more than half the time of reading a large state. Everything else is Jackson's own to read.
 */
final class PlainInstant extends StdScalarDeserializer<Instant> {
  private static final String FORM = "0000-00-00T00:00:00";
  private static final int DAY_SECONDS = 86_400;

  PlainInstant() {
    super(Instant.class);
  }

  @Override
  public Instant deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    Instant plain = parser.hasToken(JsonToken.VALUE_STRING) ? parse(parser.getText()) : null;
    return plain == null ? InstantDeserializer.INSTANT.deserialize(parser, context) : plain;
  }

  /**
   * @return null when it is not of the form {@code 2026-01-02T03:04:05[.678901234]Z}
   */
  static Instant parse(String text) {
    if (!isPlain(text)) {
      return null;
    }
    int hour = number(text, 11, 13);
    int minute = number(text, 14, 16);
    int second = number(text, 17, 19);
    if (hour > 23 || minute > 59 || second > 59) {
      return null;
    }
    try {
      LocalDate day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10));
      long seconds = day.toEpochDay() * DAY_SECONDS + hour * 3_600L + minute * 60L + second;
      return Instant.ofEpochSecond(seconds, nanos(text));
    } catch (DateTimeException notADay) {
      return null;
    }
  }

  private static boolean isPlain(String text) {
    int end = text.length() - 1;
    // A fraction is a point and one to nine digits.
    int fraction = end - FORM.length();
    if (fraction < 0 || fraction == 1 || fraction > 10 || text.charAt(end) != 'Z') {
      return false;
    }
    for (int i = 0; i < end; i++) {
      char form = i < FORM.length() ? FORM.charAt(i) : i == FORM.length() ? '.' : '0';
      char found = text.charAt(i);
      if (form == '0' ? found < '0' || found > '9' : found != form) {
        return false;
      }
    }
    return true;
  }

  private static int nanos(String text) {
    int nanos = 0;
    int digits = 0;
    for (int i = FORM.length() + 1; i < text.length() - 1; i++, digits++) {
      nanos = nanos * 10 + text.charAt(i) - '0';
    }
    for (int missing = digits; missing > 0 && missing < 9; missing++) {
      nanos *= 10;
    }
    return nanos;
  }

  private static int number(String text, int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      number = number * 10 + text.charAt(i) - '0';
    }
    return number;
  }
}
