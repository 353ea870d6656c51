package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.PodTemplate;
import io.hawser.model.TextSize;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateHashTest {
  @Test
  void theHashDoesNotDependOnTheOrderOfMapsAndTheSizeGrowsWithTheText() {
    PodTemplate plain = WorkloadSamples.template("v1");
    assertThat(TemplateHash.of(plain, 0)).hasSize(10);
    assertThat(TemplateHash.of(plain, 1)).isNotEqualTo(TemplateHash.of(plain, 0));

    int size = TextSize.of(plain);
    PodTemplate longer =
        new PodTemplate(plain.labels(), Map.of("note", "x".repeat(100)), plain.spec());
    // Key and value with the lengths before them.
    assertThat(TextSize.of(longer)).isEqualTo(size + "4:note".length() + 100 + "100:".length());
  }
}
