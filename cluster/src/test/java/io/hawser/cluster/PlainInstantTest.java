package io.hawser.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainInstantTest {
  private static final ObjectMapper JSON =
      new ObjectMapper().registerModule(new JavaTimeModule()).registerModule(new ModelModule());

  @Test
  void whatAnInstantWritesIsReadAsThatInstant() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      // From 1653 to 2286: years of four digits.
      long seconds = (long) (random.nextDouble() * 20e9) - 10_000_000_000L;
      int nanos = random.nextInt(1_000_000_000) / new int[] {1, 1_000, 1_000_000}[i % 3];
      Instant instant = Instant.ofEpochSecond(seconds, i % 4 == 0 ? 0 : nanos);
      assertThat(parse(instant.toString())).as("seed " + seed).isEqualTo(instant);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-02T03:04:05",
        "2026-02-30T03:04:05Z",
        "2026-01-02T24:04:05Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05.12x4Z",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05,123Z",
        "",
        "Z"
      })
  void everythingElseIsLeftToJackson(String text) {
    assertThat(parse(text)).isNull();
  }

  /** In the middle of a buffer, as a parser has it. */
  private static Instant parse(String text) {
    return PlainInstant.parse(("9:" + text + "9Z").toCharArray(), 2, text.length());
  }

  @Test
  void whatJacksonReadsIsStillRead() throws IOException {
    Instant instant = Instant.parse("2026-01-02T03:04:05Z");
    assertThat(JSON.readValue("\"2026-01-02T04:04:05+01:00\"", Instant.class)).isEqualTo(instant);
    assertThat(JSON.readValue("1767323045", Instant.class)).isEqualTo(instant);
    assertThatThrownBy(() -> JSON.readValue("\"2026-02-30T03:04:05Z\"", Instant.class))
        .isInstanceOf(JsonMappingException.class);
  }
}
