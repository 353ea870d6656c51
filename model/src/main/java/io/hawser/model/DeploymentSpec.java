package io.hawser.model;

/** What a user asked of a deployment; Kubernetes' {@code apps/v1 DeploymentSpec}. */
public record DeploymentSpec(
    int replicas,
    LabelSelector selector,
    PodTemplate template,
    Strategy strategy,
    int minReadySeconds,
    int progressDeadlineSeconds,
    int revisionHistoryLimit,
    boolean paused) {

  public static final int DEFAULT_PROGRESS_DEADLINE_SECONDS = 600;
  public static final int DEFAULT_REVISION_HISTORY_LIMIT = 10;

  /** How old pods are replaced by new ones. */
  public enum StrategyType {
    ROLLING_UPDATE,
    RECREATE
  }

  /** The bounds count only for a rolling update. */
  public record Strategy(StrategyType type, Amount maxSurge, Amount maxUnavailable) {
    public static final Strategy DEFAULT =
        new Strategy(StrategyType.ROLLING_UPDATE, Amount.percent(25), Amount.percent(25));
  }

  /** A number of pods, or a share of the replicas in percent. */
  public record Amount(int value, boolean percent) {
    public static Amount percent(int percent) {
      return new Amount(percent, true);
    }

    public static Amount of(int pods) {
      return new Amount(pods, false);
    }

    /** Pods out of so many replicas; a share is rounded up for surge, down for unavailability. */
    public int of(int replicas, boolean roundUp) {
      if (!percent) {
        return value;
      }
      long hundredths = (long) replicas * value;
      return (int) (roundUp ? (hundredths + 99) / 100 : hundredths / 100);
    }
  }

  public DeploymentSpec withTemplate(PodTemplate newTemplate) {
    return new DeploymentSpec(
        replicas,
        selector,
        newTemplate,
        strategy,
        minReadySeconds,
        progressDeadlineSeconds,
        revisionHistoryLimit,
        paused);
  }

  public DeploymentSpec withReplicas(int newReplicas) {
    return new DeploymentSpec(
        newReplicas,
        selector,
        template,
        strategy,
        minReadySeconds,
        progressDeadlineSeconds,
        revisionHistoryLimit,
        paused);
  }
}
