package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.PodDisruptionBudget.Status;
import io.hawser.scheduler.core.placement.BudgetCounts;
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
  static Optional<Answer> refusal(Draft draft, Pod pod) {
    if (!pod.status().isReady() || pod.isDeleting()) {
      return Optional.empty();
    }
    for (PodDisruptionBudget budget : of(draft.state(), pod.meta().namespace())) {
      if (budget.selector().matches(pod.meta().labels())) {
        Status status = count(draft, budget);
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
  static boolean allow(Draft draft, List<Pod> victims) {
    Set<String> namespaces =
        victims.stream().map(p -> p.meta().namespace()).collect(Collectors.toSet());
    return namespaces.stream().allMatch(namespace -> allow(draft, namespace, victims));
  }

  private static boolean allow(Draft draft, String namespace, List<Pod> victims) {
    for (PodDisruptionBudget budget : of(draft.state(), namespace)) {
      long hit =
          victims.stream()
              .filter(p -> p.meta().namespace().equals(namespace))
              .filter(p -> budget.selector().matches(p.meta().labels()))
              .filter(p -> p.status().isReady() && !p.isDeleting())
              .count();
      if (hit > 0 && count(draft, budget).allowed() < hit) {
        return false;
      }
    }
    return true;
  }

  private static Status count(Draft draft, PodDisruptionBudget budget) {
    BudgetCounts.Counts counts = draft.memory().budgets().of(draft.state(), budget);
    int expected = Math.max(counts.live(), counts.wanted());
    int desired =
        budget
            .minAvailable()
            .map(a -> a.of(expected, true))
            .orElseGet(
                () -> expected - budget.maxUnavailable().map(a -> a.of(expected, true)).orElse(0));
    return new Status(
        budget.meta().generation(),
        Math.max(0, counts.healthy() - Math.max(0, desired)),
        counts.healthy(),
        Math.max(0, desired),
        expected);
  }

  private static List<PodDisruptionBudget> of(ClusterState state, String namespace) {
    return List.copyOf(state.objects().in(namespace, PodDisruptionBudget.class));
  }

  /** Brings what the budgets of the touched namespaces say of themselves up to date. */
  static void statuses(Draft draft, Set<String> namespaces) {
    for (String namespace : namespaces) {
      for (PodDisruptionBudget budget : of(draft.state(), namespace)) {
        OwnedBy.tell(draft, budget, count(draft, budget));
      }
    }
  }
}
