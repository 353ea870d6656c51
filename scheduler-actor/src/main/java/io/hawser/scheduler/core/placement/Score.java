package io.hawser.scheduler.core.placement;

import io.hawser.model.ResourceAmounts;
import io.hawser.model.Taint;

/**
 * How well a node suits a pod; the smallest is best. In this order: fewest pods of the same
 * deployment, fewest soft taints, least and most evenly used after the pod is there, the node's
 * name. No randomness: the same state gives the same node.
 *
 * @param use per mille of the node, the mean of cpu, memory and pods, plus the gap between them
 */
record Score(int siblings, int softTaints, long use, String node) implements Comparable<Score> {
  private static final int PER_MILLE = 1_000;

  static Score of(Candidate candidate, Ask ask, int siblings) {
    ResourceAmounts capacity = candidate.node().info().capacity();
    long cpu =
        perMille(
            capacity.cpuMillis() - candidate.cpuFreeMillis() + ask.requests().cpuMillis(),
            capacity.cpuMillis());
    long memory =
        perMille(
            capacity.memoryBytes() - candidate.memoryFreeBytes() + ask.requests().memoryBytes(),
            capacity.memoryBytes());
    long pods = perMille(candidate.pods() + 1L, candidate.node().info().maxPods());
    long use = (cpu + memory + pods) / 3 + Math.abs(cpu - memory) / 2;
    return new Score(siblings, softTaints(candidate, ask), use, candidate.name());
  }

  private static long perMille(long used, long of) {
    return of <= 0 ? PER_MILLE : Math.round((double) used * PER_MILLE / of);
  }

  private static int softTaints(Candidate candidate, Ask ask) {
    int count = 0;
    for (Taint taint : candidate.node().taints()) {
      if (taint.effect() == Taint.Effect.PREFER_NO_SCHEDULE && !Filters.tolerated(taint, ask)) {
        count++;
      }
    }
    return count;
  }

  @Override
  public int compareTo(Score other) {
    int order = Integer.compare(siblings, other.siblings);
    if (order == 0) {
      order = Integer.compare(softTaints, other.softTaints);
    }
    if (order == 0) {
      order = Long.compare(use, other.use);
    }
    return order == 0 ? node.compareTo(other.node) : order;
  }
}
