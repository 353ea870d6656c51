package io.hawser.scheduler.core.autoscale;

import io.hawser.model.AutoscaleRules;
import io.hawser.model.AutoscaleRules.Policy;
import io.hawser.model.AutoscaleRules.Select;
import io.hawser.model.HorizontalPodAutoscaler.Change;
import io.hawser.model.HorizontalPodAutoscaler.Recommendation;
import io.hawser.model.HorizontalPodAutoscaler.Spec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** How fast an autoscaler may follow its metrics: stabilisation windows, policies, bounds. */
public final class Pace {
  /** The most that a window can hold, of one look every 15 s. */
  static final int MAX_KEPT = AutoscaleRules.MAX_WINDOW_SECONDS / 15;

  private Pace() {}

  /**
   * What may be done at once.
   *
   * @param limited true: it is not what was asked for
   * @param reason of the condition {@code ScalingLimited}
   */
  public record Allowed(int replicas, boolean limited, String reason, String message) {}

  /**
   * The number that a short-lived change of the metrics does not sway: to go up, all of the window
   * must have asked for it; to go down likewise.
   *
   * @param past what was recommended; each holds until the next
   */
  public static int stabilised(
      Spec spec, int current, int desired, List<Recommendation> past, Instant now) {
    int least = desired;
    int most = desired;
    for (int i = 0; i < past.size(); i++) {
      Instant until = i + 1 < past.size() ? past.get(i + 1).at() : now;
      int replicas = past.get(i).replicas();
      if (until.isAfter(now.minusSeconds(spec.up().windowSeconds()))) {
        least = Math.min(least, replicas);
      }
      if (until.isAfter(now.minusSeconds(spec.down().windowSeconds()))) {
        most = Math.max(most, replicas);
      }
    }
    return Math.min(Math.max(current, least), most);
  }

  /** The wanted number within the bounds, no farther from the current one than the policies let. */
  public static Allowed allowed(
      Spec spec, int current, int wanted, List<Change> changes, Instant now) {
    if (wanted > current) {
      int limit = Math.max(current, limit(spec.up(), current, changes, now, 1));
      if (wanted > Math.min(limit, spec.max())) {
        return limit < spec.max()
            ? limited(limit, "ScaleUpLimit", "increasing faster than the maximum scale rate")
            : limited(spec.max(), "TooManyReplicas", "more than the maximum replica count");
      }
    } else if (wanted < current) {
      int limit = Math.min(current, limit(spec.down(), current, changes, now, -1));
      if (wanted < Math.max(limit, spec.min())) {
        return limit > spec.min()
            ? limited(limit, "ScaleDownLimit", "decreasing faster than the maximum scale rate")
            : limited(spec.min(), "TooFewReplicas", "less than the minimum replica count");
      }
    }
    return new Allowed(
        wanted, false, "DesiredWithinRange", "the desired count is within the acceptable range");
  }

  private static Allowed limited(int replicas, String reason, String how) {
    return new Allowed(replicas, true, reason, "the desired replica count is " + how);
  }

  /**
   * @param sign 1 upwards, -1 downwards
   */
  private static int limit(
      AutoscaleRules rules, int current, List<Change> changes, Instant now, int sign) {
    if (rules.select() == Select.DISABLED) {
      return current;
    }
    // Of several policies the largest change, or the smallest.
    boolean largest = (rules.select() == Select.MAX) == (sign > 0);
    int limit = largest ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    for (Policy policy : rules.policies()) {
      Instant since = now.minusSeconds(policy.periodSeconds());
      int changed =
          changes.stream().filter(c -> c.at().isAfter(since)).mapToInt(Change::replicas).sum();
      int proposed = proposed(policy, current - changed, sign);
      limit = largest ? Math.max(limit, proposed) : Math.min(limit, proposed);
    }
    return limit;
  }

  private static int proposed(Policy policy, int atStart, int sign) {
    if (!policy.percent()) {
      return atStart + sign * policy.value();
    }
    double share = atStart * (1 + sign * policy.value() / 100.0);
    return (int) (sign > 0 ? Math.ceil(share) : share);
  }

  /** With the newest, without those that no window looks back to. */
  public static List<Recommendation> remembered(
      Spec spec, List<Recommendation> past, int desired, Instant now) {
    List<Recommendation> next = new ArrayList<>(past);
    boolean same = !past.isEmpty() && past.get(past.size() - 1).replicas() == desired;
    if (!same) {
      next.add(new Recommendation(now, desired));
    }
    int seconds = Math.max(spec.up().windowSeconds(), spec.down().windowSeconds());
    Instant since = now.minusSeconds(seconds);
    while (next.size() > 1 && (!next.get(1).at().isAfter(since) || next.size() > MAX_KEPT)) {
      next.remove(0);
    }
    return next;
  }

  /** Without those that no policy looks back to. */
  public static List<Change> remembered(List<Change> changes, Instant now) {
    Instant since = now.minus(Duration.ofSeconds(AutoscaleRules.MAX_PERIOD_SECONDS));
    Predicate<Change> counts = c -> c.at().isAfter(since);
    List<Change> kept = changes.stream().filter(counts).toList();
    return kept.subList(Math.max(0, kept.size() - MAX_KEPT), kept.size());
  }
}
