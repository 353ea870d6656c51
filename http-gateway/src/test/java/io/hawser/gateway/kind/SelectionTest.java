package io.hawser.gateway.kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.gateway.wire.StatusError;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectionTest {
  private static final Map<String, String> LABELS = Map.of("app", "web", "tier", "front");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app=web|true",
        "app==web|true",
        "app = web|true",
        "app=api|false",
        "app!=api|true",
        "gone!=x|true",
        "app in (web,api)|true",
        "app in (api)|false",
        "app notin (api)|true",
        "app|true",
        "!app|false",
        "!gone|true",
        "app=web,tier=back|false",
        "app in (a, web),tier|true"
      })
  void labelSelectorsMatchAsInKubernetes(String selector, boolean matches) {
    assertThat(Selection.parseLabels(selector).matches(LABELS)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=b=c", "=x", "app in web", "app in (a", "a b", "app=(x)"})
  void aLabelSelectorThatCantBeReadIsRefused(String selector) {
    assertThatThrownBy(() -> Selection.parseLabels(selector))
        .isInstanceOf(StatusError.class)
        .hasMessageContaining("labelSelector");
  }

  @Test
  void fieldSelectorsAreReadInAllTheirForms() {
    assertThat(Selection.parseFields("a=1,b==2,c!=3", Set.of("a", "b", "c")))
        .containsExactly(
            new Selection.FieldTerm("a", true, "1"),
            new Selection.FieldTerm("b", true, "2"),
            new Selection.FieldTerm("c", false, "3"));
  }

  @Test
  void anUnknownFieldIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> Selection.parseFields("spec.color=red", Set.of("metadata.name")))
        .hasMessageContaining("spec.color")
        .hasMessageContaining("metadata.name");
  }

  @ParameterizedTest
  @CsvSource({
    "5, 5s",
    "119, 119s",
    "120, 2m",
    "125, 2m5s",
    "600, 10m",
    "7200, 120m",
    "10800, 3h",
    "10860, 3h1m",
    "90000, 25h",
    "176400, 2d1h",
    "864000, 10d",
    "-3, 0s"
  })
  void agesAreShortenedAsKubectlDoes(long seconds, String text) {
    assertThat(HumanDuration.of(Duration.ofSeconds(seconds))).isEqualTo(text);
  }
}
