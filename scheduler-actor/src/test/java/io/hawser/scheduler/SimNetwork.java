package io.hawser.scheduler;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;

/**
 * Carries messages of a simulation. While there is trouble they get lost, held up, doubled, and
 * some overtake others, also where Pekko promises an order.
 */
final class SimNetwork {
  private record InFlight(long step, long order, Runnable delivery) {}

  private final Random random;
  private final PriorityQueue<InFlight> queue =
      new PriorityQueue<>(Comparator.comparingLong(InFlight::step).thenComparing(InFlight::order));
  private final TreeMap<String, Long> lastDelivery = new TreeMap<>();
  private long sent;

  SimNetwork(Random random) {
    this.random = random;
  }

  /**
   * @param pair who to whom
   */
  void send(String pair, long step, boolean trouble, Runnable delivery) {
    if (trouble && random.nextInt(5) == 0) {
      return;
    }
    long delay = trouble ? 1 + random.nextInt(random.nextInt(10) == 0 ? 30 : 3) : 1;
    boolean overtakes = trouble && random.nextInt(20) == 0;
    long due =
        overtakes ? step + delay : Math.max(step + delay, lastDelivery.getOrDefault(pair, 0L));
    lastDelivery.merge(pair, due, Math::max);
    queue.add(new InFlight(due, sent++, delivery));
    if (trouble && random.nextInt(10) == 0) {
      queue.add(new InFlight(due + random.nextInt(5), sent++, delivery));
    }
  }

  /** All that is due by now. */
  void deliver(long step) {
    while (!queue.isEmpty() && queue.peek().step() <= step) {
      queue.poll().delivery().run();
    }
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }
}
