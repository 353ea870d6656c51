package io.hawser.ops.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/** Objects and durations as users read them. */
public final class Texts {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final ObjectMapper YAML =
      new YAMLMapper()
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS);

  private Texts() {}

  public static String json(JsonNode node) {
    return write(JSON, node);
  }

  public static String yaml(JsonNode node) {
    return write(YAML, node).stripTrailing();
  }

  private static String write(ObjectMapper mapper, JsonNode node) {
    try {
      return mapper.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can't be written", e);
    }
  }

  /** As kubectl says ages: {@code 12s}, {@code 5m20s}, {@code 3h}, {@code 4d}. */
  public static String age(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 120) {
      return seconds + "s";
    } else if (seconds < 600) {
      return seconds / 60 + "m" + (seconds % 60 == 0 ? "" : seconds % 60 + "s");
    } else if (seconds < 3 * 3600) {
      return seconds / 60 + "m";
    } else if (seconds < 48 * 3600) {
      return seconds / 3600 + "h";
    }
    return seconds / 86_400 + "d";
  }

  /**
   * The age of an API time such as {@code 2026-01-01T00:00:00Z}; {@code <unknown>} if it is none.
   */
  public static String age(String time, Instant now) {
    try {
      return age(Duration.between(Instant.parse(time), now));
    } catch (DateTimeParseException e) {
      return "<unknown>";
    }
  }

  /** Milliseconds as seconds with one decimal: {@code 4.2 s}. */
  public static String seconds(long millis) {
    return String.format(java.util.Locale.ROOT, "%.1f s", millis / 1000.0);
  }
}
