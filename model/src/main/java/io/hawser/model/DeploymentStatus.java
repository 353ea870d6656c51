package io.hawser.model;

import java.util.List;

/**
 * How far a deployment is, counted over its pods that are not being deleted.
 *
 * @param observedGeneration the generation these counts belong to
 * @param updatedReplicas pods of the current revision
 * @param availableReplicas pods that have been ready for {@code minReadySeconds}
 * @param unavailableReplicas what is missing to the wanted number
 */
public record DeploymentStatus(
    long observedGeneration,
    int replicas,
    int updatedReplicas,
    int readyReplicas,
    int availableReplicas,
    int unavailableReplicas,
    List<Condition> conditions) {

  public static final DeploymentStatus NONE = new DeploymentStatus(0, 0, 0, 0, 0, 0, List.of());

  public DeploymentStatus {
    conditions = List.copyOf(conditions);
  }
}
