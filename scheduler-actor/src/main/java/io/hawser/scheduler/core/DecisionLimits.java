package io.hawser.scheduler.core;

/**
 * What a decision may lead to.
 *
 * @param maxPods most that rollouts create, and most that they end
 * @param maxChars no request makes the state longer than this, as text; one that is longer already
 *     is only made shorter
 */
public record DecisionLimits(int maxPods, long maxChars) {
  public static final DecisionLimits DEFAULT =
      new DecisionLimits(Limits.MAX_PODS_PER_DECISION, Long.MAX_VALUE);
}
