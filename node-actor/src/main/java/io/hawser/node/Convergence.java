package io.hawser.node;

import io.hawser.model.AssignedPod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a node must do so that what is on it becomes what it was assigned. A pure function: called
 * again after any change, it asks only for what is still missing.
 */
final class Convergence {
  private Convergence() {}

  /** What the node has of a pod. */
  sealed interface Present {}

  /**
   * It has an actor.
   *
   * @param told what that actor last heard
   */
  record Supervised(AssignedPod told) implements Present {}

  /**
   * An earlier process of this node left it and nobody looks after it yet.
   *
   * @param running one of its containers runs
   */
  record Leftover(boolean running) implements Present {}

  /** A thing to do. */
  sealed interface Action {}

  /** Begin to look after a pod, which may exist already. */
  record Run(AssignedPod pod) implements Action {}

  /** Tell a pod's actor that it is to stop, or to stop sooner. */
  record Change(AssignedPod pod) implements Action {}

  /** Remove what an earlier process left of a pod that is not assigned any more. */
  record Discard(String uid) implements Action {}

  /** Nothing of a pod that is to stop is here. */
  record ReportGone(AssignedPod pod) implements Action {}

  /**
   * @param confirmed the assignment came from a scheduler since this process started. One that was
   *     only read from disk may be outdated: pods that run are kept, but nothing is started (it may
   *     run elsewhere by now) and nothing removed.
   */
  static List<Action> decide(
      Assignment assignment, boolean confirmed, Map<String, Present> present) {
    List<Action> actions = new ArrayList<>();
    new TreeMap<>(assignment.pods())
        .values()
        .forEach(
            pod -> assigned(pod, confirmed, Optional.ofNullable(present.get(pod.uid())), actions));
    if (confirmed) {
      new TreeMap<>(present)
          .forEach(
              (uid, found) -> {
                if (!assignment.pods().containsKey(uid)) {
                  orphaned(uid, found, actions);
                }
              });
    }
    return actions;
  }

  private static void assigned(
      AssignedPod pod, boolean confirmed, Optional<Present> found, List<Action> actions) {
    if (found.isEmpty()) {
      if (pod.stopGraceSeconds().isPresent()) {
        actions.add(new ReportGone(pod));
      } else if (confirmed) {
        actions.add(new Run(pod));
      }
    } else if (found.get() instanceof Supervised supervised) {
      AssignedPod wanted = neverRevived(supervised.told(), pod);
      if (!wanted.equals(supervised.told())) {
        actions.add(new Change(wanted));
      }
    } else if (found.get() instanceof Leftover leftover && (confirmed || leftover.running())) {
      actions.add(new Run(pod));
    }
  }

  private static void orphaned(String uid, Present found, List<Action> actions) {
    if (found instanceof Leftover) {
      actions.add(new Discard(uid));
    } else if (found instanceof Supervised supervised) {
      AssignedPod wanted =
          neverRevived(supervised.told(), stopping(supervised.told(), orphanGrace(supervised)));
      if (!wanted.equals(supervised.told())) {
        actions.add(new Change(wanted));
      }
    }
  }

  private static long orphanGrace(Supervised supervised) {
    return Math.min(
        NodeLimits.ORPHAN_GRACE_SECONDS, supervised.told().spec().terminationGracePeriodSeconds());
  }

  /** A pod that was told to stop stays so; its grace can only become shorter. */
  private static AssignedPod neverRevived(AssignedPod told, AssignedPod wanted) {
    if (told.stopGraceSeconds().isEmpty()) {
      return wanted;
    }
    long before = told.stopGraceSeconds().get();
    return stopping(wanted, Math.min(before, wanted.stopGraceSeconds().orElse(before)));
  }

  static AssignedPod stopping(AssignedPod pod, long graceSeconds) {
    return new AssignedPod(
        pod.name(),
        pod.uid(),
        pod.labels(),
        pod.annotations(),
        pod.spec(),
        Optional.of(graceSeconds),
        pod.claimVolumes());
  }
}
