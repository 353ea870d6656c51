package io.hawser.scheduler;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The states on their way to replicas: of each the revision, from when it is begun to be written
 * down until replicas have had {@link #TICKS_AFTERWARDS} to read it and to follow.
 */
final class HeldRevisions {
  /**
   * In ticks of a second. What comes while a replica reads the state of two million pods is more
   * than it puts aside and more than remoting's queue takes at once; it then asks for the rest.
   */
  static final int TICKS_AFTERWARDS = 30;

  private static final int UNDER_WAY = Integer.MAX_VALUE;

  private record Held(long revision, boolean packed) {}

  private final Map<Held, Integer> ticksLeft = new LinkedHashMap<>();

  void begin(long revision, boolean packed) {
    ticksLeft.put(new Held(revision, packed), UNDER_WAY);
  }

  /** It was sent. */
  void sent(long revision, boolean packed) {
    ticksLeft.put(new Held(revision, packed), TICKS_AFTERWARDS);
  }

  /** It goes to nobody else. */
  void drop(long revision, boolean packed) {
    ticksLeft.remove(new Held(revision, packed), UNDER_WAY);
  }

  boolean contains(long revision, boolean packed) {
    return ticksLeft.containsKey(new Held(revision, packed));
  }

  /** A second is over. */
  void tick() {
    ticksLeft.replaceAll((held, left) -> left == UNDER_WAY ? left : left - 1);
    ticksLeft.values().removeIf(left -> left <= 0);
  }

  /** What follows it must stay. Empty: none is on its way. */
  OptionalLong oldest() {
    return ticksLeft.keySet().stream().mapToLong(Held::revision).min();
  }
}
