package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.Ask;
import io.hawser.scheduler.core.placement.PlacementRound;
import io.hawser.scheduler.core.placement.PlacementRound.Fits;
import io.hawser.scheduler.core.placement.PlacementRound.FitsNowhere;
import io.hawser.scheduler.core.placement.PlacementRound.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Adds to a decision all that follows from it: rollouts, then placements, until nothing more
 * follows; then the statuses. Looks only at what the decision touched.
 */
final class Reconciler {
  private static final Comparator<Pod> OLDEST_FIRST =
      Comparator.comparing((Pod p) -> p.meta().createdAt()).thenComparing(Pod::name);

  private Reconciler() {}

  static void run(Draft draft) {
    int reasonUpdatesLeft = Limits.MAX_REASON_UPDATES_PER_DECISION;
    for (int round = 0; ; round++) {
      if (round == Limits.MAX_ROUNDS) {
        throw new IllegalStateException("no end after %d rounds".formatted(round));
      }
      for (Optional<Deployment> next = draft.nextDirty();
          next.isPresent();
          next = draft.nextDirty()) {
        Rollout.advance(draft, next.get());
      }
      for (Optional<ApiObject> next = draft.nextDirtyObject();
          next.isPresent();
          next = draft.nextDirtyObject()) {
        Workloads.advance(draft, next.get());
      }
      List<Pod> waiting = draft.takePodsToPlace();
      if (!waiting.isEmpty()) {
        reasonUpdatesLeft -= place(draft, waiting, reasonUpdatesLeft);
      }
      if (!draft.hasDirty()) {
        break;
      }
    }
    statuses(draft);
    Budgets.statuses(draft, draft.changedNamespaces());
    Quotas.statuses(draft, draft.changedNamespaces());
  }

  /** Pods of one template together, the template that has waited longest first. */
  private static int place(Draft draft, List<Pod> waiting, int reasonUpdatesLeft) {
    Map<Object, List<Pod>> byTemplate = new LinkedHashMap<>();
    waiting.stream()
        .sorted(OLDEST_FIRST)
        .forEach(p -> byTemplate.computeIfAbsent(template(p), k -> new ArrayList<>()).add(p));
    PlacementRound round = new PlacementRound(draft.state());
    int updates = 0;
    for (List<Pod> pods : byTemplate.values()) {
      List<Verdict> verdicts = round.place(Ask.of(pods.get(0)), pods.size());
      for (int i = 0; i < pods.size(); i++) {
        Pod pod = pods.get(i);
        if (verdicts.get(i) instanceof Fits fits) {
          draft.emit(new SchedulerEvent.PodPlaced(pod.name(), fits.node(), draft.now()));
        } else if (verdicts.get(i) instanceof FitsNowhere nowhere) {
          boolean isNews = !pod.unschedulable().equals(Optional.of(nowhere.summary()));
          boolean isFirst = pod.unschedulable().isEmpty();
          if (isFirst || (isNews && updates < reasonUpdatesLeft)) {
            updates += isFirst ? 0 : 1;
            draft.emit(
                new SchedulerEvent.PodUnschedulable(pod.name(), nowhere.summary(), draft.now()));
          }
        }
      }
    }
    return updates;
  }

  /** Equal for pods that ask for the same; a pod made by hand has a template of its own. */
  private static Object template(Pod pod) {
    return pod.owner().map(o -> (Object) o).orElse(pod.name());
  }

  private static void statuses(Draft draft) {
    for (ObjectName name : draft.touched()) {
      Deployment deployment = draft.state().deployments().get(name);
      if (deployment != null) {
        Deployment before = draft.base().deployments().get(name);
        boolean newRevision =
            before == null
                || before.currentRevision().number() != deployment.currentRevision().number();
        DeploymentStatus status = RolloutStatus.of(draft, deployment, newRevision);
        if (!status.equals(deployment.status())) {
          draft.emit(new SchedulerEvent.DeploymentStatusChanged(name, status, draft.now()));
        }
      }
    }
  }
}
