package io.hawser.scheduler.core.placement;

import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which pods of lower priority have to go so that one fits. Pods with an owner go before others of
 * their priority: they are made anew elsewhere, so that they are moved and not only killed.
 */
final class Preemption {
  static final long IMPOSSIBLE = Long.MAX_VALUE;

  /** Nodes whose victims are worked out exactly, after all were estimated. */
  private static final int CANDIDATES = 4;

  private static final int VICTIM_BITS = 20;

  /**
   * @param victims none: pods on their way out leave enough room
   */
  record Choice(int row, List<Pod> victims) {}

  private record Removable(Pod pod, Footprint footprint) {
    int priority() {
      return footprint.priority();
    }
  }

  private static final Comparator<Removable> KEPT_FIRST =
      Comparator.comparingInt(Removable::priority)
          .reversed()
          .thenComparing(one -> one.pod().owner().isPresent())
          .thenComparing(one -> one.pod().meta().createdAt())
          .thenComparing(one -> one.pod().name());

  private final Fleet fleet;
  private final Function<String, Collection<Pod>> podsOn;
  private final Recognition recognition;
  private final DisruptionBudgets budgets;

  /**
   * @param podsOn by a node's name
   */
  Preemption(
      Fleet fleet,
      Function<String, Collection<Pod>> podsOn,
      Recognition recognition,
      DisruptionBudgets budgets) {
    this.fleet = fleet;
    this.podsOn = podsOn;
    this.recognition = recognition;
    this.budgets = budgets;
  }

  /**
   * What it would cost to make room on a node, the less the better: the highest priority that has
   * to go, then how many pods there are up to it. 0 when it is enough to wait.
   */
  static long cost(NodeTable table, Room room, Ask ask, int row) {
    List<Use> gone = new ArrayList<>();
    gone.add(table.leaving);
    if (!table.leaving.isEmpty() && room.fitsWithout(row, gone)) {
      return 0;
    }
    long victims = 0;
    Map<Integer, Use> lower = table.byPriority.headMap(ask.footprint().priority(), false);
    for (Map.Entry<Integer, Use> level : lower.entrySet()) {
      Use use = level.getValue();
      if (use.pods[row] > 0) {
        gone.add(use);
        victims += use.pods[row];
        if (room.fitsWithout(row, gone)) {
          long priority = (long) level.getKey() - Integer.MIN_VALUE + 1;
          return priority << VICTIM_BITS | Math.min(victims, (1 << VICTIM_BITS) - 1);
        }
      }
    }
    return IMPOSSIBLE;
  }

  Optional<Choice> choose(Ask ask) {
    if (!ask.mayPreempt() || !isAboveOthers(ask.footprint().priority())) {
      return Optional.empty();
    }
    Shortlist shortlist = fleet.shortlist(ask);
    Choice best = null;
    for (int row : shortlist.preemptionRows(CANDIDATES)) {
      List<Pod> victims = victims(shortlist, ask, row);
      if (victims != null && victims.isEmpty()) {
        return Optional.of(new Choice(row, victims));
      }
      if (victims != null && (best == null || worth(victims) < worth(best.victims()))) {
        best = new Choice(row, victims);
      }
    }
    return Optional.ofNullable(best);
  }

  /** Pods of the usual priority do without, unless there are some of less. */
  private boolean isAboveOthers(int priority) {
    return priority > 0
        || fleet.table().byPriority.headMap(priority).values().stream().anyMatch(u -> !u.isEmpty());
  }

  private long worth(List<Pod> victims) {
    int highest = victims.stream().mapToInt(this::priority).max().orElse(Integer.MIN_VALUE);
    return ((long) highest - Integer.MIN_VALUE + 1) << VICTIM_BITS | victims.size();
  }

  private int priority(Pod pod) {
    return recognition.ask(pod).footprint().priority();
  }

  /** As few as possible, the least important; null when their budgets forbid it. */
  private List<Pod> victims(Shortlist shortlist, Ask ask, int row) {
    if (shortlist.fitsWithout(row, List.of(fleet.table().leaving))) {
      return List.of();
    }
    Use gone = fleet.scratch();
    List<Use> without = List.of(fleet.table().leaving, gone);
    List<Removable> going = removable(ask, row);
    going.forEach(one -> gone.add(row, one.footprint(), 1));
    List<Pod> victims = null;
    if (shortlist.fitsWithout(row, without)) {
      victims = new ArrayList<>();
      for (Removable one : going) {
        gone.add(row, one.footprint(), -1);
        if (!shortlist.fitsWithout(row, without)) {
          gone.add(row, one.footprint(), 1);
          victims.add(one.pod());
        }
      }
      victims.forEach(pod -> gone.add(row, recognition.ask(pod).footprint(), -1));
      victims = victims.isEmpty() || budgets.allow(victims) ? victims : null;
    } else {
      going.forEach(one -> gone.add(row, one.footprint(), -1));
    }
    return victims;
  }

  /** Those to be kept if possible come first. */
  private List<Removable> removable(Ask ask, int row) {
    List<Removable> pods = new ArrayList<>();
    int below = ask.footprint().priority();
    for (Pod pod : podsOn.apply(fleet.table().node(row).name())) {
      Footprint footprint = recognition.ask(pod).footprint();
      boolean lower = footprint.priority() < below;
      if (lower && pod.isActive() && !pod.isLeaving() && budgets.allow(List.of(pod))) {
        pods.add(new Removable(pod, footprint));
      }
    }
    pods.sort(KEPT_FIRST);
    return pods;
  }
}
