package io.hawser.scheduler;

import io.hawser.model.ObjectKey;
import io.hawser.scheduler.core.Decision;
import io.hawser.scheduler.core.SchedulerInput;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * What decisions have left over, and that one message is on its way to go on with it. Whatever
 * leaves more meanwhile, a tick above all, is added to that and does not send another: else a long
 * rollout would be gone on with once more for every second that it takes. Lost with its actor: the
 * next tick finds the same work.
 */
final class PutOff {
  private final Set<ObjectKey> owners = new HashSet<>();

  /**
   * @return whether a message has to be sent, since none is on its way
   */
  boolean add(Decision decision) {
    boolean none = owners.isEmpty();
    owners.addAll(decision.putOff());
    return none && !owners.isEmpty();
  }

  boolean isEmpty() {
    return owners.isEmpty();
  }

  /** All of it; from here on the next one that is put off sends a message again. */
  SchedulerInput.Continuation take(Instant now, long seed) {
    SchedulerInput.Continuation next =
        new SchedulerInput.Continuation(now, seed, Set.copyOf(owners));
    owners.clear();
    return next;
  }
}
