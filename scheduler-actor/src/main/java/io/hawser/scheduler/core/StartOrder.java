package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.DaemonSet;
import io.hawser.model.Deployment;
import io.hawser.model.Job;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.StartAfter;
import io.hawser.model.StatefulSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Pods that wait until other workloads are ready: see {@link StartAfter}. */
final class StartOrder {
  private StartOrder() {}

  /** What a pod still waits for, in words; empty: nothing. */
  static Optional<String> waitsFor(ClusterState state, Pod pod) {
    for (ObjectKey key : StartAfter.of(pod.meta().namespace(), pod.meta().annotations())) {
      if (!isReady(state, key)) {
        String name = key.kind().toLowerCase(Locale.ROOT) + "/" + key.name();
        return Optional.of(
            exists(state, key)
                ? "waits for %s to be %s"
                    .formatted(name, key.kind().equals("Job") ? "complete" : "ready")
                : "waits for %s, which does not exist".formatted(name));
      }
    }
    return Optional.empty();
  }

  private static boolean exists(ClusterState state, ObjectKey key) {
    return key.kind().equals(Pod.Owner.DEPLOYMENT)
        ? state.deployments().containsKey(key.objectName())
        : state.objects().find(key).isPresent();
  }

  /** Whether what starts after it may start now. */
  static boolean isReady(ClusterState state, ObjectKey key) {
    if (key.kind().equals(Pod.Owner.DEPLOYMENT)) {
      return state.deployment(key.objectName()).filter(StartOrder::isReady).isPresent();
    }
    return state
        .objects()
        .find(key)
        .filter(
            object ->
                object instanceof Job job
                    ? job.hasCondition(Job.COMPLETE)
                    : object instanceof StatefulSet set
                        ? set.status().available() >= Math.max(1, set.spec().replicas())
                        : object instanceof DaemonSet daemons
                            && daemons.status().desired() > 0
                            && daemons.status().available() >= daemons.status().desired())
        .isPresent();
  }

  private static boolean isReady(Deployment deployment) {
    return deployment.status().availableReplicas() > 0
        && deployment.status().conditions().stream()
            .anyMatch(c -> c.type().equals(RolloutStatus.AVAILABLE) && c.status().equals("True"));
  }

  /** The namespace in which an event made something ready. */
  static Optional<String> becameReady(
      ClusterState before, ClusterState after, SchedulerEvent event) {
    ObjectKey key = null;
    if (event instanceof SchedulerEvent.DeploymentStatusChanged e) {
      key = ObjectKey.of(Pod.Owner.DEPLOYMENT, e.name());
    } else if (event instanceof SchedulerEvent.ObjectStatusChanged e) {
      key = e.key();
    }
    return key != null && !isReady(before, key) && isReady(after, key)
        ? Optional.of(key.namespace())
        : Optional.empty();
  }

  /** A namespace's waiting pods that have an order at all. */
  static List<Pod> waiting(ClusterState state, String namespace) {
    return unplaced(state, namespace)
        .filter(pod -> pod.meta().annotations().containsKey(StartAfter.ANNOTATION))
        .toList();
  }

  /** A namespace's pods without a node. */
  static Stream<Pod> unplaced(ClusterState state, String namespace) {
    ObjectName first = new ObjectName(namespace, "");
    ObjectName end = new ObjectName(namespace + '\0', "");
    return state.unplaced().subSet(first, true, end, false).stream().map(state.pods()::get);
  }
}
