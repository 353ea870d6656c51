package io.hawser.scheduler.core.placement;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The nodes of a {@link Shortlist} by their domains under some rules, each cell with its best. */
final class Cells {
  private final List<PodRule> rules;
  private final long[] score;
  private final int[] rank;
  private final int[] cellOf;
  private final int[] leafOf;
  private final boolean[] seated;
  private final int[] fitting;
  private final Tournament[] best;

  /** By cell, then by rule: the domain. */
  private final int[][] domains;

  /**
   * @param rowAt by position
   * @param score by position; belongs to the caller
   */
  Cells(int[] rowAt, List<PodRule> rules, long[] score, int[] rank) {
    this.rules = rules;
    this.score = score;
    this.rank = rank;
    this.cellOf = new int[rowAt.length];
    this.leafOf = new int[rowAt.length];
    this.seated = new boolean[rowAt.length];
    Map<List<Integer>, Integer> known = new HashMap<>();
    List<int[]> all = new ArrayList<>();
    List<int[]> sizes = new ArrayList<>();
    if (rules.isEmpty()) {
      all.add(new int[0]);
      sizes.add(new int[] {rowAt.length});
      for (int pos = 0; pos < rowAt.length; pos++) {
        leafOf[pos] = pos;
      }
    } else {
      for (int pos = 0; pos < rowAt.length; pos++) {
        List<Integer> key = new ArrayList<>(rules.size());
        for (PodRule rule : rules) {
          key.add(rule.count().domain(rowAt[pos]));
        }
        int cell = known.computeIfAbsent(key, k -> known.size());
        if (cell == all.size()) {
          all.add(key.stream().mapToInt(Integer::intValue).toArray());
          sizes.add(new int[1]);
        }
        cellOf[pos] = cell;
        leafOf[pos] = sizes.get(cell)[0]++;
      }
    }
    this.domains = all.toArray(new int[0][]);
    this.fitting = new int[domains.length];
    this.best = new Tournament[domains.length];
    for (int cell = 0; cell < domains.length; cell++) {
      best[cell] = new Tournament(score, rank, sizes.get(cell)[0]);
    }
  }

  void seat(int pos, boolean fits) {
    best[cellOf[pos]].seat(leafOf[pos], fits ? pos : Tournament.NONE);
    count(pos, fits);
  }

  void build() {
    for (Tournament tournament : best) {
      tournament.build();
    }
  }

  void update(int pos, boolean fits) {
    best[cellOf[pos]].update(leafOf[pos], fits ? pos : Tournament.NONE);
    count(pos, fits);
  }

  private void count(int pos, boolean fits) {
    if (fits != seated[pos]) {
      seated[pos] = fits;
      fitting[cellOf[pos]] += fits ? 1 : -1;
    }
  }

  /** The position of the best node of all cells; -1 when none fits. */
  int best() {
    if (rules.isEmpty()) {
      return best[0].best();
    }
    int chosen = -1;
    long points = 0;
    for (int cell = 0; cell < best.length; cell++) {
      int pos = best[cell].best();
      if (pos >= 0 && refusalOf(cell) == null) {
        long sum = score[pos] + points(cell);
        if (chosen < 0 || sum > points || (sum == points && rank[pos] < rank[chosen])) {
          chosen = pos;
          points = sum;
        }
      }
    }
    return chosen;
  }

  private long points(int cell) {
    long sum = 0;
    for (int i = 0; i < rules.size(); i++) {
      sum += rules.get(i).points(domains[cell][i]);
    }
    return sum;
  }

  private Unfit refusalOf(int cell) {
    for (int i = 0; i < rules.size(); i++) {
      Unfit refusal = rules.get(i).refusal(domains[cell][i]);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  /** Why a position's cell is out of the question; null when it is not. */
  Unfit refusal(int pos) {
    return refusalOf(cellOf[pos]);
  }

  /** Adds the reasons of nodes that would fit but for their cell. */
  void refusals(Map<Unfit, Integer> counts) {
    for (int cell = 0; cell < best.length; cell++) {
      Unfit refusal = fitting[cell] > 0 ? refusalOf(cell) : null;
      if (refusal != null) {
        counts.merge(refusal, fitting[cell], Integer::sum);
      }
    }
  }

  Map<String, Long> parts(int pos) {
    Map<String, Long> parts = new LinkedHashMap<>();
    for (int i = 0; i < rules.size(); i++) {
      long points = rules.get(i).points(domains[cellOf[pos]][i]);
      if (points != 0) {
        parts.merge(rules.get(i).part(), points, Long::sum);
      }
    }
    return parts;
  }
}
