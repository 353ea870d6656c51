package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec.StrategyType;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.Pod.Move;
import io.hawser.model.Pod.Urgency;
import io.hawser.scheduler.core.placement.Elsewhere;
import io.hawser.scheduler.core.placement.RolloutPods;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Pods that go only when others serve in their place. The rollout of their deployment makes the
 * replacement, because a pod on the move does not count as one of the wanted; here is decided when
 * the old one may stop. Only deployments that replace pods gradually have such moves: the others
 * must not have one more.
 */
final class Moves {
  private Moves() {}

  /**
   * Begins the move that an eviction leads to.
   *
   * @return false: there is none; budgets decide about the eviction as it is
   */
  static boolean evict(Draft draft, Pod pod, ClientRequest.DeletePod request) {
    boolean bounded = request.withinSeconds().isPresent();
    Duration patience =
        request.withinSeconds().map(Duration::ofSeconds).orElse(Limits.MOVE_PATIENCE);
    long grace = request.graceSeconds().orElse(pod.spec().terminationGracePeriodSeconds());
    Urgency urgency = bounded ? Urgency.ASKED : Urgency.DUE;
    Optional<Move> before = pod.move();
    if (before.isPresent()) {
      strengthen(draft, pod, before.get(), urgency, patience);
      return true;
    }
    return begin(draft, pod, grace, "evicted", urgency, patience);
  }

  /** Asked for again, a move is as urgent as the most urgent wish. */
  private static void strengthen(
      Draft draft, Pod pod, Move before, Urgency urgency, Duration patience) {
    if (urgency.compareTo(before.urgency()) > 0) {
      Move next =
          new Move(
              before.requestedAt(),
              before.reason(),
              before.graceSeconds(),
              before.serving(),
              urgency,
              draft.now().plus(patience));
      draft.emit(new SchedulerEvent.PodMoveRequested(pod.name(), next, draft.now()));
    }
  }

  /** A victim with room elsewhere is moved, any other is stopped. */
  static void preempt(Draft draft, Pod victim, String reason) {
    long grace = victim.spec().terminationGracePeriodSeconds();
    if (!begin(draft, victim, grace, reason, Urgency.DUE, Limits.PREEMPTION_PATIENCE)) {
      draft.remove(victim, grace, reason);
    }
  }

  /**
   * @return false: the pod can't be moved, or there is no room for its replacement
   */
  static boolean begin(
      Draft draft, Pod pod, long graceSeconds, String reason, Urgency urgency, Duration patience) {
    Optional<Deployment> owner = owner(draft, pod);
    if (owner.isEmpty() || !isMovable(draft, pod, owner.get()) || !hasRoom(draft, pod)) {
      return false;
    }
    int serving = RolloutStatus.serving(draft, owner.get());
    Move move =
        new Move(draft.now(), reason, graceSeconds, serving, urgency, draft.now().plus(patience));
    draft.emit(new SchedulerEvent.PodMoveRequested(pod.name(), move, draft.now()));
    return true;
  }

  static Optional<Deployment> owner(Draft draft, Pod pod) {
    return pod.deployment()
        .flatMap(draft.state()::deployment)
        .filter(d -> d.meta().uid().equals(pod.owner().orElseThrow().uid()));
  }

  /**
   * A pod that is not ready serves nobody: it needs no replacement first. One with a claim can't
   * have its replacement on another node.
   */
  static boolean isMovable(Draft draft, Pod pod, Deployment owner) {
    String hash = owner.currentRevision().templateHash();
    return pod.status().isReady()
        && pod.isActive()
        && !pod.isLeaving()
        && pod.nodeName().isPresent()
        && pod.owner().orElseThrow().templateHash().equals(hash)
        && !mustBeSingle(owner)
        && pod.spec().claimNames().isEmpty()
        && draft.state().moving().size() < Limits.MAX_MOVES;
  }

  private static boolean mustBeSingle(Deployment owner) {
    return owner.spec().paused() || owner.spec().strategy().type() == StrategyType.RECREATE;
  }

  private static boolean hasRoom(Draft draft, Pod pod) {
    return Quotas.beyondLimits(draft, pod.meta().namespace(), pod.spec()).isEmpty()
        && Elsewhere.of(draft.memory(), draft.state(), pod).isPresent();
  }

  /** A deployment that was paused, or recreates its pods from now on, moves none. */
  static void endIfSingle(Draft draft, Deployment deployment) {
    if (mustBeSingle(deployment)) {
      for (Pod pod : moving(draft, deployment)) {
        end(draft, pod, "its deployment makes no pod in place of it now");
      }
    }
  }

  private static List<Pod> moving(Draft draft, Deployment deployment) {
    return draft.state().moving().stream()
        .map(draft.state().pods()::get)
        .filter(pod -> pod.deployment().equals(Optional.of(deployment.name())))
        .toList();
  }

  /**
   * Stops those that are replaced, or that have waited long enough.
   *
   * @param desired how many pods the deployment wants
   * @param since whoever has been ready since then counts as serving
   */
  static void advance(Draft draft, Deployment deployment, int desired, Instant since) {
    for (Pod pod : sorted(draft, deployment).moving().first(Limits.MAX_MOVES)) {
      Move move = pod.move().orElseThrow();
      RolloutPods.Sorted pods = sorted(draft, deployment);
      boolean serves = pod.status().readySince().filter(r -> !r.isAfter(since)).isPresent();
      boolean replaced = pods.available(since) > Math.min(desired, move.serving());
      boolean noRoom = pods.fresh().nowhere() > 0;
      boolean late = !move.until().isAfter(draft.now());
      boolean without =
          noRoom && move.urgency() != Urgency.WISHED || late && move.urgency() == Urgency.DUE;
      if (!serves || replaced || without) {
        stop(draft, pod, move);
      } else if (noRoom || late) {
        end(draft, pod, noRoom ? "no room for another pod" : "no other pod serves in time");
      }
      if (late && move.urgency() != Urgency.DUE && draft.state().moving().contains(pod.name())) {
        end(draft, pod, "a disruption budget kept it until its time was up");
      }
    }
  }

  private static RolloutPods.Sorted sorted(Draft draft, Deployment deployment) {
    return draft.memory().rollouts().of(draft.state(), deployment);
  }

  private static void stop(Draft draft, Pod pod, Move move) {
    boolean allowed = Budgets.refusal(draft, pod).isEmpty();
    if (allowed && draft.grantDeletions(1, pod.ownerKey().orElseThrow()) == 1) {
      draft.remove(pod, move.graceSeconds(), move.reason());
    }
  }

  private static void end(Draft draft, Pod pod, String why) {
    draft.emit(new SchedulerEvent.PodMoveEnded(pod.name(), why, draft.now()));
  }

  /** Time passes: replacements have served for long enough, deadlines have come. */
  static void watch(Draft draft) {
    for (ObjectName name : List.copyOf(draft.state().moving())) {
      Pod pod = draft.state().pods().get(name);
      if (!pod.isActive() || owner(draft, pod).isEmpty()) {
        end(draft, pod, "nothing replaces it");
      } else {
        draft.touch(owner(draft, pod).get().name());
      }
    }
  }
}
