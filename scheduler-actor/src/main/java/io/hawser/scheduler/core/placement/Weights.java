package io.hawser.scheduler.core.placement;

import io.hawser.model.PlacementHints;
import io.hawser.model.PlacementHints.Policy;
import java.util.Map;
import java.util.Set;

/**
 * How much each part of a score counts. Parts are points: a node wholly free or wholly full is
 * about 1,000 apart.
 *
 * @param spread for each pod of the same owner and revision that is there
 * @param taints for each soft taint that is not tolerated
 * @param free for what is left of the node; negative: the fuller the better
 * @param balance for the gap between the use of cpu and of memory
 * @param nodes for each point of weight of a preferred node affinity
 * @param pods for each point of weight and each pod of a preferred pod affinity
 * @param topology for each pod in the domain of a soft topology spread
 * @param image for the image being there already
 */
record Weights(
    long spread,
    long taints,
    long free,
    long balance,
    long nodes,
    long pods,
    long topology,
    long image) {
  // What a user asked for outweighs what is only tidy: a preference of weight 100 is worth ten pods
  // of the same owner on one node, one such pod all that cpu and memory can say.
  private static final long SPREAD = -100_000;
  private static final long TAINTS = -2_000;
  private static final long NODES = 10_000;
  private static final long TOPOLOGY = -200_000;
  private static final long IMAGE = 50;

  static final Set<String> PARTS =
      Set.of("spread", "taints", "free", "balance", "nodes", "pods", "topology", "image");

  /** The parts by which policies differ. */
  static final Set<String> OF_POLICY = Set.of("spread", "free", "balance");

  static Weights of(PlacementHints hints, PlacementSettings settings) {
    Policy policy = hints.policy().orElse(settings.policy());
    Map<String, Integer> factors = settings.factors(hints);
    long free = policy == Policy.BINPACK ? -1 : 1;
    long spread = policy == Policy.BINPACK ? 0 : 1;
    long balance = policy == Policy.BALANCED ? 8 : 1;
    return new Weights(
        SPREAD * factors.getOrDefault("spread", (int) spread),
        TAINTS * factors.getOrDefault("taints", 1),
        factors.getOrDefault("free", (int) free),
        -factors.getOrDefault("balance", (int) balance),
        NODES * factors.getOrDefault("nodes", 1),
        NODES * factors.getOrDefault("pods", 1),
        TOPOLOGY * factors.getOrDefault("topology", 1),
        IMAGE * factors.getOrDefault("image", 1));
  }
}
