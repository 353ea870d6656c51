package io.hawser.model;

import java.util.Set;

/** How many pods one owner may ask for: the only place that says so. */
public final class ReplicaLimits {
  /**
   * Of deployments and replica sets, whose pods are kept sorted: the largest whose rollout was
   * measured (docs/scheduling.md), and as many as are kept ({@code RolloutPods.MAX_PODS}).
   */
  public static final int SORTED = 100_000;

  /**
   * Of stateful sets and jobs: each of their decisions looks at all of their pods, so that ten
   * times as many would make every decision of the scheduler wait ten times as long.
   */
  public static final int LOOKED_THROUGH = 10_000;

  private static final Set<String> KEPT_SORTED = Set.of(Pod.Owner.DEPLOYMENT, "ReplicaSet");

  private ReplicaLimits() {}

  /**
   * @param kind of the owner, such as {@code StatefulSet}
   */
  public static int of(String kind) {
    return KEPT_SORTED.contains(kind) ? SORTED : LOOKED_THROUGH;
  }
}
