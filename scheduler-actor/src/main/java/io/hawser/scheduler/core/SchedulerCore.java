package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.Namespace;
import io.hawser.model.ObjectMeta;
import io.hawser.scheduler.core.placement.PlacementMemory;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every decision of the scheduler, as a function. The direct consequences of an input come first,
 * then the {@link Reconciler} adds what follows from them, all in one batch.
 */
public final class SchedulerCore {
  /** Made by the first scheduler; can't be deleted. */
  public static final List<String> GENESIS_NAMESPACES = List.of("default", "kube-system");

  private SchedulerCore() {}

  /** Deterministic: the same state and input give the same decision, in every JVM. */
  public static Decision decide(ClusterState state, SchedulerInput input) {
    return decide(state, input, new PlacementMemory(PlacementSettings.DEFAULT));
  }

  /**
   * The same, with what was kept of the last decision.
   *
   * @param memory has followed the events up to this state, and follows those of the decision
   */
  public static Decision decide(ClusterState state, SchedulerInput input, PlacementMemory memory) {
    return decide(state, input, memory, DecisionLimits.DEFAULT);
  }

  /** The same with other bounds, which simulations of a few pods reach too. */
  public static Decision decide(
      ClusterState state, SchedulerInput input, PlacementMemory memory, DecisionLimits limits) {
    Draft draft = new Draft(state, input.now(), input.seed(), memory, limits);
    Optional<Answer> answer = Optional.empty();
    if (input instanceof SchedulerInput.Requested e) {
      answer = Optional.of(request(draft, e));
      if (draft.state().chars() > Math.max(state.chars(), limits.maxChars())) {
        return Decision.refused(Refusals.stateFull(draft));
      }
    } else if (input instanceof SchedulerInput.NodeRegisters e) {
      NodeReports.registers(draft, e);
    } else if (input instanceof SchedulerInput.PodsReported e) {
      NodeReports.reported(draft, e.node(), e.pods());
      Volumes.removed(draft, e.node(), e.removedVolumes());
    } else if (input instanceof SchedulerInput.NodeGone e) {
      NodeReports.gone(draft, e);
    } else if (input instanceof SchedulerInput.SchedulerStarts e) {
      starts(draft, e);
    } else if (input instanceof SchedulerInput.Rebalances e) {
      Rebalance.begin(draft, e.maxMoves(), e.seed());
    } else if (input instanceof SchedulerInput.UsageRead e) {
      AutoscaleRun.look(draft, e);
    } else if (input instanceof SchedulerInput.Tick) {
      tick(draft);
    } else if (input instanceof SchedulerInput.Continuation e) {
      e.putOff().forEach(draft::touchOwner);
    }
    Reconciler.run(draft);
    return new Decision(draft.events(), answer.map(a -> stamped(a, draft)), draft.putOff());
  }

  /** An accepted request is answered with the revision that holds all it led to. */
  private static Answer stamped(Answer answer, Draft draft) {
    return answer instanceof Answer.Accepted accepted
        ? new Answer.Accepted(draft.state().revision(), accepted.uid())
        : answer;
  }

  private static Answer request(Draft draft, SchedulerInput.Requested input) {
    return input.request() instanceof ClientRequest.Rebalance r
        ? Rebalance.asked(draft, r, input.seed())
        : request(draft, input.request());
  }

  private static Answer request(Draft draft, ClientRequest request) {
    if (request instanceof ClientRequest.CreateNamespace r) {
      return NamespaceRequests.create(draft, r);
    } else if (request instanceof ClientRequest.DeleteNamespace r) {
      return NamespaceRequests.delete(draft, r);
    } else if (request instanceof ClientRequest.CreateDeployment r) {
      return DeploymentRequests.create(draft, r);
    } else if (request instanceof ClientRequest.UpdateDeployment r) {
      return DeploymentRequests.update(draft, r);
    } else if (request instanceof ClientRequest.ScaleDeployment r) {
      return DeploymentRequests.scale(draft, r);
    } else if (request instanceof ClientRequest.DeleteDeployment r) {
      return DeploymentRequests.delete(draft, r);
    } else if (request instanceof ClientRequest.CreatePod r) {
      return PodRequests.create(draft, r);
    } else if (request instanceof ClientRequest.ResizePod r) {
      return PodResize.resize(draft, r);
    } else if (request instanceof ClientRequest.UpdatePod r) {
      return PodRequests.update(draft, r);
    } else if (request instanceof ClientRequest.DeletePod r) {
      return PodRequests.delete(draft, r);
    } else if (request instanceof ClientRequest.UpdateNode r) {
      return NodeRequests.update(draft, r);
    } else if (request instanceof ClientRequest.DeleteNode r) {
      return NodeRequests.delete(draft, r);
    } else if (request instanceof ClientRequest.CreateObject r) {
      return ObjectRequests.create(draft, r);
    } else if (request instanceof ClientRequest.UpdateObject r) {
      return ObjectRequests.update(draft, r);
    } else if (request instanceof ClientRequest.DeleteObject r) {
      return ObjectRequests.delete(draft, r);
    }
    throw new IllegalArgumentException("unknown request: " + request.getClass().getName());
  }

  private static void starts(Draft draft, SchedulerInput.SchedulerStarts input) {
    draft.emit(
        new SchedulerEvent.SchedulerStarted(
            Math.max(draft.state().epoch(), input.seen()) + 1, input.node(), draft.now()));
    LostPods.fenceAnew(draft);
    for (String name : GENESIS_NAMESPACES) {
      if (!draft.state().namespaces().containsKey(name)) {
        draft.emit(
            new SchedulerEvent.NamespaceCreated(
                namespace(draft, name, Map.of(), Map.of()), draft.now()));
      }
    }
  }

  static Namespace namespace(
      Draft draft, String name, Map<String, String> labels, Map<String, String> annotations) {
    return new Namespace(
        new ObjectMeta("", name, draft.identities().uid(), 1, 0, draft.now(), labels, annotations));
  }

  /** Only deployments that are on their way anywhere can have something that time changes. */
  private static void tick(Draft draft) {
    for (Deployment deployment : draft.state().deployments().values()) {
      if (!RolloutStatus.isSettled(deployment)) {
        draft.touch(deployment.name());
      }
    }
    draft
        .state()
        .objects()
        .byKind()
        .forEach(
            (kind, objects) -> {
              if (Workloads.isOne(kind)) {
                touchDue(draft, objects.values());
              }
            });
    // A quota may be larger by now.
    PodResize.grant(draft);
    Moves.watch(draft);
    LostPods.expire(draft);
    Taints.driveAway(draft);
    ForeignImages.expire(draft);
  }

  private static void touchDue(Draft draft, Collection<ApiObject> workloads) {
    for (ApiObject object : workloads) {
      if (Workloads.waitsForTime(object, draft.now())) {
        draft.touchObject(object.key());
      }
    }
  }
}
