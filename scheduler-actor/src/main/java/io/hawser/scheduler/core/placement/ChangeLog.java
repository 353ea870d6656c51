package io.hawser.scheduler.core.placement;

/** Which rows changed lately, in order; old entries are written over. */
final class ChangeLog {
  private static final int CAPACITY = 1 << 13;

  private final int[] rows = new int[CAPACITY];
  private long count;

  void add(int row) {
    rows[(int) (count++ & CAPACITY - 1)] = row;
  }

  /** How many changes there ever were. */
  long count() {
    return count;
  }

  /** Whether every change from the given one on is still known. */
  boolean has(long from) {
    return count - from <= CAPACITY;
  }

  int row(long change) {
    return rows[(int) (change & CAPACITY - 1)];
  }
}
