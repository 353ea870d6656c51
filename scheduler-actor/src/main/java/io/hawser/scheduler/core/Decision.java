package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ObjectKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is to be done about an input.
 *
 * @param events to be made durable together, in this order; may be empty
 * @param answer to a client's request, valid once the events are durable
 * @param putOff the owners of pods of which more are to be made or ended at once, by the {@link
 *     #continuation}: one decision is bounded, so that its events fit into one write
 */
public record Decision(
    List<SchedulerEvent> events, Optional<Answer> answer, Set<ObjectKey> putOff) {
  public Decision {
    events = List.copyOf(events);
    putOff = Set.copyOf(putOff);
  }

  static Decision refused(Answer why) {
    return new Decision(List.of(), Optional.of(why), Set.of());
  }

  public boolean unfinished() {
    return !putOff.isEmpty();
  }

  /** What is to be decided next when this is unfinished. */
  public SchedulerInput.Continuation continuation(Instant now, long seed) {
    return new SchedulerInput.Continuation(now, seed, putOff);
  }
}
