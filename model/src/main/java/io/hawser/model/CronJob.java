package io.hawser.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Jobs at certain times; Kubernetes' {@code batch/v1 CronJob}. */
public record CronJob(ObjectMeta meta, Spec spec, Status status) implements ApiObject {

  /** What happens when the time has come and the job before still runs. */
  public enum Concurrency {
    ALLOW,
    FORBID,
    REPLACE
  }

  /**
   * What a user asked for.
   *
   * @param schedule five fields
   * @param timeZone of the IANA's database; empty: UTC
   * @param startingDeadlineSeconds a start that is later than this is left out
   */
  public record Spec(
      String schedule,
      Optional<String> timeZone,
      Concurrency concurrency,
      boolean suspend,
      Optional<Long> startingDeadlineSeconds,
      int successfulHistory,
      int failedHistory,
      Map<String, String> jobLabels,
      Map<String, String> jobAnnotations,
      Job.Spec job) {
    public static final int DEFAULT_SUCCESSFUL_HISTORY = 3;
    public static final int DEFAULT_FAILED_HISTORY = 1;

    public Spec {
      jobLabels = Map.copyOf(jobLabels);
      jobAnnotations = Map.copyOf(jobAnnotations);
    }
  }

  /**
   * What it did and what comes.
   *
   * @param nextAt empty: never, or not worked out yet
   * @param active how many of its jobs run
   */
  public record Status(
      Optional<Instant> lastScheduledAt,
      Optional<Instant> lastSuccessAt,
      Optional<Instant> nextAt,
      long observedGeneration,
      int active)
      implements ObjectStatus {
    public static final Status NONE =
        new Status(Optional.empty(), Optional.empty(), Optional.empty(), 0, 0);
  }

  @Override
  public CronJob withMeta(ObjectMeta newMeta) {
    return new CronJob(newMeta, spec, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public CronJob withStatus(ObjectStatus newStatus) {
    return new CronJob(meta, spec, (Status) newStatus);
  }
}
