package io.hawser.scheduler.core.placement;

import java.util.ArrayList;
import java.util.List;

/** All placed pods with one footprint: how many of them each node has. */
final class PodKind {
  final Footprint footprint;

  /** Neither ended nor on their way out. */
  final IntCounts live = new IntCounts();

  /** Being deleted: they take room, but others are placed as if they were gone already. */
  final IntCounts leaving = new IntCounts();

  /** Not there yet: others are on their way out for them. */
  final IntCounts promised = new IntCounts();

  /** Who counts these pods by the nodes' labels. */
  final List<DomainCount> counters = new ArrayList<>();

  PodKind(Footprint footprint) {
    this.footprint = footprint;
  }

  boolean isGone() {
    return live.total() == 0 && leaving.total() == 0 && promised.total() == 0;
  }
}
