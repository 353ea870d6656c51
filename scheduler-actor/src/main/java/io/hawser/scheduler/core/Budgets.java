package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Deployment;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.PodDisruptionBudget.Status;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What disruption budgets say of evictions. */
final class Budgets {
  private Budgets() {}

  /**
   * Why a pod may not be evicted now. A pod that is not ready serves nobody: it may always go.
   *
   * @return the refusal, 429
   */
  static Optional<Answer> refusal(ClusterState state, Pod pod) {
    if (!pod.status().isReady() || pod.isDeleting()) {
      return Optional.empty();
    }
    for (PodDisruptionBudget budget : of(state, pod.meta().namespace())) {
      if (budget.selector().matches(pod.meta().labels())) {
        Status status = count(state, budget);
        if (status.allowed() < 1) {
          return Optional.of(
              Refusals.tooManyRequests(
                  "Cannot evict pod as it would violate the pod's disruption budget. The disruption"
                      + " budget "
                      + budget.meta().name()
                      + " needs "
                      + status.desiredHealthy()
                      + " healthy pods and has "
                      + status.healthy()
                      + " currently"));
        }
      }
    }
    return Optional.empty();
  }

  /** Whether all of these may be stopped at once. */
  static boolean allow(ClusterState state, List<Pod> victims) {
    for (PodDisruptionBudget budget : state.objects().all(PodDisruptionBudget.class)) {
      long hit =
          victims.stream()
              .filter(p -> p.meta().namespace().equals(budget.meta().namespace()))
              .filter(p -> budget.selector().matches(p.meta().labels()))
              .filter(p -> p.status().isReady() && !p.isDeleting())
              .count();
      if (hit > 0 && count(state, budget).allowed() < hit) {
        return false;
      }
    }
    return true;
  }

  static Status count(ClusterState state, PodDisruptionBudget budget) {
    int healthy = 0;
    int live = 0;
    for (Pod pod : state.podsIn(budget.meta().namespace())) {
      boolean meant = pod.isActive() && budget.selector().matches(pod.meta().labels());
      if (meant && !pod.isDeleting()) {
        // Its replacement counts for it, or will.
        live += pod.move().isPresent() ? 0 : 1;
        healthy += pod.status().isReady() ? 1 : 0;
      }
    }
    int expected = Math.max(live, wanted(state, budget));
    int desired =
        budget
            .minAvailable()
            .map(a -> a.of(expected, true))
            .orElseGet(
                () -> expected - budget.maxUnavailable().map(a -> a.of(expected, true)).orElse(0));
    return new Status(
        budget.meta().generation(),
        Math.max(0, healthy - Math.max(0, desired)),
        healthy,
        Math.max(0, desired),
        expected);
  }

  /** What their owners want, which counts although it is not there yet. */
  private static int wanted(ClusterState state, PodDisruptionBudget budget) {
    Set<ObjectKey> owners =
        state.podsIn(budget.meta().namespace()).stream()
            .filter(p -> budget.selector().matches(p.meta().labels()))
            .flatMap(p -> p.ownerKey().stream())
            .collect(Collectors.toSet());
    int sum = 0;
    for (ObjectKey owner : owners) {
      Optional<Deployment> deployment = state.deployment(owner.objectName());
      if (owner.kind().equals(Pod.Owner.DEPLOYMENT)) {
        sum += deployment.map(d -> d.spec().replicas()).orElse(0);
      } else if (owner.kind().equals(ReplicaRun.KIND)) {
        sum +=
            state
                .objects()
                .find(ReplicaSet.class, owner.objectName())
                .map(s -> s.spec().replicas())
                .orElse(0);
      } else if (owner.kind().equals(StatefulRun.KIND)) {
        sum +=
            state
                .objects()
                .find(StatefulSet.class, owner.objectName())
                .map(s -> s.spec().replicas())
                .orElse(0);
      }
    }
    return sum;
  }

  private static List<PodDisruptionBudget> of(ClusterState state, String namespace) {
    return state.objects().all(PodDisruptionBudget.class).stream()
        .filter(b -> b.meta().namespace().equals(namespace))
        .toList();
  }

  /** Brings what the budgets of the touched namespaces say of themselves up to date. */
  static void statuses(Draft draft, Set<String> namespaces) {
    for (PodDisruptionBudget budget :
        List.copyOf(draft.state().objects().all(PodDisruptionBudget.class))) {
      if (namespaces.contains(budget.meta().namespace())) {
        OwnedBy.tell(draft, budget, count(draft.state(), budget));
      }
    }
  }
}
