package io.hawser.scheduler;

import java.util.HashMap;
import java.util.Map;

/**
 * Which report of each node was the last one to be carried out, so that a repeated one is not; and
 * which registration.
 */
final class ReportOrder {
  private record Last(String incarnation, long number) {}

  private final Map<String, Last> byNode = new HashMap<>();
  private final Map<String, Last> registrations = new HashMap<>();

  /** Whether this report, or a later one of the same run of the node, is durable already. */
  boolean isDone(String node, String incarnation, long number) {
    Last last = byNode.get(node);
    return last != null && last.incarnation().equals(incarnation) && number <= last.number();
  }

  /**
   * Whether a registration comes after later news of the same run of the node: what it says of pods
   * would undo them. Else it is the latest from now on.
   *
   * @param number 0: it has none
   */
  boolean isOvertaken(String node, String incarnation, long number) {
    Last registered = registrations.get(node);
    boolean late =
        number > 0
            && (isDone(node, incarnation, number)
                || registered != null
                    && registered.incarnation().equals(incarnation)
                    && number < registered.number());
    if (!late) {
      registrations.put(node, new Last(incarnation, number));
    }
    return late;
  }

  void done(String node, String incarnation, long number) {
    byNode.put(node, new Last(incarnation, number));
  }
}
