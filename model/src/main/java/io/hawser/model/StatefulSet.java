package io.hawser.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pods with names of their own that stay; Kubernetes' {@code apps/v1 StatefulSet}.
 *
 * @param revisions oldest first; the last one is the current template
 */
public record StatefulSet(
    ObjectMeta meta, Spec spec, List<Deployment.Revision> revisions, Status status)
    implements ApiObject {
  public StatefulSet {
    revisions = List.copyOf(revisions);
  }

  /**
   * What a user asked for.
   *
   * @param parallel true: pods are made and ended all at once, not one after another
   * @param onDelete true: pods get a new template only when a user deletes them
   * @param partition pods below this ordinal keep the template they have
   * @param claimTemplates each pod has a claim {@code TEMPLATE-SET-ORDINAL} for each of them, in a
   *     volume of the template's name; null, as in old journals, counts as none
   * @param claimRetention null counts as {@link ClaimRetention#RETAIN}
   */
  public record Spec(
      int replicas,
      LabelSelector selector,
      PodTemplate template,
      String serviceName,
      boolean parallel,
      boolean onDelete,
      int partition,
      int minReadySeconds,
      int revisionHistoryLimit,
      List<ClaimTemplate> claimTemplates,
      ClaimRetention claimRetention) {
    public Spec {
      claimTemplates = claimTemplates == null ? List.of() : List.copyOf(claimTemplates);
      claimRetention = claimRetention == null ? ClaimRetention.RETAIN : claimRetention;
    }

    /** Without claims. */
    public Spec(
        int replicas,
        LabelSelector selector,
        PodTemplate template,
        String serviceName,
        boolean parallel,
        boolean onDelete,
        int partition,
        int minReadySeconds,
        int revisionHistoryLimit) {
      this(
          replicas,
          selector,
          template,
          serviceName,
          parallel,
          onDelete,
          partition,
          minReadySeconds,
          revisionHistoryLimit,
          List.of(),
          ClaimRetention.RETAIN);
    }

    public Spec withTemplate(PodTemplate newTemplate) {
      return new Spec(
          replicas,
          selector,
          newTemplate,
          serviceName,
          parallel,
          onDelete,
          partition,
          minReadySeconds,
          revisionHistoryLimit,
          claimTemplates,
          claimRetention);
    }

    public Spec withReplicas(int newReplicas) {
      return new Spec(
          newReplicas,
          selector,
          template,
          serviceName,
          parallel,
          onDelete,
          partition,
          minReadySeconds,
          revisionHistoryLimit,
          claimTemplates,
          claimRetention);
    }
  }

  /**
   * What the claims of its pods are made of.
   *
   * @param name of the pods' volume, and how the claims' names begin
   */
  public record ClaimTemplate(
      String name,
      Map<String, String> labels,
      Map<String, String> annotations,
      PersistentVolumeClaim.Spec spec) {
    public ClaimTemplate {
      labels = Map.copyOf(labels);
      annotations = Map.copyOf(annotations);
    }
  }

  /**
   * What becomes of the claims of pods that are no longer wanted; Kubernetes' {@code
   * persistentVolumeClaimRetentionPolicy}.
   *
   * @param deleteWithSet true: they go when the set does ({@code whenDeleted: Delete})
   * @param deleteWhenScaled true: one goes once its pod was scaled away ({@code whenScaled:
   *     Delete})
   */
  public record ClaimRetention(boolean deleteWithSet, boolean deleteWhenScaled) {
    public static final ClaimRetention RETAIN = new ClaimRetention(false, false);
  }

  /** Name of the claim that a pod of this ordinal has for a template. */
  public String claimName(ClaimTemplate template, int ordinal) {
    return template.name() + "-" + meta.name() + "-" + ordinal;
  }

  /**
   * How far it is.
   *
   * @param stableHash the template that all pods had before the present update; empty at first
   */
  public record Status(
      long observedGeneration,
      int replicas,
      int ready,
      int current,
      int updated,
      int available,
      String stableHash)
      implements ObjectStatus {
    public static final Status NONE = new Status(0, 0, 0, 0, 0, 0, "");
  }

  public Deployment.Revision currentRevision() {
    return revisions.get(revisions.size() - 1);
  }

  public StatefulSet withRevisions(List<Deployment.Revision> newRevisions) {
    return new StatefulSet(meta, spec, newRevisions, status);
  }

  public StatefulSet withTemplate(PodTemplate template) {
    return new StatefulSet(meta, spec.withTemplate(template), revisions, status);
  }

  public StatefulSet withReplicas(int replicas) {
    return new StatefulSet(meta, spec.withReplicas(replicas), revisions, status);
  }

  @Override
  public StatefulSet withMeta(ObjectMeta newMeta) {
    return new StatefulSet(newMeta, spec, revisions, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public StatefulSet withStatus(ObjectStatus newStatus) {
    return new StatefulSet(meta, spec, revisions, (Status) newStatus);
  }

  @Override
  public StatefulSet inPlaceOf(ApiObject old) {
    StatefulSet before = (StatefulSet) old;
    return new StatefulSet(before.meta, spec, before.revisions, before.status);
  }
}
