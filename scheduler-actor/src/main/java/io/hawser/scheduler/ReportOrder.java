package io.hawser.scheduler;

import java.util.HashMap;
import java.util.Map;

/** Which report of each node was the last one to be carried out, so that a repeated one is not. */
final class ReportOrder {
  private record Last(String incarnation, long number) {}

  private final Map<String, Last> byNode = new HashMap<>();

  /** Whether this report, or a later one of the same run of the node, is durable already. */
  boolean isDone(String node, String incarnation, long number) {
    Last last = byNode.get(node);
    return last != null && last.incarnation().equals(incarnation) && number <= last.number();
  }

  void done(String node, String incarnation, long number) {
    byNode.put(node, new Last(incarnation, number));
  }
}
