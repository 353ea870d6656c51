package io.hawser.model;

import java.util.List;

/**
 * How fast an autoscaler may go in one direction; Kubernetes' {@code HPAScalingRules}.
 *
 * @param windowSeconds the least (or, downwards, the most) that was recommended within it counts
 * @param select which of the policies decides
 */
public record AutoscaleRules(int windowSeconds, Select select, List<Policy> policies) {
  /** Of the changes that the policies allow. */
  public enum Select {
    MAX,
    MIN,
    DISABLED
  }

  /**
   * @param percent true: of the pods there were at the period's start; false: so many pods
   */
  public record Policy(boolean percent, int value, int periodSeconds) {}

  public static final int MAX_WINDOW_SECONDS = 3_600;
  public static final int MAX_PERIOD_SECONDS = 1_800;

  /** Kubernetes' defaults: at once, by four pods or to the double within 15 s. */
  public static final AutoscaleRules UP =
      new AutoscaleRules(
          0, Select.MAX, List.of(new Policy(false, 4, 15), new Policy(true, 100, 15)));

  /** Kubernetes' defaults: to what was the most of five minutes, by any number. */
  public static final AutoscaleRules DOWN =
      new AutoscaleRules(300, Select.MAX, List.of(new Policy(true, 100, 15)));

  public AutoscaleRules {
    policies = List.copyOf(policies);
  }
}
