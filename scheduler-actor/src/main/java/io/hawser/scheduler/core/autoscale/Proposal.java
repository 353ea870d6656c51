package io.hawser.scheduler.core.autoscale;

import io.hawser.model.HorizontalPodAutoscaler.Current;
import java.util.Optional;

/**
 * What one metric asks for.
 *
 * @param replicas empty: it can't say
 * @param failure why not
 */
public record Proposal(Optional<Integer> replicas, Optional<Current> current, String failure) {
  static Proposal failed(String why) {
    return new Proposal(Optional.empty(), Optional.empty(), why);
  }
}
