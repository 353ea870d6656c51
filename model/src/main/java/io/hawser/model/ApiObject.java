package io.hawser.model;

import java.util.Optional;

/**
 * An object of a kind that has no events of its own: all of them are made, changed and deleted in
 * the same way, and what follows from them is decided by their kind's own code. A new kind is a
 * record here, its name in the journal ({@code cluster/…/ModelModule}), and a resource of the
 * gateway.
 */
public sealed interface ApiObject
    permits ConfigMap,
        CronJob,
        CustomObject,
        DaemonSet,
        HorizontalPodAutoscaler,
        ImageFacts,
        Job,
        LimitRange,
        PersistentVolume,
        PersistentVolumeClaim,
        PodDisruptionBudget,
        PriorityClass,
        ReplicaSet,
        ResourceQuota,
        RuntimeClass,
        Secret,
        StatefulSet {
  ObjectMeta meta();

  ApiObject withMeta(ObjectMeta meta);

  /** What the scheduler says of it; empty for a kind that is only stored. */
  default Optional<ObjectStatus> currentStatus() {
    return Optional.empty();
  }

  /**
   * @throws IllegalArgumentException for a status of another kind
   */
  default ApiObject withStatus(ObjectStatus status) {
    throw new IllegalArgumentException(kind() + " has no status");
  }

  /** The kind as the API and the journal write it. */
  default String kind() {
    return getClass().getSimpleName();
  }

  default ObjectName objectName() {
    return meta().objectName();
  }

  default ObjectKey key() {
    return ObjectKey.of(kind(), meta().objectName());
  }

  /** This spec with the identity and status of the object that it is to replace. */
  default ApiObject inPlaceOf(ApiObject old) {
    ApiObject same = withMeta(old.meta());
    return old.currentStatus().map(same::withStatus).orElse(same);
  }
}
