package io.hawser.examples.placement;

import io.hawser.scheduler.spi.NodeFacts;
import io.hawser.scheduler.spi.PlacementScorer;
import io.hawser.scheduler.spi.PodFacts;

/** Prefers nodes with few pods, however large they are. */
public final class FewPods implements PlacementScorer {
  @Override
  public String name() {
    return "few-pods";
  }

  @Override
  public int score(PodFacts pod, NodeFacts node) {
    return -Math.min(MAX_POINTS, 10 * node.pods());
  }
}
