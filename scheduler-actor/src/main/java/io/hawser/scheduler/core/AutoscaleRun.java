package io.hawser.scheduler.core;

import static io.hawser.model.HorizontalPodAutoscaler.ABLE_TO_SCALE;
import static io.hawser.model.HorizontalPodAutoscaler.SCALING_ACTIVE;
import static io.hawser.model.HorizontalPodAutoscaler.SCALING_LIMITED;

import io.hawser.model.Condition;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.HorizontalPodAutoscaler.Change;
import io.hawser.model.HorizontalPodAutoscaler.Current;
import io.hawser.model.HorizontalPodAutoscaler.Metric;
import io.hawser.model.HorizontalPodAutoscaler.Recommendation;
import io.hawser.model.HorizontalPodAutoscaler.Spec;
import io.hawser.model.HorizontalPodAutoscaler.Status;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.autoscale.Pace;
import io.hawser.scheduler.core.autoscale.PodUse;
import io.hawser.scheduler.core.autoscale.Proposal;
import io.hawser.scheduler.core.autoscale.ReplicaCount;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One look of one autoscaler: what its metrics ask for, how much of that may be done now, and what
 * it says of itself. Nothing is written while nothing changes, not even that it looked.
 */
final class AutoscaleRun {
  private final Draft draft;
  private final HorizontalPodAutoscaler autoscaler;
  private final Spec spec;
  private final Map<ObjectName, PodUse> usage;
  private List<Condition> conditions;
  private List<Current> metrics = List.of();
  private List<Recommendation> recommendations;
  private List<Change> changes;
  private Optional<Instant> lastScaledAt;

  private AutoscaleRun(
      Draft draft, HorizontalPodAutoscaler autoscaler, Map<ObjectName, PodUse> usage) {
    this.draft = draft;
    this.autoscaler = autoscaler;
    this.spec = autoscaler.spec();
    this.usage = usage;
    this.conditions = autoscaler.status().conditions();
    this.recommendations = autoscaler.status().recommendations();
    this.changes = Pace.remembered(autoscaler.status().changes(), draft.now());
    this.lastScaledAt = autoscaler.status().lastScaledAt();
  }

  /** All of them. */
  static void look(Draft draft, SchedulerInput.UsageRead read) {
    Map<ObjectName, PodUse> usage = PodUse.of(read.nodes());
    for (HorizontalPodAutoscaler autoscaler :
        List.copyOf(draft.state().objects().all(HorizontalPodAutoscaler.class))) {
      new AutoscaleRun(draft, autoscaler, usage).step();
    }
  }

  private void step() {
    Optional<ScaleTarget> found = ScaleTarget.of(draft.state(), autoscaler);
    if (found.isEmpty()) {
      String plural = ObjectRules.plural(spec.target().kind());
      condition(
          ABLE_TO_SCALE,
          false,
          "FailedGetScale",
          "the HPA controller was unable to get the target's current scale: %s \"%s\" not found"
              .formatted(plural, spec.target().name()));
      tell(autoscaler.status().replicas(), autoscaler.status().desired());
      return;
    }
    ScaleTarget target = found.get();
    condition(
        ABLE_TO_SCALE,
        true,
        "SucceededGetScale",
        "the HPA controller was able to get the target's current scale");
    int desired = desired(target);
    if (desired != target.wanted()) {
      rescale(target, desired);
    }
    tell(target.there(), desired);
  }

  /** The number it shall have now. */
  private int desired(ScaleTarget target) {
    int current = target.wanted();
    if (current == 0) {
      condition(
          SCALING_ACTIVE,
          false,
          "ScalingDisabled",
          "scaling is disabled since the replica count of the target is zero");
      return 0;
    } else if (current > spec.max()) {
      return spec.max();
    } else if (current < spec.min()) {
      return spec.min();
    }
    Optional<Integer> asked = asked(target);
    return asked.map(replicas -> limited(current, replicas)).orElse(current);
  }

  /**
   * The most that a metric asks for. When one of them can't say, the others may not take pods away.
   */
  private Optional<Integer> asked(ScaleTarget target) {
    List<Pod> pods = target.pods(draft.state());
    List<Current> readings = new ArrayList<>();
    Optional<Integer> most = Optional.empty();
    Optional<Metric> failed = Optional.empty();
    Optional<Metric> valid = Optional.empty();
    String failure = "";
    for (Metric metric : spec.metrics()) {
      Proposal said = ReplicaCount.of(metric, pods, usage, target.wanted(), draft.now());
      said.current().ifPresent(readings::add);
      if (said.replicas().isEmpty() && failed.isEmpty()) {
        failed = Optional.of(metric);
        failure = said.failure();
      } else if (said.replicas().isPresent()
          && (most.isEmpty() || said.replicas().get() > most.get())) {
        most = said.replicas();
        valid = Optional.of(metric);
      }
    }
    metrics = readings;
    boolean usable = most.isPresent() && (failed.isEmpty() || most.get() >= target.wanted());
    if (usable) {
      condition(
          SCALING_ACTIVE,
          true,
          "ValidMetricFound",
          "the HPA was able to successfully calculate a replica count from " + name(valid.get()));
      return most;
    }
    condition(
        SCALING_ACTIVE,
        false,
        failed.flatMap(Metric::container).isPresent()
            ? "FailedGetContainerResourceMetric"
            : "FailedGetResourceMetric",
        "the HPA was unable to compute the replica count: failed to get %s: %s"
            .formatted(failed.map(AutoscaleRun::name).orElse("metrics"), failure));
    return Optional.empty();
  }

  private static String name(Metric metric) {
    String resource = metric.resource().name().toLowerCase(Locale.ROOT);
    String of = metric.container().isPresent() ? " container resource" : " resource";
    return metric.utilization().isPresent()
        ? resource + of + " utilization (percentage of request)"
        : resource + of;
  }

  private int limited(int current, int asked) {
    if (recommendations.isEmpty()) {
      recommendations = List.of(new Recommendation(draft.now(), current));
    }
    int stable = Pace.stabilised(spec, current, asked, recommendations, draft.now());
    recommendations = Pace.remembered(spec, recommendations, asked, draft.now());
    if (stable < asked) {
      condition(
          ABLE_TO_SCALE,
          true,
          "ScaleUpStabilized",
          "recent recommendations were lower than current one, applying the lowest recent"
              + " recommendation");
    } else if (stable > asked) {
      condition(
          ABLE_TO_SCALE,
          true,
          "ScaleDownStabilized",
          "recent recommendations were higher than current one, applying the highest recent"
              + " recommendation");
    } else {
      condition(ABLE_TO_SCALE, true, "ReadyForNewScale", "recommended size matches current size");
    }
    Pace.Allowed allowed = Pace.allowed(spec, current, stable, changes, draft.now());
    condition(SCALING_LIMITED, allowed.limited(), allowed.reason(), allowed.message());
    return allowed.replicas();
  }

  private void rescale(ScaleTarget target, int desired) {
    target.scale(draft, desired);
    lastScaledAt = Optional.of(draft.now());
    List<Change> next = new ArrayList<>(changes);
    next.add(new Change(draft.now(), desired - target.wanted()));
    changes = Pace.remembered(next, draft.now());
    condition(
        ABLE_TO_SCALE,
        true,
        "SucceededRescale",
        "the HPA controller was able to update the target scale to " + desired);
  }

  private void condition(String type, boolean holds, String reason, String message) {
    String status = holds ? "True" : "False";
    List<Condition> next = new ArrayList<>();
    Instant since = draft.now();
    for (Condition old : conditions) {
      if (!old.type().equals(type)) {
        next.add(old);
      } else if (old.status().equals(status)) {
        since = old.lastTransitionAt();
      }
    }
    next.add(new Condition(type, status, reason, message, since, since));
    next.sort(java.util.Comparator.comparing(Condition::type));
    conditions = next;
  }

  private void tell(int there, int desired) {
    OwnedBy.tell(
        draft,
        autoscaler,
        new Status(
            autoscaler.meta().generation(),
            there,
            desired,
            lastScaledAt,
            metrics,
            conditions,
            recommendations,
            changes));
  }
}
