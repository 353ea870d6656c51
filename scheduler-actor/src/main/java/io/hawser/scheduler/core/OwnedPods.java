package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Deployment;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A deployment's pods, sorted by what they are to its rollout.
 *
 * @param fresh of the current revision, pending or running
 * @param stale of older revisions, pending or running
 * @param moving of the current revision, serving until another one does
 * @param finished ended, but not yet deleted
 * @param stopping being deleted, or written off with its node
 */
record OwnedPods(
    List<Pod> fresh, List<Pod> stale, List<Pod> moving, List<Pod> finished, List<Pod> stopping) {

  static OwnedPods of(ClusterState state, Deployment deployment) {
    OwnedPods pods =
        new OwnedPods(
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    String hash = deployment.currentRevision().templateHash();
    for (Pod pod : state.podsOf(deployment.name())) {
      Pod.Owner owner = pod.owner().orElseThrow();
      if (!owner.uid().equals(deployment.meta().uid())) {
        continue; // of an older deployment of that name, still stopping
      }
      if (pod.isDeleting() || pod.isWrittenOff()) {
        pods.stopping.add(pod);
      } else if (!pod.isActive()) {
        pods.finished.add(pod);
      } else if (owner.templateHash().equals(hash)) {
        (pod.move().isPresent() ? pods.moving : pods.fresh).add(pod);
      } else {
        pods.stale.add(pod);
      }
    }
    return pods;
  }

  /** Ready for so long that it counts. */
  static boolean isAvailable(Pod pod, Deployment deployment, Instant now) {
    long seconds = deployment.spec().minReadySeconds();
    return pod.status().readySince().filter(r -> !r.plusSeconds(seconds).isAfter(now)).isPresent();
  }
}
