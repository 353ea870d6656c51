package io.hawser.model;

import java.time.Instant;
import java.util.Optional;

/**
 * A pod from its creation to its removal.
 *
 * @param owner empty for a pod a user made by hand
 * @param nodeName where it was placed; empty while pending
 * @param deletion present once its deletion was asked for; it never goes away again
 * @param unschedulable why no node fits, while it is pending
 */
public record Pod(
    ObjectMeta meta,
    PodSpec spec,
    Optional<Owner> owner,
    Optional<String> nodeName,
    Optional<Instant> placedAt,
    Optional<Deletion> deletion,
    Optional<String> unschedulable,
    PodStatus status) {

  /** The deployment, and the revision of it, that a pod belongs to. */
  public record Owner(String deployment, String deploymentUid, String templateHash) {}

  /** When the deletion was asked for and how long the pod has to stop. */
  public record Deletion(Instant requestedAt, long graceSeconds) {}

  public ObjectName name() {
    return meta.objectName();
  }

  public String uid() {
    return meta.uid();
  }

  public Optional<ObjectName> deployment() {
    return owner.map(o -> new ObjectName(meta.namespace(), o.deployment()));
  }

  public boolean isDeleting() {
    return deletion.isPresent();
  }

  /** Neither succeeded nor failed: it takes room on its node. */
  public boolean isActive() {
    return status.phase() == PodPhase.PENDING || status.phase() == PodPhase.RUNNING;
  }

  public Pod withMeta(ObjectMeta newMeta) {
    return new Pod(newMeta, spec, owner, nodeName, placedAt, deletion, unschedulable, status);
  }

  public Pod withoutOwner() {
    return new Pod(
        meta, spec, Optional.empty(), nodeName, placedAt, deletion, unschedulable, status);
  }

  public Pod placedOn(String node, Instant at) {
    return new Pod(
        meta, spec, owner, Optional.of(node), Optional.of(at), deletion, Optional.empty(), status);
  }

  public Pod withStatus(PodStatus newStatus) {
    return new Pod(meta, spec, owner, nodeName, placedAt, deletion, unschedulable, newStatus);
  }

  public Pod withDeletion(Deletion newDeletion) {
    return new Pod(
        meta, spec, owner, nodeName, placedAt, Optional.of(newDeletion), unschedulable, status);
  }

  public Pod withUnschedulable(String why) {
    return new Pod(meta, spec, owner, nodeName, placedAt, deletion, Optional.of(why), status);
  }
}
