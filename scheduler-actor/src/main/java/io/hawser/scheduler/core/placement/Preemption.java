package io.hawser.scheduler.core.placement;

import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Which pods of lower priority have to go so that one fits. Of those of the same priority the ones
 * go first that run on elsewhere ({@link Loss}), so that they are moved and not only killed. For
 * one choice.
 */
final class Preemption {
  static final long IMPOSSIBLE = Long.MAX_VALUE;

  /** Kinds of owners that have a pod more while one of theirs moves. */
  private static final Set<String> GRADUAL = Set.of(Pod.Owner.DEPLOYMENT, "ReplicaSet");

  /** Nodes whose victims are worked out exactly, after all were estimated. */
  private static final int CANDIDATES = 4;

  private static final int VICTIM_BITS = 20;

  /**
   * Most different asks whose room elsewhere is looked for in one choice; a new one ranks nodes.
   */
  private static final int MAX_ASKS = 8;

  /**
   * @param victims none: pods on their way out leave enough room
   */
  record Choice(int row, List<Pod> victims) {}

  /** What becomes of a pod that has to go, the least first. */
  private enum Loss {
    /** Another one of its owner's serves elsewhere before it goes. */
    MOVED,
    /** Its owner makes it anew elsewhere once it has stopped. */
    MADE_ANEW,
    /** Its owner's next one waits for room; so do a gang's and a daemon set's. */
    WAITS,
    /** Nobody makes it again. */
    GONE
  }

  /** A node's victims, the fewest losses first; see {@link #worth}. */
  private record Worth(int highestPriority, long lost, int victims) {
    static final Comparator<Worth> LEAST_FIRST =
        Comparator.comparingInt(Worth::highestPriority)
            .thenComparing(Worth::lost)
            .thenComparing(Worth::victims);
  }

  /** A pod on a row that may go. */
  private record Removable(Pod pod, Footprint footprint, Loss loss) {
    int priority() {
      return footprint.priority();
    }
  }

  private static final Comparator<Removable> KEPT_FIRST =
      Comparator.comparingInt(Removable::priority)
          .reversed()
          .thenComparing(Removable::loss, Comparator.reverseOrder())
          .thenComparing(one -> one.pod().meta().createdAt())
          .thenComparing(one -> one.pod().name());

  private final Fleet fleet;
  private final Function<String, Collection<Pod>> podsOn;
  private final Recognition recognition;
  private final DisruptionBudgets budgets;

  /** The best row for another pod of that ask; at most MAX_ASKS. */
  private final Map<Ask, Integer> bestRows = new HashMap<>();

  /** The same by the very object: to find one by value costs a microsecond. Null: none yet. */
  private Map<Ask, Integer> sameAsks;

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
      if (victims != null && (best == null || isLess(victims, row, best))) {
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

  private boolean isLess(List<Pod> victims, int row, Choice than) {
    return Worth.LEAST_FIRST.compare(worth(victims, row), worth(than.victims(), than.row())) < 0;
  }

  private Worth worth(List<Pod> victims, int row) {
    int highest = victims.stream().mapToInt(this::priority).max().orElse(Integer.MIN_VALUE);
    long lost = victims.stream().filter(p -> loss(p, row).compareTo(Loss.WAITS) >= 0).count();
    return new Worth(highest, lost, victims.size());
  }

  private Loss loss(Pod pod, int row) {
    if (pod.owner().isEmpty()) {
      return Loss.GONE;
    }
    Ask ask = recognition.ask(pod);
    if (ask.footprint().gang().isPresent() || !hasRoomBeside(ask, row)) {
      return Loss.WAITS;
    }
    return GRADUAL.contains(pod.owner().get().kind()) ? Loss.MOVED : Loss.MADE_ANEW;
  }

  /** Whether another node takes one more of its kind as things are. */
  private boolean hasRoomBeside(Ask ask, int row) {
    if (sameAsks == null) {
      sameAsks = new IdentityHashMap<>();
    }
    int best = sameAsks.computeIfAbsent(ask, this::bestRow);
    return best == row
        ? fleet.shortlist(ask).bestBeside(row) != Shortlist.NOWHERE
        : best != Shortlist.NOWHERE;
  }

  private int bestRow(Ask ask) {
    Integer known = bestRows.get(ask);
    if (known != null || bestRows.size() == MAX_ASKS) {
      return known == null ? Shortlist.NOWHERE : known;
    }
    int best = fleet.shortlist(ask).best();
    bestRows.put(ask, best);
    return best;
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
        pods.add(new Removable(pod, footprint, loss(pod, row)));
      }
    }
    pods.sort(KEPT_FIRST);
    return pods;
  }
}
