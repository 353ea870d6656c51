package io.hawser.node;

import java.time.Duration;

/** A wait that is twice as long each time, up to a limit. */
final class DoublingWait {
  private final Duration first;
  private final Duration most;
  private Duration next;

  DoublingWait(Duration first, Duration most) {
    this.first = first;
    this.most = most;
    this.next = first;
  }

  Duration next() {
    Duration now = next;
    Duration doubled = now.multipliedBy(2);
    next = doubled.compareTo(most) > 0 ? most : doubled;
    return now;
  }

  /** The next is the first again. */
  void reset() {
    next = first;
  }
}
