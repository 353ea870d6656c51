package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Node;
import io.hawser.model.NodeLossPolicy;
import io.hawser.model.NodeLossPolicy.Keep;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Pods of nodes that are lost, by their {@link NodeLossPolicy}: waited for, replaced, and settled
 * when the node returns.
 *
 * <p>Those that must never run twice keep their name until the node must have stopped them: a
 * member that lost the cluster fences itself, and the guard of one that died or froze ends its
 * containers, both within {@link Limits#FENCE_BOUND}. Those of which the older one may be kept stay
 * in the state as written off ({@link Pod#isWrittenOff}): their owner does not count them.
 */
final class LostPods {
  private LostPods() {}

  /** One with a claim, too: its replacement can only be where it is, and must not be beside it. */
  static boolean mustBeFenced(Pod pod) {
    return !pod.spec().claimNames().isEmpty()
        || pod.owner().filter(o -> o.kind().equals(StatefulRun.KIND)).isPresent();
  }

  /** A node has just been lost. */
  static void lost(Draft draft, Pod pod, String why) {
    if (patience(pod).equals(Optional.of(Duration.ZERO))) {
      replace(draft, pod, why);
    } else {
      unready(draft, pod);
    }
  }

  /** A daemon set's pod is its node's: there is nothing to wait for. */
  private static Optional<Duration> patience(Pod pod) {
    boolean daemon = pod.owner().filter(o -> o.kind().equals("DaemonSet")).isPresent();
    return daemon || pod.isDeleting()
        ? Optional.of(Duration.ZERO)
        : NodeLossPolicy.of(pod).replaceAfter();
  }

  private static void unready(Draft draft, Pod pod) {
    if (pod.status().isReady()) {
      change(draft, pod, StatusMerge.notRunning(pod.status()));
    }
  }

  private static void change(Draft draft, Pod pod, PodStatus status) {
    draft.emit(new SchedulerEvent.PodStatusChanged(pod.name(), status, draft.now()));
  }

  private static void replace(Draft draft, Pod pod, String why) {
    if (mayStay(pod)) {
      change(draft, pod, StatusMerge.writtenOff(pod.status(), why));
    } else if (mustBeFenced(pod)) {
      // The node may be back before the bound: then it is told to stop what was given up.
      unready(draft, pod);
      if (!pod.isDeleting()) {
        draft.emit(new SchedulerEvent.PodDeletionRequested(pod.name(), 0, why, draft.now()));
      }
    } else {
      draft.emit(new SchedulerEvent.PodRemoved(pod.name(), why, draft.now()));
    }
  }

  private static boolean mayStay(Pod pod) {
    return pod.deployment().isPresent()
        && pod.isActive()
        && !pod.isDeleting()
        && NodeLossPolicy.of(pod).onReturn() != Keep.NEWER;
  }

  /** Time has passed: replaces what has waited long enough and lets go of what must have ended. */
  static void expire(Draft draft) {
    for (Node node : draft.state().nodes().values()) {
      if (!node.isReady()) {
        for (Pod pod : List.copyOf(draft.state().podsOn(node.name()))) {
          expire(draft, node, pod);
        }
      }
    }
  }

  private static void expire(Draft draft, Node node, Pod pod) {
    if (pod.isDeleting()) {
      if (isPast(draft, node, Limits.FENCE_BOUND)) {
        forget(draft, pod, "stopped with its node " + node.name());
      }
    } else if (pod.isWrittenOff()) {
      if (isPast(draft, node, Limits.WRITTEN_OFF_KEPT)) {
        forget(draft, pod, "its node " + node.name() + " did not return");
      }
    } else if (patience(pod).filter(bound -> isPast(draft, node, bound)).isPresent()) {
      replace(draft, pod, "node %s lost: %s".formatted(node.name(), node.stateReason()));
    }
  }

  private static boolean isPast(Draft draft, Node node, Duration bound) {
    // Not by adding: a user's patience may reach beyond the end of all instants.
    return Duration.between(node.since(), draft.now()).compareTo(bound) >= 0;
  }

  private static void forget(Draft draft, Pod pod, String why) {
    draft.emit(new SchedulerEvent.PodRemoved(pod.name(), why, draft.now()));
  }

  static void forget(Draft draft, String node, String why) {
    for (Pod pod : List.copyOf(draft.state().podsOn(node))) {
      forget(draft, pod, why);
    }
  }

  /**
   * A lost node is back, with these pods. One that was written off and is to be kept counts again,
   * and its owner, which has one too many, ends another one; else its node is told to stop it.
   */
  static void returned(Draft draft, String node, List<PodReport> reports) {
    for (Pod pod : List.copyOf(draft.state().podsOn(node))) {
      if (pod.isWrittenOff()) {
        Optional<PodReport> report =
            reports.stream().filter(r -> r.uid().equals(pod.uid()) && !r.gone()).findFirst();
        if (report.isEmpty()) {
          forget(draft, pod, "nothing of it was left on " + node);
        } else if (isKept(draft, pod, report.get())) {
          change(draft, pod, StatusMerge.merge(pod.status(), report.get().status(), draft.now()));
        } else {
          draft.remove(pod, pod.spec().terminationGracePeriodSeconds(), "replaced meanwhile");
        }
      }
    }
  }

  private static boolean isKept(Draft draft, Pod pod, PodReport report) {
    if (!report.status().isReady()) {
      return false;
    }
    return NodeLossPolicy.of(pod).onReturn() == Keep.OLDER
        || draft.state().podsOf(pod.ownerKey().orElseThrow()).stream()
            .anyMatch(p -> !p.isWrittenOff() && !p.isDeleting() && !p.status().isReady());
  }

  /**
   * A scheduler took over. Its clock may be ahead of the one by which the loss was noted, so the
   * time in which a node must have stopped its pods begins anew.
   */
  static void fenceAnew(Draft draft) {
    for (Node node : List.copyOf(draft.state().nodes().values())) {
      boolean fencing = draft.state().podsOn(node.name()).stream().anyMatch(Pod::isDeleting);
      if (!node.isReady() && fencing) {
        draft.emit(new SchedulerEvent.NodeLost(node.name(), node.stateReason(), draft.now()));
      }
    }
  }
}
