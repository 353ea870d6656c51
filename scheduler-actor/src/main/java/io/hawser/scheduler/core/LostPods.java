package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import java.util.List;

/**
 * Pods that must never run twice, on a node that is lost. They keep their name until the node must
 * have stopped them: a member that lost the cluster fences itself, and the guard of one that died
 * ends its containers, both within {@link Limits#FENCE_BOUND}.
 */
final class LostPods {
  private LostPods() {}

  static boolean mustBeFenced(Pod pod) {
    return pod.owner().filter(o -> o.kind().equals(StatefulRun.KIND)).isPresent();
  }

  /** The node may be back before the bound: then it is told to stop what was given up. */
  static void giveUp(Draft draft, Pod pod, String why) {
    if (pod.status().isReady()) {
      draft.emit(
          new SchedulerEvent.PodStatusChanged(
              pod.name(), StatusMerge.notRunning(pod.status()), draft.now()));
    }
    if (!pod.isDeleting()) {
      draft.emit(new SchedulerEvent.PodDeletionRequested(pod.name(), 0, why, draft.now()));
    }
  }

  /** Lets go of those whose node has been lost for long enough. */
  static void expire(Draft draft) {
    for (Node node : draft.state().nodes().values()) {
      boolean fenced = !node.since().plus(Limits.FENCE_BOUND).isAfter(draft.now());
      if (!node.isReady() && fenced) {
        forget(draft, node.name(), "stopped with its node " + node.name());
      }
    }
  }

  static void forget(Draft draft, String node, String why) {
    for (Pod pod : List.copyOf(draft.state().podsOn(node))) {
      draft.emit(new SchedulerEvent.PodRemoved(pod.name(), why, draft.now()));
    }
  }
}
