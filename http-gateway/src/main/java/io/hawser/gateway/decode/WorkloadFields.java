package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.model.CronJob;
import io.hawser.model.DaemonSet;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.Job;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.PodTemplate;
import io.hawser.model.ReplicaLimits;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the specs of jobs, cron jobs, sets and disruption budgets. */
public final class WorkloadFields {
  private static final List<String> ALWAYS = List.of("Always");
  private static final Map<String, Job.Action> ACTIONS =
      Map.of(
          "Count", Job.Action.COUNT,
          "FailJob", Job.Action.FAIL_JOB,
          "Ignore", Job.Action.IGNORE);

  private WorkloadFields() {}

  private static Optional<Fields> spec(Fields root) {
    return root.requiredObject("spec", "expected what is wanted");
  }

  private static Optional<PodTemplate> template(Fields spec, List<String> restartPolicies) {
    return template(spec, restartPolicies, List.of());
  }

  private static Optional<PodTemplate> template(
      Fields spec, List<String> restartPolicies, List<String> volumes) {
    return spec.requiredObject("template", "expected the pods' metadata and spec")
        .map(t -> DeploymentDecoder.template(t, restartPolicies, volumes));
  }

  private static LabelSelector selector(Fields spec) {
    return spec.requiredObject("selector", "expected matchLabels or matchExpressions")
        .map(SelectorDecoder::decode)
        .orElse(new LabelSelector(Map.of(), List.of()));
  }

  public static Job job(ObjectMeta meta, Fields root) {
    Optional<Job.Spec> spec = spec(root).map(WorkloadFields::jobSpec);
    return new Job(meta, spec.orElse(null), Optional.empty(), Job.Status.NONE);
  }

  static Job.Spec jobSpec(Fields spec) {
    boolean indexed =
        spec.oneOf("completionMode", List.of("Indexed", "NonIndexed"))
            .filter("Indexed"::equals)
            .isPresent();
    Optional<Integer> completions = count(spec, "completions");
    Optional<Integer> parallelism = count(spec, "parallelism");
    if (indexed && completions.isEmpty()) {
      spec.causes().required(spec.path("completions"), "when completionMode is Indexed");
    }
    if (completions.isEmpty() && parallelism.isEmpty()) {
      completions = Optional.of(1);
    }
    // Written by servers: pods are found by their owner, whatever their labels.
    spec.harmless("selector", "manualSelector", "podReplacementPolicy");
    spec.unsupported("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy", "managedBy");
    Job.Spec read =
        new Job.Spec(
            parallelism.orElse(1),
            completions,
            indexed,
            spec.integer("backoffLimit", Job.Spec.DEFAULT_BACKOFF_LIMIT, 0, Integer.MAX_VALUE),
            spec.number("activeDeadlineSeconds", 1, Integer.MAX_VALUE),
            spec.number("ttlSecondsAfterFinished", 0, Integer.MAX_VALUE),
            spec.bool("suspend").orElse(false),
            spec.object("podFailurePolicy").map(WorkloadFields::rules).orElse(List.of()),
            template(spec, List.of("Never", "OnFailure")).orElse(null));
    spec.end();
    return read;
  }

  private static Optional<Integer> count(Fields spec, String field) {
    return spec.number(field, 0, ReplicaLimits.of("Job")).map(Math::toIntExact);
  }

  private static List<Job.FailureRule> rules(Fields policy) {
    List<Job.FailureRule> rules = policy.objects("rules", WorkloadFields::rule);
    policy.end();
    return rules.stream().filter(r -> !r.exitCodes().isEmpty()).toList();
  }

  /** A rule on conditions says what Hawser does in any case: a lost pod counts as nothing. */
  private static Job.FailureRule rule(Fields rule) {
    rule.requiredText("action", "expected Count, FailJob or Ignore");
    Job.Action action =
        rule.oneOf("action", List.of("Count", "FailJob", "Ignore"))
            .map(ACTIONS::get)
            .orElse(Job.Action.COUNT);
    Optional<Fields> codes = rule.object("onExitCodes");
    if (rule.has("onPodConditions") && action != Job.Action.IGNORE) {
      rule.causes()
          .forbidden(
              rule.path("onPodConditions"), "only with the action Ignore, which it is always");
    }
    rule.harmless("onPodConditions");
    rule.end();
    return codes
        .map(c -> exitCodes(c, action))
        .orElse(new Job.FailureRule(action, Optional.empty(), true, List.of()));
  }

  private static Job.FailureRule exitCodes(Fields codes, Job.Action action) {
    codes.requiredText("operator", "expected In or NotIn");
    boolean in = codes.oneOf("operator", List.of("In", "NotIn")).orElse("In").equals("In");
    List<Integer> values =
        codes.any("values").stream()
            .flatMap(v -> java.util.stream.StreamSupport.stream(v.spliterator(), false))
            .filter(v -> v.isIntegralNumber() && v.canConvertToInt())
            .map(v -> v.intValue())
            .toList();
    if (values.isEmpty()) {
      codes.causes().required(codes.path("values"), "expected exit codes");
    }
    Job.FailureRule rule = new Job.FailureRule(action, codes.text("containerName"), in, values);
    codes.end();
    return rule;
  }

  public static CronJob cronJob(ObjectMeta meta, Fields root) {
    Optional<CronJob.Spec> spec = spec(root).map(WorkloadFields::cronSpec);
    return new CronJob(meta, spec.orElse(null), CronJob.Status.NONE);
  }

  private static CronJob.Spec cronSpec(Fields spec) {
    Optional<Fields> template =
        spec.requiredObject("jobTemplate", "expected the jobs' metadata and spec");
    Metadata.OfTemplate meta =
        template
            .flatMap(t -> t.object("metadata"))
            .map(Metadata::ofTemplate)
            .orElse(Metadata.OfTemplate.NONE);
    Optional<Job.Spec> job =
        template
            .flatMap(t -> t.requiredObject("spec", "expected the jobs' spec"))
            .map(WorkloadFields::jobSpec);
    template.ifPresent(Fields::end);
    CronJob.Concurrency concurrency =
        spec.oneOf("concurrencyPolicy", List.of("Allow", "Forbid", "Replace"))
            .map(p -> CronJob.Concurrency.valueOf(p.toUpperCase(java.util.Locale.ROOT)))
            .orElse(CronJob.Concurrency.ALLOW);
    CronJob.Spec read =
        new CronJob.Spec(
            spec.requiredText("schedule", "expected five fields, such as \"*/5 * * * *\""),
            spec.text("timeZone"),
            concurrency,
            spec.bool("suspend").orElse(false),
            spec.number("startingDeadlineSeconds", 0, Integer.MAX_VALUE),
            spec.integer(
                "successfulJobsHistoryLimit", CronJob.Spec.DEFAULT_SUCCESSFUL_HISTORY, 0, 1_000),
            spec.integer("failedJobsHistoryLimit", CronJob.Spec.DEFAULT_FAILED_HISTORY, 0, 1_000),
            meta.labels(),
            meta.annotations(),
            job.orElse(null));
    spec.end();
    return read;
  }

  public static DaemonSet daemonSet(ObjectMeta meta, Fields root) {
    Optional<DaemonSet.Spec> spec = spec(root).map(WorkloadFields::daemonSpec);
    return new DaemonSet(meta, spec.orElse(null), List.of(), DaemonSet.Status.NONE);
  }

  private static DaemonSet.Spec daemonSpec(Fields spec) {
    LabelSelector selector = selector(spec);
    Optional<PodTemplate> template = template(spec, ALWAYS);
    template.ifPresent(t -> DeploymentDecoder.checkSelector(spec, selector, t));
    Optional<Fields> strategy = spec.object("updateStrategy");
    Optional<Fields> rolling = strategy.flatMap(s -> s.object("rollingUpdate"));
    Amount unavailable =
        rolling
            .map(r -> DeploymentDecoder.amount(r, "maxUnavailable", Amount.of(1)))
            .orElse(Amount.of(1));
    rolling.ifPresent(
        r -> {
          r.unsupported("maxSurge");
          r.end();
        });
    boolean onDelete = onDelete(strategy);
    DaemonSet.Spec read =
        new DaemonSet.Spec(
            selector,
            template.orElse(null),
            onDelete,
            unavailable,
            spec.integer("minReadySeconds", 0, 0, Integer.MAX_VALUE),
            history(spec));
    spec.end();
    return read;
  }

  private static boolean onDelete(Optional<Fields> strategy) {
    boolean onDelete =
        strategy
            .flatMap(s -> s.oneOf("type", List.of("OnDelete", "RollingUpdate")))
            .filter("OnDelete"::equals)
            .isPresent();
    strategy.ifPresent(Fields::end);
    return onDelete;
  }

  private static int history(Fields spec) {
    return spec.integer(
        "revisionHistoryLimit",
        DeploymentSpec.DEFAULT_REVISION_HISTORY_LIMIT,
        0,
        Integer.MAX_VALUE);
  }

  public static ReplicaSet replicaSet(ObjectMeta meta, Fields root) {
    return new ReplicaSet(
        meta, spec(root).map(WorkloadFields::replicaSpec).orElse(null), ReplicaSet.Status.NONE);
  }

  private static ReplicaSet.Spec replicaSpec(Fields spec) {
    LabelSelector selector = selector(spec);
    Optional<PodTemplate> template = template(spec, ALWAYS);
    template.ifPresent(t -> DeploymentDecoder.checkSelector(spec, selector, t));
    ReplicaSet.Spec read =
        new ReplicaSet.Spec(
            spec.integer("replicas", 1, 0, ReplicaLimits.SORTED),
            selector,
            template.orElse(null),
            spec.integer("minReadySeconds", 0, 0, Integer.MAX_VALUE));
    spec.end();
    return read;
  }

  public static StatefulSet statefulSet(ObjectMeta meta, Fields root) {
    Optional<StatefulSet.Spec> spec = spec(root).map(WorkloadFields::statefulSpec);
    return new StatefulSet(meta, spec.orElse(null), List.of(), StatefulSet.Status.NONE);
  }

  private static StatefulSet.Spec statefulSpec(Fields spec) {
    LabelSelector selector = selector(spec);
    List<StatefulSet.ClaimTemplate> claims = VolumeFields.templates(spec);
    Optional<PodTemplate> template =
        template(spec, ALWAYS, claims.stream().map(StatefulSet.ClaimTemplate::name).toList());
    template.ifPresent(t -> DeploymentDecoder.checkSelector(spec, selector, t));
    Optional<Fields> strategy = spec.object("updateStrategy");
    Optional<Fields> rolling = strategy.flatMap(s -> s.object("rollingUpdate"));
    int partition = rolling.map(r -> r.integer("partition", 0, 0, Integer.MAX_VALUE)).orElse(0);
    rolling.ifPresent(
        r -> {
          r.unsupported("maxUnavailable");
          r.end();
        });
    boolean onDelete = onDelete(strategy);
    boolean parallel =
        spec.oneOf("podManagementPolicy", List.of("OrderedReady", "Parallel"))
            .filter("Parallel"::equals)
            .isPresent();
    spec.unsupported("ordinals");
    StatefulSet.Spec read =
        new StatefulSet.Spec(
            spec.integer("replicas", 1, 0, ReplicaLimits.of("StatefulSet")),
            selector,
            template.orElse(null),
            spec.text("serviceName").orElse(""),
            parallel,
            onDelete,
            partition,
            spec.integer("minReadySeconds", 0, 0, Integer.MAX_VALUE),
            history(spec),
            claims,
            VolumeFields.retention(spec));
    spec.end();
    return read;
  }

  public static PodDisruptionBudget budget(ObjectMeta meta, Fields root) {
    return spec(root)
        .map(
            spec -> {
              PodDisruptionBudget read =
                  new PodDisruptionBudget(
                      meta,
                      selector(spec),
                      amount(spec, "minAvailable"),
                      amount(spec, "maxUnavailable"),
                      PodDisruptionBudget.Status.NONE);
              if (read.minAvailable().isPresent() == read.maxUnavailable().isPresent()) {
                spec.causes()
                    .invalid(
                        spec.path(), "", "needs exactly one of minAvailable and maxUnavailable");
              }
              // A pod that is not ready may always go.
              spec.oneOf("unhealthyPodEvictionPolicy", List.of("AlwaysAllow", "IfHealthyBudget"));
              spec.end();
              return read;
            })
        .orElse(null);
  }

  private static Optional<Amount> amount(Fields spec, String field) {
    Amount amount = DeploymentDecoder.amount(spec, field, Amount.of(0));
    return spec.has(field) ? Optional.of(amount) : Optional.empty();
  }
}
