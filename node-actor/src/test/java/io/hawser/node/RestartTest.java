package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.RestartTuning;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RestartTest {
  @Test
  void waitsDoubleFromTenSecondsToFiveMinutes() {
    List<Long> waits = new ArrayList<>();
    RestartBackoff backoff = RestartBackoff.NONE;
    for (int i = 0; i < 9; i++) {
      RestartBackoff.Step step = backoff.ended(Duration.ofSeconds(1));
      waits.add(step.delay().toSeconds());
      backoff = step.then();
    }
    assertThat(waits).containsExactly(0L, 10L, 20L, 40L, 80L, 160L, 300L, 300L, 300L);
  }

  @Test
  void longRunBeginsAnew() {
    RestartBackoff late = RestartBackoff.NONE.afterRestarts(6);
    assertThat(late.ended(RestartTuning.DEFAULT.resetAfter().minusMillis(1)).delay())
        .isEqualTo(RestartTuning.DEFAULT.max());
    RestartBackoff.Step step = late.ended(RestartTuning.DEFAULT.resetAfter());
    assertThat(step.delay()).isEqualTo(Duration.ZERO);
    assertThat(step.then().next()).isEqualTo(RestartTuning.DEFAULT.first());
  }

  @Test
  void adoptedContainerWaitsAsIfItsAgentHadLived() {
    assertThat(RestartBackoff.NONE.afterRestarts(0).next()).isEqualTo(Duration.ZERO);
    assertThat(RestartBackoff.NONE.afterRestarts(3).next()).isEqualTo(Duration.ofSeconds(40));
    assertThat(RestartBackoff.NONE.afterRestarts(1_000_000).next())
        .isEqualTo(RestartTuning.DEFAULT.max());
  }

  @Test
  void policyDecidesWhatAnEndMeans() {
    for (RestartPolicy policy : RestartPolicy.values()) {
      assertThat(RestartDecision.of(policy, true, 0)).isEqualTo(RestartDecision.SUCCEEDED);
    }
    assertThat(RestartDecision.of(RestartPolicy.ALWAYS, false, 0))
        .isEqualTo(RestartDecision.RESTART);
    assertThat(RestartDecision.of(RestartPolicy.ALWAYS, true, 1))
        .isEqualTo(RestartDecision.RESTART);
    assertThat(RestartDecision.of(RestartPolicy.ON_FAILURE, false, 0))
        .isEqualTo(RestartDecision.SUCCEEDED);
    assertThat(RestartDecision.of(RestartPolicy.ON_FAILURE, false, 1))
        .isEqualTo(RestartDecision.RESTART);
    assertThat(RestartDecision.of(RestartPolicy.NEVER, false, 0))
        .isEqualTo(RestartDecision.SUCCEEDED);
    assertThat(RestartDecision.of(RestartPolicy.NEVER, true, 1)).isEqualTo(RestartDecision.FAILED);
  }

  @Test
  void aPodsAnnotationsSayOtherwise() {
    RestartBackoff backoff =
        RestartBackoff.of(
            java.util.Map.of(
                "hawser.io/restart-backoff-first-seconds", "1",
                "hawser.io/restart-backoff-max-seconds", "4",
                "hawser.io/restart-backoff-reset-seconds", "30"));
    for (long wait : new long[] {0, 1, 2, 4, 4}) {
      RestartBackoff.Step step = backoff.ended(Duration.ofSeconds(29));
      assertThat(step.delay()).isEqualTo(Duration.ofSeconds(wait));
      backoff = step.then();
    }
    assertThat(backoff.ended(Duration.ofSeconds(30)).delay()).isZero();
    assertThat(
            RestartBackoff.of(java.util.Map.of("hawser.io/restart-backoff-first-seconds", "soon")))
        .isEqualTo(RestartBackoff.NONE);
  }
}
