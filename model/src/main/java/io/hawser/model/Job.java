package io.hawser.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Pods that run to their end; Kubernetes' {@code batch/v1 Job}.
 *
 * @param owner the cron job that made it
 */
public record Job(ObjectMeta meta, Spec spec, Optional<Pod.Owner> owner, Status status)
    implements ApiObject {

  public static final String COMPLETE = "Complete";
  public static final String FAILED = "Failed";
  public static final String SUSPENDED = "Suspended";

  /**
   * What a user asked for.
   *
   * @param completions empty: done once one pod has succeeded and all have ended
   * @param indexed each completion has an index of its own, from 0
   * @param backoffLimit how many failed pods are replaced before the job fails
   */
  public record Spec(
      int parallelism,
      Optional<Integer> completions,
      boolean indexed,
      int backoffLimit,
      Optional<Long> activeDeadlineSeconds,
      Optional<Long> ttlSecondsAfterFinished,
      boolean suspend,
      List<FailureRule> failurePolicy,
      PodTemplate template) {
    public static final int DEFAULT_BACKOFF_LIMIT = 6;

    public Spec {
      failurePolicy = List.copyOf(failurePolicy);
    }
  }

  /** What a failed pod means for its job. */
  public enum Action {
    COUNT,
    IGNORE,
    FAIL_JOB
  }

  /**
   * The first rule that fits decides.
   *
   * @param container empty: any
   * @param in whether the exit code must be one of these, or none of them
   */
  public record FailureRule(
      Action action, Optional<String> container, boolean in, List<Integer> exitCodes) {
    public FailureRule {
      exitCodes = List.copyOf(exitCodes);
    }
  }

  /**
   * How far it is. Pods that were lost or evicted count neither as succeeded nor as failed.
   *
   * @param completedIndexes such as {@code 0-3,7}
   * @param lastFailureAt replacements wait from then on
   */
  public record Status(
      int active,
      int ready,
      int succeeded,
      int failed,
      String completedIndexes,
      Optional<Instant> startedAt,
      Optional<Instant> completedAt,
      Optional<Instant> lastFailureAt,
      List<Condition> conditions)
      implements ObjectStatus {
    public static final Status NONE =
        new Status(0, 0, 0, 0, "", Optional.empty(), Optional.empty(), Optional.empty(), List.of());

    public Status {
      conditions = List.copyOf(conditions);
    }
  }

  @Override
  public Job withMeta(ObjectMeta newMeta) {
    return new Job(newMeta, spec, owner, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public Job withStatus(ObjectStatus newStatus) {
    return new Job(meta, spec, owner, (Status) newStatus);
  }

  @Override
  public Job inPlaceOf(ApiObject old) {
    Job before = (Job) old;
    return new Job(before.meta, spec, before.owner, before.status);
  }

  public boolean hasCondition(String type) {
    return status.conditions().stream()
        .anyMatch(c -> c.type().equals(type) && c.status().equals("True"));
  }

  public boolean isFinished() {
    return hasCondition(COMPLETE) || hasCondition(FAILED);
  }
}
