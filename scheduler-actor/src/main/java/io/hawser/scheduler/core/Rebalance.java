package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import io.hawser.model.Pod.Urgency;
import io.hawser.scheduler.core.placement.Elsewhere;
import io.hawser.scheduler.core.placement.Elsewhere.Better;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Moves pods whose node is no longer the best for them, by the score they are placed by. The
 * replacement of each is placed before the next is looked at, so that what a plan of it says is
 * what is done, and a free node is not promised to all.
 */
final class Rebalance {
  /** The reason of such moves. */
  static final String REASON = "rebalanced";

  private Rebalance() {}

  static Answer asked(Draft draft, ClientRequest.Rebalance request, long seed) {
    if (request.maxMoves() < 1 || request.maxMoves() > Limits.MAX_REBALANCE_MOVES) {
      return Refusals.invalid(
          "Rebalance",
          "",
          "maxMoves",
          "FieldValueInvalid",
          "must be from 1 to " + Limits.MAX_REBALANCE_MOVES);
    }
    begin(draft, request.maxMoves(), seed);
    return new Answer.Accepted(0, "");
  }

  /**
   * @param seed where to begin, when there are more pods than are looked at
   */
  static void begin(Draft draft, int maxMoves, long seed) {
    int looks = Limits.MAX_REBALANCE_LOOKS;
    int moves = 0;
    for (Node node : nodes(draft, seed)) {
      for (Pod pod : List.copyOf(draft.state().podsOn(node.name()))) {
        if (moves == maxMoves || looks-- == 0) {
          return;
        }
        if (isBetterElsewhere(draft, pod) && move(draft, pod)) {
          Reconciler.follow(draft);
          moves++;
        }
      }
    }
  }

  private static boolean move(Draft draft, Pod pod) {
    long grace = pod.spec().terminationGracePeriodSeconds();
    return Moves.begin(draft, pod, grace, REASON, Urgency.WISHED, Limits.REBALANCE_PATIENCE);
  }

  private static boolean isBetterElsewhere(Draft draft, Pod pod) {
    boolean movable =
        GradualOwner.of(draft, pod).filter(owner -> Moves.isMovable(draft, pod, owner)).isPresent();
    if (!movable) {
      return false;
    }
    Optional<Better> better = Elsewhere.better(draft.memory(), draft.state(), pod);
    // While the old pod is there, its replacement must want to go to that very node.
    return better.filter(b -> b.gain() >= Limits.MIN_REBALANCE_GAIN).isPresent()
        && Elsewhere.of(draft.memory(), draft.state(), pod).equals(better.map(Better::node));
  }

  /** Those with most pods first; where that would leave some unseen for ever, from anywhere on. */
  private static List<Node> nodes(Draft draft, long seed) {
    List<Node> nodes = new ArrayList<>(draft.state().nodes().values());
    nodes.removeIf(node -> !node.isReady() || node.unschedulable());
    if (draft.state().pods().size() > Limits.MAX_REBALANCE_LOOKS && !nodes.isEmpty()) {
      Collections.rotate(nodes, (int) Math.floorMod(seed, (long) nodes.size()));
    } else {
      nodes.sort(
          java.util.Comparator.comparing((Node n) -> -draft.state().loadOf(n.name()).pods())
              .thenComparing(Node::name));
    }
    return nodes;
  }
}
