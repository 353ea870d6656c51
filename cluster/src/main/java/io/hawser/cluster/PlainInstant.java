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
  private static final char[] FORM = "0000-00-00T00:00:00".toCharArray();
  private static final int NANO_DIGITS = 9;
  private static final int DAY_SECONDS = 86_400;

  PlainInstant() {
    super(Instant.class);
  }

  @Override
  public Instant deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    Instant plain =
        parser.hasToken(JsonToken.VALUE_STRING)
            ? parse(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength())
            : null;
    return plain == null ? InstantDeserializer.INSTANT.deserialize(parser, context) : plain;
  }

  /**
   * @return null when it is not of the form {@code 2026-01-02T03:04:05[.678901234]Z}
   */
  static Instant parse(char[] text, int offset, int length) {
    if (!isPlain(text, offset, length)) {
      return null;
    }
    int hour = number(text, offset + 11, 2);
    int minute = number(text, offset + 14, 2);
    int second = number(text, offset + 17, 2);
    if (hour > 23 || minute > 59 || second > 59) {
      return null;
    }
    try {
      LocalDate day =
          LocalDate.of(
              number(text, offset, 4), number(text, offset + 5, 2), number(text, offset + 8, 2));
      long seconds = day.toEpochDay() * DAY_SECONDS + hour * 3_600L + minute * 60L + second;
      return Instant.ofEpochSecond(seconds, nanos(text, offset, length));
    } catch (DateTimeException notADay) {
      return null;
    }
  }

  private static boolean isPlain(char[] text, int offset, int length) {
    // A fraction is a point and one to nine digits.
    int fraction = length - 1 - FORM.length;
    if (fraction < 0 || fraction == 1 || fraction > 10 || text[offset + length - 1] != 'Z') {
      return false;
    }
    for (int i = 0; i < length - 1; i++) {
      char form = i < FORM.length ? FORM[i] : i == FORM.length ? '.' : '0';
      char found = text[offset + i];
      if (form == '0' ? found < '0' || found > '9' : found != form) {
        return false;
      }
    }
    return true;
  }

  private static int nanos(char[] text, int offset, int length) {
    int digits = Math.max(0, length - FORM.length - 2);
    int nanos = number(text, offset + FORM.length + 1, digits);
    for (int missing = digits; digits > 0 && missing < NANO_DIGITS; missing++) {
      nanos *= 10;
    }
    return nanos;
  }

  private static int number(char[] text, int from, int digits) {
    int number = 0;
    for (int i = from; i < from + digits; i++) {
      number = number * 10 + text[i] - '0';
    }
    return number;
  }
}
