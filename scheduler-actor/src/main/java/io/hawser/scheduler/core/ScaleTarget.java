package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.model.ReplicaSet;
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
        .flatMap(
            object ->
                object instanceof StatefulSet set
                    ? Optional.of(of(set, set.spec().replicas(), set.status().replicas()))
                    : object instanceof ReplicaSet set
                        ? Optional.of(of(set, set.spec().replicas(), set.status().replicas()))
                        : Optional.empty());
  }

  private static ScaleTarget of(ApiObject object, int wanted, int there) {
    return new ScaleTarget(object.key(), object.meta().uid(), wanted, there);
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
      ApiObject object = draft.state().objects().find(key).orElseThrow();
      ApiObject scaled =
          object instanceof ReplicaSet set
              ? set.withReplicas(replicas)
              : ((StatefulSet) object).withReplicas(replicas);
      draft.emit(
          new SchedulerEvent.ObjectChanged(
              scaled.withMeta(object.meta().withGeneration(object.meta().generation() + 1)),
              draft.now()));
    }
  }
}
