package io.hawser.scheduler.core;

import io.hawser.model.Deployment;
import io.hawser.model.Deployment.Revision;
import io.hawser.model.RolloutHints;
import java.util.Optional;

/**
 * Takes a deployment back to the last template that all its pods ran well with. On unless the
 * deployment's annotation says otherwise; see docs/adr/0021.
 */
final class Rollback {
  private Rollback() {}

  /** What to go back to; empty: nowhere, or it is not wanted. */
  static Optional<Revision> target(Deployment deployment) {
    boolean wanted = RolloutHints.of(deployment.meta().annotations()).rollsBack();
    return deployment
        .status()
        .goodTemplate()
        .filter(hash -> wanted && !hash.equals(deployment.currentRevision().templateHash()))
        .flatMap(
            hash ->
                deployment.revisions().stream()
                    .filter(r -> r.templateHash().equals(hash))
                    .findFirst());
  }

  /** Once the deadline has passed in an earlier decision, so that everybody could see it. */
  static boolean isDue(Deployment deployment) {
    return !deployment.spec().paused()
        && RolloutStatus.hasTimedOut(deployment)
        && target(deployment).isPresent();
  }

  static void carryOut(Draft draft, Deployment deployment) {
    target(deployment)
        .ifPresent(
            revision -> DeploymentRequests.changeTemplate(draft, deployment, revision.template()));
  }
}
