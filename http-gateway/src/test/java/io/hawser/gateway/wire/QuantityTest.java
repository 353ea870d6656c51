package io.hawser.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "500m, 500",
    "1, 1000",
    "0.5, 500",
    "1.5, 1500",
    ".25, 250",
    "100u, 1",
    "1n, 1",
    "2e3, 2000000",
    "1k, 1000000",
    "0, 0"
  })
  void cpuIsReadInThousandths(String text, long millis) {
    assertThat(Quantity.millis(JsonNodeFactory.instance.textNode(text))).contains(millis);
  }

  @ParameterizedTest
  @CsvSource({
    "64Mi, 67108864",
    "1Gi, 1073741824",
    "128974848, 128974848",
    "129e6, 129000000",
    "129M, 129000000",
    "123Ki, 125952",
    "1.5Ki, 1536",
    "500m, 1"
  })
  void memoryIsReadInBytes(String text, long bytes) {
    assertThat(Quantity.units(JsonNodeFactory.instance.textNode(text))).contains(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "-1",
        "1 Mi",
        "1Mb",
        "1e999",
        "99999999999E",
        "NaN",
        "1..2",
        "0x10",
        "1Mii"
      })
  void whatIsNoQuantityIsNotRead(String text) {
    assertThat(Quantity.units(JsonNodeFactory.instance.textNode(text))).isEmpty();
  }

  @Test
  void numbersAreQuantitiesToo() {
    assertThat(Quantity.millis(JsonNodeFactory.instance.numberNode(2))).contains(2000L);
  }

  @ParameterizedTest
  @CsvSource({"67108864, 64Mi", "1536, 1536", "1024, 1Ki", "1000, 1000", "0, 0"})
  void bytesAreWrittenWithTheLargestSuffix(long bytes, String text) {
    assertThat(Quantity.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"2000, 2", "500, 500m", "1500, 1500m"})
  void coresAreWrittenWholeWhenTheyAre(long millis, String text) {
    assertThat(Quantity.cpu(millis)).isEqualTo(text);
  }
}
