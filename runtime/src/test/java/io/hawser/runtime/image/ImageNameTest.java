package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {
  @ParameterizedTest
  @CsvSource({
    "alpine, docker.io/library/alpine:latest, alpine:latest",
    "hawser/web:1, docker.io/hawser/web:1, hawser/web:1",
    "docker.io/hawser/web:1, docker.io/hawser/web:1, hawser/web:1",
    "localhost/a, localhost/a:latest, localhost/a:latest",
    "127.0.0.1:5000/a/b-c__d:v1.2, 127.0.0.1:5000/a/b-c__d:v1.2, 127.0.0.1:5000/a/b-c__d:v1.2",
    "quay.io/x/y, quay.io/x/y:latest, quay.io/x/y:latest",
  })
  void shortNamesAreCompleted(String text, String full, String familiar) {
    assertThat(ImageName.parse(text)).hasToString(full);
    assertThat(ImageName.parse(text).familiar()).isEqualTo(familiar);
    assertThat(ImageName.parse(full)).isEqualTo(ImageName.parse(text));
  }

  @Test
  void digestPinsAndNeedsNoTag() {
    String digest = "sha256:" + "ab".repeat(32);
    ImageName name = ImageName.parse("quay.io/x/y@" + digest);
    assertThat(name.tag()).isEmpty();
    assertThat(name.manifestReference()).isEqualTo(digest);
    assertThat(ImageName.parse("quay.io/x/y:1@" + digest)).hasToString("quay.io/x/y:1@" + digest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Web", "a//b", "a:b:c", "a/", "-a", "a..b", "a@sha256:12", "ho st/a", "a:-x"})
  void wrongNamesSayWhy(String text) {
    assertThatThrownBy(() -> ImageName.parse(text))
        .isInstanceOfSatisfying(
            ImageFault.class, e -> assertThat(e.kind()).isEqualTo(ImageFault.Kind.INVALID_NAME))
        .hasMessageContaining("'" + text + "' is no image name: ");
  }
}
