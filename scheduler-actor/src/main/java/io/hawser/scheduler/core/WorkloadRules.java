package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.model.ApiObject;
import io.hawser.model.CronJob;
import io.hawser.model.CustomObject;
import io.hawser.model.DaemonSet;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.Job;
import io.hawser.model.LabelSelector;
import io.hawser.model.PodTemplate;
import io.hawser.model.ReplicaLimits;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import io.hawser.model.TextSize;
import java.util.Optional;

/** What a workload must satisfy, whoever checked it before. */
final class WorkloadRules {
  /** Most completions of an indexed job: their numbers are in its status. */
  static final int MAX_INDEXES = 10_000;

  private WorkloadRules() {}

  /**
   * @param old empty when the object is new
   */
  static Optional<Answer> wrong(Optional<ApiObject> old, ApiObject object) {
    if (object instanceof Job job) {
      return template(job, job.spec().template())
          .or(() -> number(job, "spec.parallelism", job.spec().parallelism()))
          .or(() -> indexes(job))
          .or(() -> old.flatMap(o -> changed((Job) o, job)));
    } else if (object instanceof CronJob cron) {
      return template(cron, cron.spec().job().template()).or(() -> schedule(cron));
    } else if (object instanceof DaemonSet set) {
      return template(set, set.spec().template())
          .or(() -> selector(set, set.spec().selector(), set.spec().template()))
          .or(
              () ->
                  old.flatMap(
                      o -> moved(set, ((DaemonSet) o).spec().selector(), set.spec().selector())));
    } else if (object instanceof StatefulSet set) {
      return template(set, set.spec().template())
          .or(() -> number(set, "spec.replicas", set.spec().replicas()))
          .or(() -> selector(set, set.spec().selector(), set.spec().template()))
          .or(() -> old.flatMap(o -> changed((StatefulSet) o, set)));
    } else if (object instanceof ReplicaSet set) {
      return template(set, set.spec().template())
          .or(() -> number(set, "spec.replicas", set.spec().replicas()))
          .or(() -> selector(set, set.spec().selector(), set.spec().template()))
          .or(
              () ->
                  old.flatMap(
                      o -> moved(set, ((ReplicaSet) o).spec().selector(), set.spec().selector())));
    } else if (object instanceof HorizontalPodAutoscaler autoscaler) {
      return bounds(autoscaler);
    } else if (object instanceof CustomObject custom) {
      return custom.template().flatMap(t -> template(custom, t));
    }
    return Optional.empty();
  }

  private static Optional<Answer> template(ApiObject object, PodTemplate template) {
    return TextSize.of(template) > Limits.MAX_TEMPLATE_CHARS
        ? ObjectRules.invalid(
            object, "spec.template", "must be at most " + Limits.MAX_TEMPLATE_CHARS + " characters")
        : Optional.empty();
  }

  private static Optional<Answer> number(ApiObject object, String field, int pods) {
    int most = ReplicaLimits.of(object.kind());
    return pods < 0 || pods > most
        ? ObjectRules.invalid(object, field, "must be from 0 to " + most)
        : Optional.empty();
  }

  private static Optional<Answer> selector(
      ApiObject object, LabelSelector selector, PodTemplate template) {
    return selector.isEmpty() || !selector.matches(template.labels())
        ? ObjectRules.invalid(
            object, "spec.template.metadata.labels", "`selector` does not match template `labels`")
        : Optional.empty();
  }

  private static Optional<Answer> indexes(Job job) {
    boolean tooMany =
        job.spec().indexed() && job.spec().completions().filter(c -> c <= MAX_INDEXES).isEmpty();
    return tooMany
        ? ObjectRules.invalid(
            job, "spec.completions", "an indexed job needs completions, at most " + MAX_INDEXES)
        : Optional.empty();
  }

  private static Optional<Answer> changed(Job old, Job now) {
    Job.Spec a = old.spec();
    Job.Spec b = now.spec();
    return ObjectRules.changed(now, "spec.template", a.template(), b.template())
        .or(() -> ObjectRules.changed(now, "spec.completions", a.completions(), b.completions()))
        .or(() -> ObjectRules.changed(now, "spec.completionMode", a.indexed(), b.indexed()));
  }

  private static Optional<Answer> changed(StatefulSet old, StatefulSet now) {
    StatefulSet.Spec a = old.spec();
    StatefulSet.Spec b = now.spec();
    return ObjectRules.changed(now, "spec.selector", a.selector(), b.selector())
        .or(() -> ObjectRules.changed(now, "spec.serviceName", a.serviceName(), b.serviceName()))
        .or(() -> ObjectRules.changed(now, "spec.podManagementPolicy", a.parallel(), b.parallel()))
        .or(
            () ->
                ObjectRules.changed(
                    now, "spec.volumeClaimTemplates", a.claimTemplates(), b.claimTemplates()));
  }

  /** A selector is for ever: with another one a set would no longer know its pods. */
  private static Optional<Answer> moved(ApiObject set, LabelSelector was, LabelSelector is) {
    return ObjectRules.changed(set, "spec.selector", was, is);
  }

  private static Optional<Answer> bounds(HorizontalPodAutoscaler autoscaler) {
    int min = autoscaler.spec().min();
    int max = autoscaler.spec().max();
    int most = ReplicaLimits.of(autoscaler.targetKey().kind());
    return min < 1 || max < min || max > most
        ? ObjectRules.invalid(
            autoscaler,
            "spec.maxReplicas",
            "must be greater than or equal to `minReplicas`, and at most " + most)
        : Optional.empty();
  }

  private static Optional<Answer> schedule(CronJob cron) {
    try {
      new CronTimes(cron.spec().schedule(), cron.spec().timeZone());
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return ObjectRules.invalid(cron, "spec.schedule", e.getMessage());
    }
  }
}
