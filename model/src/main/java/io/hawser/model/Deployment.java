package io.hawser.model;

import java.time.Instant;
import java.util.List;

/**
 * A deployment with its history.
 *
 * @param revisions oldest first; the last one is the current template
 */
public record Deployment(
    ObjectMeta meta, DeploymentSpec spec, List<Revision> revisions, DeploymentStatus status) {

  public Deployment {
    revisions = List.copyOf(revisions);
  }

  /**
   * One template the deployment has had.
   *
   * @param number grows by one with every change of the template; a rollback makes a new number
   * @param templateHash part of the pods' names and their {@code pod-template-hash} label
   */
  public record Revision(
      long number, String templateHash, PodTemplate template, Instant createdAt) {}

  public Revision currentRevision() {
    return revisions.get(revisions.size() - 1);
  }

  public ObjectName name() {
    return meta.objectName();
  }
}
