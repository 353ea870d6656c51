package io.hawser.model;

import java.util.List;
import java.util.Optional;

/**
 * How far a deployment is, counted over its pods that are not being deleted.
 *
 * @param observedGeneration the generation these counts belong to
 * @param updatedReplicas pods of the current revision
 * @param availableReplicas pods that have been ready for {@code minReadySeconds}
 * @param unavailableReplicas what is missing to the wanted number
 * @param goodTemplate hash of the newest revision that all pods ran and were available with; where
 *     a rollout that fails goes back to
 */
public record DeploymentStatus(
    long observedGeneration,
    int replicas,
    int updatedReplicas,
    int readyReplicas,
    int availableReplicas,
    int unavailableReplicas,
    List<Condition> conditions,
    Optional<String> goodTemplate) {

  public static final DeploymentStatus NONE = new DeploymentStatus(0, 0, 0, 0, 0, 0, List.of());

  public DeploymentStatus {
    conditions = List.copyOf(conditions);
    goodTemplate = goodTemplate == null ? Optional.empty() : goodTemplate;
  }

  /** Before any revision was complete. */
  public DeploymentStatus(
      long observedGeneration,
      int replicas,
      int updatedReplicas,
      int readyReplicas,
      int availableReplicas,
      int unavailableReplicas,
      List<Condition> conditions) {
    this(
        observedGeneration,
        replicas,
        updatedReplicas,
        readyReplicas,
        availableReplicas,
        unavailableReplicas,
        conditions,
        Optional.empty());
  }
}
