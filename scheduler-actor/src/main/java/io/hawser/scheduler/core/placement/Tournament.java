package io.hawser.scheduler.core.placement;

import java.util.Arrays;

/**
 * The best of some entries, kept up to date when one of them changes, in the logarithm of their
 * number. The entries' scores belong to the caller.
 */
final class Tournament {
  static final int NONE = -1;

  private final long[] score;
  private final int[] rank;
  private final int leaves;
  private final int[] winner;

  /**
   * @param score by entry; the larger is better
   * @param rank by entry; settles ties, the smaller is better
   */
  Tournament(long[] score, int[] rank, int size) {
    this.score = score;
    this.rank = rank;
    this.leaves = Math.max(1, Integer.highestOneBit(Math.max(1, size) * 2 - 1));
    this.winner = new int[2 * leaves];
    Arrays.fill(winner, NONE);
  }

  int best() {
    return winner[1];
  }

  /** Puts an entry on a leaf, or nothing, without looking further up; {@link #build} follows. */
  void seat(int leaf, int entry) {
    winner[leaves + leaf] = entry;
  }

  void build() {
    for (int i = leaves - 1; i > 0; i--) {
      winner[i] = better(winner[2 * i], winner[2 * i + 1]);
    }
  }

  /** An entry's score has changed, or it came, or it went ({@link #NONE}). */
  void update(int leaf, int entry) {
    int at = leaves + leaf;
    winner[at] = entry;
    for (at >>= 1; at > 0; at >>= 1) {
      winner[at] = better(winner[2 * at], winner[2 * at + 1]);
    }
  }

  private int better(int a, int b) {
    if (a < 0 || b < 0) {
      return Math.max(a, b);
    }
    if (score[a] != score[b]) {
      return score[a] > score[b] ? a : b;
    }
    return rank[a] < rank[b] ? a : b;
  }
}
