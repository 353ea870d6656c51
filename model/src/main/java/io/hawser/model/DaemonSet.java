package io.hawser.model;

import java.util.List;
import java.util.Optional;

/**
 * One pod on every node that can have it; Kubernetes' {@code apps/v1 DaemonSet}.
 *
 * @param revisions oldest first; the last one is the current template
 */
public record DaemonSet(
    ObjectMeta meta, Spec spec, List<Deployment.Revision> revisions, Status status)
    implements ApiObject {
  public DaemonSet {
    revisions = List.copyOf(revisions);
  }

  /**
   * What a user asked for.
   *
   * @param onDelete true: pods get a new template only when a user deletes them
   * @param maxUnavailable how many pods an update may take down at a time
   */
  public record Spec(
      LabelSelector selector,
      PodTemplate template,
      boolean onDelete,
      DeploymentSpec.Amount maxUnavailable,
      int minReadySeconds,
      int revisionHistoryLimit) {
    public Spec withTemplate(PodTemplate newTemplate) {
      return new Spec(
          selector, newTemplate, onDelete, maxUnavailable, minReadySeconds, revisionHistoryLimit);
    }
  }

  /** Counted over nodes. */
  public record Status(
      long observedGeneration,
      int desired,
      int current,
      int misscheduled,
      int ready,
      int updated,
      int available)
      implements ObjectStatus {
    public static final Status NONE = new Status(0, 0, 0, 0, 0, 0, 0);
  }

  public Deployment.Revision currentRevision() {
    return revisions.get(revisions.size() - 1);
  }

  public DaemonSet withTemplate(PodTemplate template) {
    return new DaemonSet(meta, spec.withTemplate(template), revisions, status);
  }

  public DaemonSet withRevisions(List<Deployment.Revision> newRevisions) {
    return new DaemonSet(meta, spec, newRevisions, status);
  }

  @Override
  public DaemonSet withMeta(ObjectMeta newMeta) {
    return new DaemonSet(newMeta, spec, revisions, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public DaemonSet withStatus(ObjectStatus newStatus) {
    return new DaemonSet(meta, spec, revisions, (Status) newStatus);
  }

  @Override
  public DaemonSet inPlaceOf(ApiObject old) {
    DaemonSet before = (DaemonSet) old;
    return new DaemonSet(before.meta, spec, before.revisions, before.status);
  }
}
