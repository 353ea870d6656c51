package io.hawser.node;

import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * What a bug in an actor of the node leads to: that actor and its children begin anew, after a
 * growing wait. They find in {@link Machine} and {@link PodWork} what runs; no container notices.
 */
final class Supervision {
  private static final double JITTER = 0.1;

  private Supervision() {}

  static <T> Behavior<T> restarted(Behavior<T> behavior) {
    return Behaviors.supervise(behavior)
        .onFailure(
            SupervisorStrategy.restartWithBackoff(
                NodeLimits.ACTOR_RESTART_FIRST, NodeLimits.ACTOR_RESTART_MAX, JITTER));
  }
}
