package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.CronJob;
import io.hawser.model.DaemonSet;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.Job;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import java.time.Instant;
import java.util.Optional;

/** Writes the specs and statuses of jobs, cron jobs, sets and disruption budgets. */
public final class WorkloadEncoder {
  private WorkloadEncoder() {}

  public static void job(Job job, ObjectNode node) {
    job.owner()
        .ifPresent(
            o ->
                MetaEncoder.owner(
                    (ObjectNode) node.get("metadata"), "batch/v1", o.kind(), o.name(), o.uid()));
    ObjectNode spec = node.putObject("spec");
    jobSpec(job.spec(), spec);
    spec.putObject("selector")
        .putObject("matchLabels")
        .put("batch.kubernetes.io/controller-uid", job.meta().uid());
    Job.Status status = job.status();
    ObjectNode child = node.putObject("status");
    DeploymentEncoder.count(child, "active", status.active());
    child.put("ready", status.ready());
    DeploymentEncoder.count(child, "succeeded", status.succeeded());
    DeploymentEncoder.count(child, "failed", status.failed());
    Json.putIfSet(child, "completedIndexes", status.completedIndexes());
    time(child, "startTime", status.startedAt());
    time(child, "completionTime", status.completedAt());
    MetaEncoder.conditions(child, status.conditions());
  }

  private static void time(ObjectNode node, String field, Optional<Instant> at) {
    at.ifPresent(t -> node.put(field, Json.time(t)));
  }

  private static void jobSpec(Job.Spec spec, ObjectNode node) {
    node.put("parallelism", spec.parallelism());
    spec.completions().ifPresent(c -> node.put("completions", c));
    node.put("completionMode", spec.indexed() ? "Indexed" : "NonIndexed");
    node.put("backoffLimit", spec.backoffLimit());
    spec.activeDeadlineSeconds().ifPresent(s -> node.put("activeDeadlineSeconds", s));
    spec.ttlSecondsAfterFinished().ifPresent(s -> node.put("ttlSecondsAfterFinished", s));
    node.put("suspend", spec.suspend());
    if (!spec.failurePolicy().isEmpty()) {
      ArrayNode rules = node.putObject("podFailurePolicy").putArray("rules");
      for (Job.FailureRule rule : spec.failurePolicy()) {
        ObjectNode child = rules.addObject().put("action", Words.camel(rule.action()));
        ObjectNode codes = child.putObject("onExitCodes");
        Json.putIfSet(codes, "containerName", rule.container());
        codes.put("operator", rule.in() ? "In" : "NotIn");
        rule.exitCodes().forEach(codes.putArray("values")::add);
      }
    }
    node.set("template", DeploymentEncoder.template(spec.template()));
  }

  public static void cronJob(CronJob cron, ObjectNode node) {
    CronJob.Spec spec = cron.spec();
    ObjectNode child = node.putObject("spec").put("schedule", spec.schedule());
    Json.putIfSet(child, "timeZone", spec.timeZone());
    child.put("concurrencyPolicy", Words.camel(spec.concurrency())).put("suspend", spec.suspend());
    spec.startingDeadlineSeconds().ifPresent(s -> child.put("startingDeadlineSeconds", s));
    child.put("successfulJobsHistoryLimit", spec.successfulHistory());
    child.put("failedJobsHistoryLimit", spec.failedHistory());
    ObjectNode template = child.putObject("jobTemplate");
    ObjectNode meta = template.putObject("metadata");
    Json.putIfSet(meta, "labels", spec.jobLabels());
    Json.putIfSet(meta, "annotations", spec.jobAnnotations());
    jobSpec(spec.job(), template.putObject("spec"));
    ObjectNode status = node.putObject("status");
    time(status, "lastScheduleTime", cron.status().lastScheduledAt());
    time(status, "lastSuccessfulTime", cron.status().lastSuccessAt());
  }

  public static void daemonSet(DaemonSet set, ObjectNode node) {
    DaemonSet.Spec spec = set.spec();
    ObjectNode child = node.putObject("spec");
    child.set("selector", DeploymentEncoder.selector(spec.selector()));
    child.set("template", DeploymentEncoder.template(spec.template()));
    ObjectNode strategy = child.putObject("updateStrategy");
    strategy.put("type", spec.onDelete() ? "OnDelete" : "RollingUpdate");
    if (!spec.onDelete()) {
      amount(strategy.putObject("rollingUpdate"), "maxUnavailable", spec.maxUnavailable());
    }
    DeploymentEncoder.count(child, "minReadySeconds", spec.minReadySeconds());
    child.put("revisionHistoryLimit", spec.revisionHistoryLimit());
    DaemonSet.Status status = set.status();
    ObjectNode out = node.putObject("status");
    out.put("observedGeneration", status.observedGeneration());
    out.put("currentNumberScheduled", status.current());
    out.put("numberMisscheduled", status.misscheduled());
    out.put("desiredNumberScheduled", status.desired());
    out.put("numberReady", status.ready());
    DeploymentEncoder.count(out, "updatedNumberScheduled", status.updated());
    DeploymentEncoder.count(out, "numberAvailable", status.available());
    DeploymentEncoder.count(out, "numberUnavailable", status.desired() - status.available());
  }

  public static void replicaSet(ReplicaSet set, ObjectNode node) {
    ObjectNode child = node.putObject("spec").put("replicas", set.spec().replicas());
    child.set("selector", DeploymentEncoder.selector(set.spec().selector()));
    child.set("template", DeploymentEncoder.template(set.spec().template()));
    DeploymentEncoder.count(child, "minReadySeconds", set.spec().minReadySeconds());
    ReplicaSet.Status status = set.status();
    ObjectNode out = node.putObject("status");
    out.put("observedGeneration", status.observedGeneration()).put("replicas", status.replicas());
    DeploymentEncoder.count(out, "fullyLabeledReplicas", status.replicas());
    DeploymentEncoder.count(out, "readyReplicas", status.ready());
    DeploymentEncoder.count(out, "availableReplicas", status.available());
  }

  public static void statefulSet(StatefulSet set, ObjectNode node) {
    StatefulSet.Spec spec = set.spec();
    ObjectNode child = node.putObject("spec").put("replicas", spec.replicas());
    child.set("selector", DeploymentEncoder.selector(spec.selector()));
    child.set("template", DeploymentEncoder.template(spec.template()));
    child.put("serviceName", spec.serviceName());
    child.put("podManagementPolicy", spec.parallel() ? "Parallel" : "OrderedReady");
    ObjectNode strategy = child.putObject("updateStrategy");
    strategy.put("type", spec.onDelete() ? "OnDelete" : "RollingUpdate");
    if (!spec.onDelete()) {
      strategy.putObject("rollingUpdate").put("partition", spec.partition());
    }
    DeploymentEncoder.count(child, "minReadySeconds", spec.minReadySeconds());
    child.put("revisionHistoryLimit", spec.revisionHistoryLimit());
    VolumeEncoder.templates(spec.claimTemplates(), child);
    VolumeEncoder.retention(spec.claimRetention(), child);
    StatefulSet.Status status = set.status();
    ObjectNode out = node.putObject("status");
    out.put("observedGeneration", status.observedGeneration());
    out.put("replicas", status.replicas()).put("readyReplicas", status.ready());
    out.put("currentReplicas", status.current()).put("updatedReplicas", status.updated());
    out.put("availableReplicas", status.available());
    if (!set.revisions().isEmpty()) {
      String name = set.meta().name() + "-";
      out.put("updateRevision", name + set.currentRevision().templateHash());
      String stable =
          status.stableHash().isEmpty()
              ? set.currentRevision().templateHash()
              : status.stableHash();
      out.put("currentRevision", name + stable);
    }
  }

  public static void budget(PodDisruptionBudget budget, ObjectNode node) {
    ObjectNode spec = node.putObject("spec");
    budget.minAvailable().ifPresent(a -> amount(spec, "minAvailable", a));
    budget.maxUnavailable().ifPresent(a -> amount(spec, "maxUnavailable", a));
    spec.set("selector", DeploymentEncoder.selector(budget.selector()));
    PodDisruptionBudget.Status status = budget.status();
    node.putObject("status")
        .put("observedGeneration", status.observedGeneration())
        .put("disruptionsAllowed", status.allowed())
        .put("currentHealthy", status.healthy())
        .put("desiredHealthy", status.desiredHealthy())
        .put("expectedPods", status.expected());
  }

  private static void amount(ObjectNode node, String field, Amount amount) {
    if (amount.percent()) {
      node.put(field, amount.value() + "%");
    } else {
      node.put(field, amount.value());
    }
  }
}
