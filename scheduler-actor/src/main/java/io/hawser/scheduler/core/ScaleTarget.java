package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Deployment;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.model.StatefulSet;
import java.util.List;
import java.util.Optional;

/**
 * A workload with a number of pods that somebody else may set.
 *
 * @param wanted what its spec says
 * @param there what its status says
 */
record ScaleTarget(ObjectKey key, String uid, int wanted, int there) {

  /** Empty when it does not exist, or is of a kind without such a number. */
  static Optional<ScaleTarget> of(ClusterState state, HorizontalPodAutoscaler autoscaler) {
    ObjectKey key = autoscaler.targetKey();
    if (key.kind().equals(Pod.Owner.DEPLOYMENT)) {
      return state
          .deployment(key.objectName())
          .map(
              d ->
                  new ScaleTarget(key, d.meta().uid(), d.spec().replicas(), d.status().replicas()));
    }
    return state
        .objects()
        .find(key)
        .filter(StatefulSet.class::isInstance)
        .map(StatefulSet.class::cast)
        .map(s -> new ScaleTarget(key, s.meta().uid(), s.spec().replicas(), s.status().replicas()));
  }

  List<Pod> pods(ClusterState state) {
    return state.podsOf(key).stream()
        .filter(p -> p.owner().filter(o -> o.uid().equals(uid)).isPresent())
        .toList();
  }

  /** As a user's change of the number alone. */
  void scale(Draft draft, int replicas) {
    if (key.kind().equals(Pod.Owner.DEPLOYMENT)) {
      Deployment deployment = draft.state().deployments().get(key.objectName());
      DeploymentRequests.changeReplicas(draft, deployment, replicas);
    } else {
      StatefulSet set = draft.state().objects().find(StatefulSet.class, key.objectName()).get();
      StatefulSet scaled = set.withReplicas(replicas);
      draft.emit(
          new SchedulerEvent.ObjectChanged(
              scaled.withMeta(set.meta().withGeneration(set.meta().generation() + 1)),
              draft.now()));
    }
  }
}
