package io.hawser.node;

import java.util.Optional;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Measures a pod's limited volumes, ever more rarely while they keep their limits. Part of its
 * PodActor and used on its thread only. A pod with too large a volume fails for good, as under
 * kubelet; another process of the node finds the volume as large again, before it would start
 * anything.
 */
final class VolumeWatch {
  private final ActorContext<PodActor.Command> context;
  private final TimerScheduler<PodActor.Command> timers;
  private final PodWork work;
  private final DoublingWait pause =
      new DoublingWait(NodeLimits.VOLUME_MEASURE_FIRST, NodeLimits.VOLUME_MEASURE_MAX);
  private Optional<String> excess = Optional.empty();
  private boolean measured;

  VolumeWatch(
      ActorContext<PodActor.Command> context,
      TimerScheduler<PodActor.Command> timers,
      PodWork work) {
    this.context = context;
    this.timers = timers;
    this.work = work;
  }

  /** Begins to measure, unless nothing is limited or the pod is to stop. */
  void measure() {
    if (work.hasLimitedVolumes() && work.assigned().stopGraceSeconds().isEmpty()) {
      context.pipeToSelf(
          work.excess(),
          (found, failure) ->
              new PodActor.Measured(failure == null ? found : Optional.<String>empty()));
    }
  }

  /** Takes a result in. Once a volume was too large, it stays so. */
  void observe(PodActor.Measured message) {
    measured = true;
    excess = excess.or(message::excess);
    if (excess.isEmpty()) {
      timers.startSingleTimer(new PodActor.MeasureVolumes(), pause.next());
    } else {
      context.getLog().warn("pod {} is evicted: {}", work.assigned().name(), excess.get());
    }
  }

  /** Whether containers may be started, as far as volumes go. */
  boolean isSettled() {
    return measured || !work.hasLimitedVolumes();
  }

  /** Which volume is too large: the pod is evicted for it. */
  Optional<String> excess() {
    return excess;
  }
}
