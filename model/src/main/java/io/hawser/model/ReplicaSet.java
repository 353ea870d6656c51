package io.hawser.model;

import java.util.Optional;

/**
 * A wanted number of equal pods without a rollout; Kubernetes' {@code apps/v1 ReplicaSet}, when a
 * user makes one. Those that deployments show have no object: a deployment owns its pods itself.
 */
public record ReplicaSet(ObjectMeta meta, Spec spec, Status status) implements ApiObject {

  /** What a user asked for. A change of the template is for new pods only. */
  public record Spec(
      int replicas, LabelSelector selector, PodTemplate template, int minReadySeconds) {}

  /** How far it is, counted over its pods that are not being deleted. */
  public record Status(long observedGeneration, int replicas, int ready, int available)
      implements ObjectStatus {
    public static final Status NONE = new Status(0, 0, 0, 0);
  }

  public ReplicaSet withReplicas(int replicas) {
    return new ReplicaSet(
        meta, new Spec(replicas, spec.selector, spec.template, spec.minReadySeconds), status);
  }

  @Override
  public ReplicaSet withMeta(ObjectMeta newMeta) {
    return new ReplicaSet(newMeta, spec, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public ReplicaSet withStatus(ObjectStatus newStatus) {
    return new ReplicaSet(meta, spec, (Status) newStatus);
  }
}
