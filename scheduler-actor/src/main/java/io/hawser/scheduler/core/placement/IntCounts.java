package io.hawser.scheduler.core.placement;

import java.util.Arrays;

/** Small numbers by row; only rows with more than nothing take memory. */
final class IntCounts {
  private static final int EMPTY = -1;
  private static final int INITIAL = 4;

  private int[] rows = new int[INITIAL];
  private int[] counts = new int[INITIAL];
  private int used;
  private int total;

  IntCounts() {
    Arrays.fill(rows, EMPTY);
  }

  /** Called for each row that has any. */
  interface Visitor {
    void visit(int row, int count);
  }

  int get(int row) {
    int slot = slot(row);
    return rows[slot] == EMPTY ? 0 : counts[slot];
  }

  int total() {
    return total;
  }

  void add(int row, int amount) {
    int slot = slot(row);
    if (rows[slot] == EMPTY) {
      if (2 * (used + 1) > rows.length) {
        rehash();
        slot = slot(row);
      }
      rows[slot] = row;
      used++;
    }
    counts[slot] += amount;
    total += amount;
  }

  void forEach(Visitor visitor) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] != EMPTY && counts[i] != 0) {
        visitor.visit(rows[i], counts[i]);
      }
    }
  }

  /** Also forgets rows that have none any more. */
  private void rehash() {
    int[] oldRows = rows;
    int[] oldCounts = counts;
    int live = 0;
    for (int count : oldCounts) {
      live += count != 0 ? 1 : 0;
    }
    int size = Integer.highestOneBit(Math.max(INITIAL, 4 * (live + 1)) - 1) * 2;
    rows = new int[size];
    counts = new int[size];
    Arrays.fill(rows, EMPTY);
    used = 0;
    for (int i = 0; i < oldRows.length; i++) {
      if (oldRows[i] != EMPTY && oldCounts[i] != 0) {
        int slot = slot(oldRows[i]);
        rows[slot] = oldRows[i];
        counts[slot] = oldCounts[i];
        used++;
      }
    }
  }

  private int slot(int row) {
    int mask = rows.length - 1;
    int slot = (row * 0x9E3779B9 >>> 7) & mask;
    while (rows[slot] != EMPTY && rows[slot] != row) {
      slot = slot + 1 & mask;
    }
    return slot;
  }
}
