package io.hawser.scheduler.spi;

import java.util.Optional;

/**
 * One more condition that a node must meet. A function of its arguments alone: no clock, no
 * randomness, no memory, or a plan would not be what is then done. It is called for every node, so
 * it should take less than a microsecond. {@link PlacementContract} tests one.
 */
public interface PlacementFilter {
  /** Unique; appears in explanations. */
  String name();

  /**
   * Why the node can't take the pod; empty when it can. Said of a node after "1 node": {@code "had
   * no licence for it"}.
   */
  Optional<String> refusal(PodFacts pod, NodeFacts node);
}
