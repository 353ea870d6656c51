package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.util.List;
import java.util.Optional;

/**
 * Adds to a decision all that follows from it: rollouts, then placements, until nothing more
 * follows; then the statuses. Looks only at what the decision touched.
 */
final class Reconciler {
  private Reconciler() {}

  static void run(Draft draft) {
    do {
      follow(draft);
      statuses(draft);
      // A status may be what pods of other workloads have waited for.
    } while (draft.hasStarted());
    Budgets.statuses(draft, draft.changedNamespaces());
    Quotas.statuses(draft, draft.changedNamespaces());
  }

  /** Rollouts and placements alone; for a decision that goes on from where they lead. */
  static void follow(Draft draft) {
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
      Volumes.settle(draft);
      if (draft.hasFreedRoom()) {
        PodResize.grant(draft);
      }
      List<Pod> waiting = draft.takePodsToPlace();
      if (!waiting.isEmpty()) {
        reasonUpdatesLeft = Placements.place(draft, waiting, reasonUpdatesLeft);
      }
      if (!draft.hasDirty() && !draft.hasStarted()) {
        break;
      }
    }
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
