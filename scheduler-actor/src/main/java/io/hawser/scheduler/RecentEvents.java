package io.hawser.scheduler;

import io.hawser.cluster.state.EventText;
import io.hawser.cluster.state.SchedulerEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The newest of the durable events, by the revision each of them made: the last {@link
 * #RING_EVENTS}, and while somebody {@link #hold holds} a revision, all after it up to {@link
 * #MAX_HELD_EVENTS}; fewer when what users wrote in them is long.
 */
final class RecentEvents {
  /** Kept at any time, for subscribers that were away for a moment. */
  static final int RING_EVENTS = 1 << 12;

  /**
   * Most events kept for whoever gets a state that is being written down. Writing down two million
   * pods takes some ten seconds, in which the busiest scheduler makes a quarter of this; a small
   * cluster's takes milliseconds and never comes near, so that a small heap does not either.
   */
  static final int MAX_HELD_EVENTS = 1 << 20;

  /** What users wrote in the events kept at any time, in characters. */
  static final long RING_CHARS = Runtime.getRuntime().maxMemory() / 40;

  /** The same while somebody holds a revision. */
  static final long MAX_HELD_CHARS = Runtime.getRuntime().maxMemory() / 10;

  private SchedulerEvent[] ring = new SchedulerEvent[RING_EVENTS];
  private OptionalLong held = OptionalLong.empty();
  private long chars;
  private long oldest;
  private long next;

  /**
   * @param revision of the state that the first event to come will change
   */
  RecentEvents(long revision) {
    oldest = revision + 1;
    next = revision + 1;
  }

  /** The newest event's. */
  long revision() {
    return next - 1;
  }

  void add(SchedulerEvent event) {
    if (next - oldest == ring.length) {
      if (ring.length < wanted()) {
        resize(ring.length * 2);
      } else {
        dropOldest();
      }
    }
    ring[slot(next)] = event;
    next++;
    chars += EventText.chars(event);
    dropLong();
  }

  private void dropLong() {
    while (chars > (held.isPresent() ? MAX_HELD_CHARS : RING_CHARS)) {
      dropOldest();
    }
  }

  private void dropOldest() {
    chars -= EventText.chars(ring[slot(oldest)]);
    ring[slot(oldest)] = null;
    oldest++;
  }

  /** How many of those there are must stay. */
  private long wanted() {
    long after = held.isPresent() ? Math.max(0, next - held.getAsLong()) : 0;
    return Math.min(MAX_HELD_EVENTS, Math.max(RING_EVENTS, after));
  }

  /** Lengths are powers of two. */
  private int slot(long revision) {
    return (int) (revision & (ring.length - 1));
  }

  private void resize(int length) {
    List<SchedulerEvent> kept = after(Math.max(oldest, next - length) - 1);
    ring = new SchedulerEvent[length];
    oldest = next - kept.size();
    chars = kept.stream().mapToLong(EventText::chars).sum();
    for (int i = 0; i < kept.size(); i++) {
      ring[slot(oldest + i)] = kept.get(i);
    }
  }

  /**
   * From now on what follows this revision stays.
   *
   * @param revision empty: nobody needs more than the ring's
   */
  void hold(OptionalLong revision) {
    held = revision;
    if (held.isEmpty() && ring.length > RING_EVENTS) {
      resize(RING_EVENTS);
    }
    dropLong();
  }

  /** Whether everything after a revision is here. */
  boolean covers(long revision) {
    return revision + 1 >= oldest && revision < next;
  }

  /** What happened after a revision that this {@link #covers}. */
  List<SchedulerEvent> after(long revision) {
    List<SchedulerEvent> events = new ArrayList<>((int) (next - revision - 1));
    for (long at = revision + 1; at < next; at++) {
      events.add(ring[slot(at)]);
    }
    return events;
  }
}
