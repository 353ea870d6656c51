package io.hawser.scheduler.core;

import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec.StrategyType;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.ReplicaSet;
import io.hawser.scheduler.core.placement.PodCounts;
import io.hawser.scheduler.core.placement.RolloutPods;
import java.time.Instant;
import java.util.Optional;

/**
 * An owner that may have a pod more while one of its pods goes: a deployment or a replica set.
 *
 * @param templateHash of the pods that it makes now; a replica set has no templates to tell apart
 * @param mustBeSingle it makes no pod beside one that goes, now
 */
record GradualOwner(
    ObjectKey key,
    String uid,
    String templateHash,
    int replicas,
    int minReadySeconds,
    boolean mustBeSingle) {

  static GradualOwner of(Deployment deployment) {
    boolean single =
        deployment.spec().paused() || deployment.spec().strategy().type() == StrategyType.RECREATE;
    return new GradualOwner(
        ObjectKey.of(Pod.Owner.DEPLOYMENT, deployment.name()),
        deployment.meta().uid(),
        deployment.currentRevision().templateHash(),
        deployment.spec().replicas(),
        deployment.spec().minReadySeconds(),
        single);
  }

  static GradualOwner of(ReplicaSet set) {
    return new GradualOwner(
        set.key(),
        set.meta().uid(),
        "",
        set.spec().replicas(),
        set.spec().minReadySeconds(),
        false);
  }

  /** That of a pod; empty: the pod has none, or one that never has a pod more than it wants. */
  static Optional<GradualOwner> of(Draft draft, Pod pod) {
    if (pod.owner().isEmpty()) {
      return Optional.empty();
    }
    ObjectMeta meta = pod.meta();
    Pod.Owner named = pod.owner().get();
    Optional<GradualOwner> owner =
        switch (named.kind()) {
          case Pod.Owner.DEPLOYMENT ->
              pod.deployment().flatMap(draft.state()::deployment).map(GradualOwner::of);
          case ReplicaRun.KIND ->
              draft
                  .state()
                  .objects()
                  .find(ReplicaSet.class, new ObjectName(meta.namespace(), named.name()))
                  .map(GradualOwner::of);
          default -> Optional.empty();
        };
    return owner.filter(o -> o.uid().equals(named.uid()));
  }

  /** Its pods as they are now, also after an event. */
  RolloutPods.Sorted pods(Draft draft) {
    return draft.memory().rollouts().of(draft.state(), key, uid, templateHash);
  }

  /** Whoever has been ready since then is available. */
  Instant since(Draft draft) {
    return draft.now().minusSeconds(minReadySeconds);
  }

  /**
   * How many of its pods are available, those on the move among them. Looks at every pod only while
   * some of them have not been ready for long enough.
   */
  int serving(Draft draft) {
    PodCounts.Live live = draft.memory().counts().of(draft.state(), key).live(uid);
    Instant since = since(draft);
    return live.ready() == 0 || !live.newestReady().isAfter(since)
        ? live.ready()
        : pods(draft).available(since);
  }
}
