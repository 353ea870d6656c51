package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
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
 * Pods that go only when others serve in their place. Their deployment or replica set makes the
 * replacement, because a pod on the move does not count as one of the wanted; here is decided when
 * the old one may stop. Only owners that replace pods gradually have such moves: the others must
 * not have one more.
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

  /**
   * A victim with room elsewhere is moved where its owner may have a pod more; any other is
   * stopped. The reason says where the next one could go; nothing is kept free for it there.
   */
  static void preempt(Draft draft, Pod victim, ObjectName by) {
    long grace = victim.spec().terminationGracePeriodSeconds();
    String reason = "preempted by " + by + "; " + next(draft, victim);
    if (!begin(draft, victim, grace, reason, Urgency.DUE, Limits.PREEMPTION_PATIENCE)) {
      draft.remove(victim, grace, reason);
    }
  }

  private static String next(Draft draft, Pod victim) {
    if (victim.owner().isEmpty()) {
      return "nothing makes it again";
    }
    return Elsewhere.of(draft.memory(), draft.state(), victim)
        .map(node -> node + " has room for the next one")
        .orElse("the next one waits for room");
  }

  /**
   * @return false: the pod can't be moved, or there is no room for its replacement
   */
  static boolean begin(
      Draft draft, Pod pod, long graceSeconds, String reason, Urgency urgency, Duration patience) {
    Optional<GradualOwner> owner = GradualOwner.of(draft, pod);
    if (owner.isEmpty() || !isMovable(draft, pod, owner.get()) || !hasRoom(draft, pod)) {
      return false;
    }
    int serving = owner.get().serving(draft);
    Move move =
        new Move(draft.now(), reason, graceSeconds, serving, urgency, draft.now().plus(patience));
    draft.emit(new SchedulerEvent.PodMoveRequested(pod.name(), move, draft.now()));
    return true;
  }

  /**
   * A pod that is not ready serves nobody: it needs no replacement first. One with a claim can't
   * have its replacement on another node.
   */
  static boolean isMovable(Draft draft, Pod pod, GradualOwner owner) {
    return pod.status().isReady()
        && pod.isActive()
        && !pod.isLeaving()
        && pod.nodeName().isPresent()
        && pod.owner().orElseThrow().templateHash().equals(owner.templateHash())
        && !owner.mustBeSingle()
        && pod.spec().claimNames().isEmpty()
        && draft.state().moving().size() < Limits.MAX_MOVES;
  }

  private static boolean hasRoom(Draft draft, Pod pod) {
    return Quotas.beyondLimits(draft, pod.meta().namespace(), pod.spec()).isEmpty()
        && Elsewhere.of(draft.memory(), draft.state(), pod).isPresent();
  }

  /** A deployment that was paused, or recreates its pods from now on, moves none. */
  static void endIfSingle(Draft draft, GradualOwner owner) {
    if (owner.mustBeSingle()) {
      for (Pod pod : moving(draft, owner)) {
        end(draft, pod, "its deployment makes no pod in place of it now");
      }
    }
  }

  private static List<Pod> moving(Draft draft, GradualOwner owner) {
    return draft.state().moving().stream()
        .map(draft.state().pods()::get)
        .filter(pod -> pod.ownerKey().equals(Optional.of(owner.key())))
        .toList();
  }

  /** Stops those that are replaced, or that have waited long enough. */
  static void advance(Draft draft, GradualOwner owner) {
    Instant since = owner.since(draft);
    for (Pod pod : owner.pods(draft).moving().first(Limits.MAX_MOVES)) {
      Move move = pod.move().orElseThrow();
      RolloutPods.Sorted pods = owner.pods(draft);
      boolean serves = pod.status().readySince().filter(r -> !r.isAfter(since)).isPresent();
      boolean replaced = pods.available(since) > Math.min(owner.replicas(), move.serving());
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
      Optional<GradualOwner> owner = GradualOwner.of(draft, pod);
      if (!pod.isActive() || owner.isEmpty()) {
        end(draft, pod, "nothing replaces it");
      } else {
        draft.touchOwner(owner.get().key());
      }
    }
  }
}
