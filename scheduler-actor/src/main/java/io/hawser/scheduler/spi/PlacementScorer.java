package io.hawser.scheduler.spi;

/**
 * One more part of a node's score, under the conditions of {@link PlacementFilter}. {@link
 * PlacementContract} tests one.
 */
public interface PlacementScorer {
  /** Largest score, either way: as much as half of all of a node being free. */
  int MAX_POINTS = 1_000;

  /** Unique; appears in explanations, and as a weight in {@code hawser.io/placement-weights}. */
  String name();

  /** Points from -{@value #MAX_POINTS} to {@value #MAX_POINTS}; the more the better. */
  int score(PodFacts pod, NodeFacts node);
}
