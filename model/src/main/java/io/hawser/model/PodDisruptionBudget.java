package io.hawser.model;

import java.util.Optional;

/**
 * How many pods must stay when others want them gone; Kubernetes' {@code policy/v1
 * PodDisruptionBudget}. At most one of the amounts is present.
 */
public record PodDisruptionBudget(
    ObjectMeta meta,
    LabelSelector selector,
    Optional<DeploymentSpec.Amount> minAvailable,
    Optional<DeploymentSpec.Amount> maxUnavailable,
    Status status)
    implements ApiObject {

  /**
   * What it allows now.
   *
   * @param allowed how many more pods may be evicted
   */
  public record Status(
      long observedGeneration, int allowed, int healthy, int desiredHealthy, int expected)
      implements ObjectStatus {
    public static final Status NONE = new Status(0, 0, 0, 0, 0);
  }

  @Override
  public PodDisruptionBudget withMeta(ObjectMeta newMeta) {
    return new PodDisruptionBudget(newMeta, selector, minAvailable, maxUnavailable, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public PodDisruptionBudget withStatus(ObjectStatus newStatus) {
    return new PodDisruptionBudget(
        meta, selector, minAvailable, maxUnavailable, (Status) newStatus);
  }
}
