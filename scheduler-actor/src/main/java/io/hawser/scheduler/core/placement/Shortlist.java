package io.hawser.scheduler.core.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All nodes ranked for one ask, and kept ranked: what changed since it was last asked is looked at
 * again, nothing else. So a pod like an earlier one costs the logarithm of the number of nodes.
 *
 * <p>Nodes that share their values of every topology label the ask's rules look at form a cell. A
 * rule weighs a cell as a whole, so that one more pod in a zone does not touch each of its nodes.
 */
final class Shortlist {
  static final int NOWHERE = -1;

  /** Among so few a row is found by looking at each; a pod of a daemon set has one. */
  private static final int FEW = 8;

  /** Most nodes looked at for a preemption, when those before are out of the question. */
  private static final int MAX_LOOKED_AT = 256;

  private final Fleet fleet;
  private final Ask ask;
  private final NodeJudge judge;
  private final List<PodRule> nodeRules = new ArrayList<>();
  private final List<PodRule> cellRules = new ArrayList<>();
  private final List<DomainCount> ownCounts = new ArrayList<>();
  private final long structure;
  private final int[] rowAt;

  /** By row; null where there are {@link #FEW}. */
  private final int[] posOf;

  private final Unfit[] closed;
  private final Map<Unfit, Integer> closedCounts = new LinkedHashMap<>();
  private final long[] obstacles;
  private final long[] fixedScore;
  private final long[] score;
  private final int[] rank;
  private final Map<Long, int[]> histogram = new HashMap<>();
  private final Cells cells;
  private Tournament preemptions;
  private long[] preemptionScore;
  private int socialSeen;
  private long seen;
  private long signature;

  Shortlist(Fleet fleet, Ask ask) {
    this.fleet = fleet;
    this.ask = ask;
    NodeTable table = fleet.table();
    this.structure = table.structure();
    Weights weights = Weights.of(ask.hints(), fleet.settings());
    this.socialSeen = fleet.socialKinds().size();
    for (PodRule rule : PodRules.of(fleet, ask, weights)) {
      boolean ofNodes = table.column(rule.key()).unique();
      (ofNodes ? nodeRules : cellRules).add(rule);
      ownCounts.add(rule.count());
    }
    this.judge = new NodeJudge(fleet, ask, nodeRules, siblings(), images(weights));
    this.rowAt = rows(table, ask);
    this.posOf = rowAt.length > FEW ? positions(table.rows(), rowAt) : null;
    this.closed = new Unfit[rowAt.length];
    this.obstacles = new long[rowAt.length];
    this.fixedScore = new long[rowAt.length];
    this.score = new long[rowAt.length];
    this.rank = new int[rowAt.length];
    NodeConditions conditions = new NodeConditions(ask);
    int[] rankOfRow = table.rank();
    for (int pos = 0; pos < rowAt.length; pos++) {
      closed[pos] = conditions.refusal(table.node(rowAt[pos]));
      if (closed[pos] != null) {
        closedCounts.merge(closed[pos], 1, Integer::sum);
      }
      fixedScore[pos] = judge.fixedScore(table.node(rowAt[pos]));
      rank[pos] = rankOfRow[rowAt[pos]];
    }
    this.cells = new Cells(rowAt, cellRules, score, rank);
    judgeAll();
  }

  private static int[] rows(NodeTable table, Ask ask) {
    Optional<Set<String>> pinned = ask.pinned();
    int[] rows = new int[pinned.isPresent() ? pinned.get().size() : table.rows()];
    int count = 0;
    if (pinned.isPresent()) {
      for (String name : pinned.get()) {
        int row = table.row(name);
        if (row >= 0 && table.exists(row)) {
          rows[count++] = row;
        }
      }
    } else {
      for (int row = 0; row < table.rows(); row++) {
        if (table.exists(row)) {
          rows[count++] = row;
        }
      }
    }
    return Arrays.copyOf(rows, count);
  }

  private static int[] positions(int rows, int[] rowAt) {
    int[] posOf = new int[rows];
    Arrays.fill(posOf, NOWHERE);
    for (int pos = 0; pos < rowAt.length; pos++) {
      posOf[rowAt[pos]] = pos;
    }
    return posOf;
  }

  private int position(int row) {
    if (posOf != null) {
      return row < posOf.length ? posOf[row] : NOWHERE;
    }
    for (int pos = 0; pos < rowAt.length; pos++) {
      if (rowAt[pos] == row) {
        return pos;
      }
    }
    return NOWHERE;
  }

  private DomainCount siblings() {
    Optional<Footprint.OwnerKey> owner = ask.footprint().owner();
    boolean idle = ask.pinned().isPresent() && ask.hints().maxPerNode() == 0;
    if (owner.isEmpty() || idle) {
      return null;
    }
    DomainCount count = fleet.countOfOwner(LabelColumn.rows(fleet.table()), owner.get());
    ownCounts.add(count);
    return count;
  }

  private DomainCount images(Weights weights) {
    if (weights.image() == 0 || ask.pinned().isPresent()) {
      return null;
    }
    Set<String> images = ask.footprint().images();
    DomainCount count =
        fleet.count(
            LabelColumn.rows(fleet.table()), f -> f.images().containsAll(images), true, null);
    ownCounts.add(count);
    return count;
  }

  /** Its counts are no longer kept up to date. */
  void close() {
    ownCounts.forEach(count -> fleet.uncount(count, ask.footprint().owner()));
  }

  /**
   * False once nodes themselves have changed, or pods came whose own terms concern this ask: then
   * it is to be made anew.
   */
  boolean isCurrent() {
    if (structure != fleet.table().structure()) {
      return false;
    }
    List<PodKind> social = fleet.socialKinds();
    while (socialSeen < social.size()) {
      if (PodRules.concerns(fleet, ask, social.get(socialSeen))) {
        return false;
      }
      socialSeen++;
    }
    return true;
  }

  int size() {
    return rowAt.length;
  }

  Ask ask() {
    return ask;
  }

  /** The best node's row, or {@link #NOWHERE}. */
  int best() {
    sync();
    int pos = cells.best();
    return pos < 0 ? NOWHERE : rowAt[pos];
  }

  /** The best node's row beside this one, or {@link #NOWHERE}. */
  int bestBeside(int row) {
    sync();
    int pos = position(row);
    if (pos < 0 || closed[pos] != null || obstacles[pos] != 0) {
      return best();
    }
    cells.update(pos, false);
    int other = cells.best();
    cells.update(pos, true);
    return other < 0 ? NOWHERE : rowAt[other];
  }

  private void sync() {
    long now = fleet.changes().count();
    long latest = signature();
    boolean all = latest != signature || !fleet.changes().has(seen) || now - seen > rowAt.length;
    if (all) {
      judgeAll();
    } else {
      for (long i = seen; i < now; i++) {
        int pos = position(fleet.changes().row(i));
        if (pos >= 0) {
          judge(pos);
          cells.update(pos, obstacles[pos] == 0 && closed[pos] == null);
          if (preemptions != null) {
            preemptions.update(pos, preemptible(pos) ? pos : Tournament.NONE);
          }
        }
      }
      seen = now;
    }
  }

  private long signature() {
    long all = 0;
    for (PodRule rule : nodeRules) {
      all = all * 31 + rule.signature();
    }
    return all;
  }

  private void judgeAll() {
    histogram.clear();
    Arrays.fill(obstacles, -1);
    signature = signature();
    seen = fleet.changes().count();
    for (int pos = 0; pos < rowAt.length; pos++) {
      judge(pos);
      cells.seat(pos, obstacles[pos] == 0 && closed[pos] == null);
    }
    cells.build();
    preemptions = null;
  }

  private void judge(int pos) {
    if (closed[pos] != null) {
      return;
    }
    int row = rowAt[pos];
    long found = judge.obstacles(row);
    if (found != obstacles[pos]) {
      count(obstacles[pos], -1);
      count(found, 1);
      obstacles[pos] = found;
    }
    if (found == 0) {
      score[pos] = fixedScore[pos] + judge.score(row);
    }
  }

  private void count(long obstacle, int amount) {
    if (obstacle > 0) {
      histogram.computeIfAbsent(obstacle, o -> new int[1])[0] += amount;
    }
  }

  // --- Preemption ---

  /**
   * Rows where fewer pods of lower priority would make room, the most promising first.
   *
   * @param most how many
   */
  List<Integer> preemptionRows(int most) {
    sync();
    if (preemptions == null) {
      preemptionScore = new long[rowAt.length];
      preemptions = new Tournament(preemptionScore, rank, rowAt.length);
      for (int pos = 0; pos < rowAt.length; pos++) {
        preemptions.seat(pos, preemptible(pos) ? pos : Tournament.NONE);
      }
      preemptions.build();
    }
    List<Integer> looked = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    while (rows.size() < most && looked.size() < MAX_LOOKED_AT && preemptions.best() >= 0) {
      int pos = preemptions.best();
      looked.add(pos);
      preemptions.update(pos, Tournament.NONE);
      if (cells.refusal(pos) == null) {
        rows.add(rowAt[pos]);
      }
    }
    looked.forEach(pos -> preemptions.update(pos, pos));
    return rows;
  }

  private boolean preemptible(int pos) {
    if (closed[pos] != null || obstacles[pos] == 0 || !judge.lacksOnlyRoom(obstacles[pos])) {
      return false;
    }
    long cost = Preemption.cost(fleet.table(), judge.room, ask, rowAt[pos]);
    preemptionScore[pos] = -cost;
    return cost != Preemption.IMPOSSIBLE;
  }

  boolean fitsWithout(int row, Iterable<Use> gone) {
    return judge.room.fitsWithout(row, gone);
  }

  // --- Reasons ---

  /** How many nodes give which reason. */
  Map<Unfit, Integer> refusals() {
    sync();
    Map<Unfit, Integer> counts = new LinkedHashMap<>(closedCounts);
    histogram.forEach(
        (found, nodes) -> {
          if (nodes[0] > 0) {
            judge.reasons(found).forEach(reason -> counts.merge(reason, nodes[0], Integer::sum));
          }
        });
    cells.refusals(counts);
    int others = fleet.table().size() - rowAt.length;
    if (others > 0) {
      counts.merge(elsewhere(), others, Integer::sum);
    }
    return counts;
  }

  private Unfit elsewhere() {
    return ask.nodeName()
        .<Unfit>map(Unfit.NotTheNamedNode::new)
        .orElseGet(Unfit.AffinityMismatch::new);
  }

  /** Why a node can't take the pod; empty when it can. */
  List<Unfit> reasons(int row) {
    sync();
    int pos = position(row);
    if (pos < 0) {
      return List.of(elsewhere());
    } else if (closed[pos] != null) {
      return List.of(closed[pos]);
    } else if (obstacles[pos] != 0) {
      return judge.reasons(obstacles[pos]);
    }
    Unfit ofCell = cells.refusal(pos);
    return ofCell == null ? List.of() : List.of(ofCell);
  }

  /** A fitting node's score by part. */
  Map<String, Long> parts(int row) {
    Map<String, Long> parts = new LinkedHashMap<>(judge.parts(row));
    cells.parts(position(row)).forEach((part, points) -> parts.merge(part, points, Long::sum));
    return parts;
  }
}
