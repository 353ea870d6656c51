package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.state.SchedulerEvent;
import java.util.List;
import java.util.Optional;

/**
 * What is to be done about an input.
 *
 * @param events to be made durable together, in this order; may be empty
 * @param answer to a client's request, valid once the events are durable
 * @param unfinished more is to be done at once by another {@link SchedulerInput.Tick}: one decision
 *     is bounded, so that its events fit into one write
 */
public record Decision(List<SchedulerEvent> events, Optional<Answer> answer, boolean unfinished) {
  public Decision {
    events = List.copyOf(events);
  }
}
