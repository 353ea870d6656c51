package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.PodSpec.RestartPolicy;
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
    RestartBackoff late = RestartBackoff.afterRestarts(6);
    assertThat(late.ended(RestartBackoff.RESET_AFTER.minusMillis(1)).delay())
        .isEqualTo(RestartBackoff.MAX);
    RestartBackoff.Step step = late.ended(RestartBackoff.RESET_AFTER);
    assertThat(step.delay()).isEqualTo(Duration.ZERO);
    assertThat(step.then().next()).isEqualTo(RestartBackoff.FIRST);
  }

  @Test
  void adoptedContainerWaitsAsIfItsAgentHadLived() {
    assertThat(RestartBackoff.afterRestarts(0).next()).isEqualTo(Duration.ZERO);
    assertThat(RestartBackoff.afterRestarts(3).next()).isEqualTo(Duration.ofSeconds(40));
    assertThat(RestartBackoff.afterRestarts(1_000_000).next()).isEqualTo(RestartBackoff.MAX);
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
}
