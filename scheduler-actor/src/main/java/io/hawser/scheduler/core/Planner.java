package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol.Planned;
import io.hawser.cluster.protocol.SchedulerProtocol.PlannedChange;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.PlacementMemory;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What would be done at once about some requests, or without some nodes: the very decisions of
 * {@link SchedulerCore}, folded into a state that nobody else sees.
 */
public final class Planner {
  /** Most decisions of one plan; one that needs more says so. */
  static final int MAX_DECISIONS = 2_000;

  private final PlacementMemory memory;
  private final Instant now;
  private final List<String> refusals = new ArrayList<>();
  private final Set<ObjectName> pods = new LinkedHashSet<>();
  private ClusterState state;
  private long seed;
  private int decisionsLeft = MAX_DECISIONS;

  private Planner(ClusterState state, Instant now, long seed, PlacementSettings settings) {
    this.state = state;
    this.now = now;
    this.seed = seed;
    this.memory = new PlacementMemory(settings);
  }

  /**
   * @param requests in their order
   * @param without nodes that are lost before
   */
  public static Planned plan(
      ClusterState state,
      SchedulerInput.Tick at,
      PlacementSettings settings,
      List<ClientRequest> requests,
      List<String> without) {
    Planner planner = new Planner(state, at.now(), at.seed(), settings);
    for (String node : without) {
      if (!state.nodes().containsKey(node)) {
        planner.refusals.add("node " + node + " is not known");
      }
      planner.decide(new SchedulerInput.NodeGone(at.now(), planner.seed++, node, "planned"));
    }
    for (ClientRequest request : requests) {
      planner.decide(new SchedulerInput.Requested(at.now(), planner.seed++, request));
    }
    if (planner.decisionsLeft == 0) {
      planner.refusals.add(
          "the plan is not complete: it takes over %d decisions".formatted(MAX_DECISIONS));
    }
    return new Planned(planner.refusals, planner.changes(state));
  }

  /** The answer that the request would get. */
  public static Answer rehearse(
      ClusterState state,
      SchedulerInput.Tick at,
      PlacementSettings settings,
      ClientRequest request) {
    SchedulerInput asked = new SchedulerInput.Requested(at.now(), at.seed(), request);
    return SchedulerCore.decide(state, asked, new PlacementMemory(settings)).answer().orElseThrow();
  }

  private void decide(SchedulerInput input) {
    SchedulerInput next = input;
    boolean more = true;
    while (more && decisionsLeft > 0) {
      decisionsLeft--;
      Decision decision = SchedulerCore.decide(state, next, memory);
      decision
          .answer()
          .filter(Answer.Refused.class::isInstance)
          .ifPresent(a -> refusals.add(((Answer.Refused) a).refusal().message()));
      for (SchedulerEvent event : decision.events()) {
        pod(event).ifPresent(pods::add);
        state = state.evolve(event);
      }
      more = decision.unfinished();
      next = decision.continuation(now, seed++);
    }
  }

  private static Optional<ObjectName> pod(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.PodCreated e) {
      return Optional.of(e.pod().name());
    } else if (event instanceof SchedulerEvent.PodPlaced e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodUnschedulable e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodMoveRequested e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      return Optional.of(e.name());
    }
    return Optional.empty();
  }

  private List<PlannedChange> changes(ClusterState before) {
    List<PlannedChange> changes = new ArrayList<>();
    for (ObjectName name : pods) {
      Optional<Pod> old = before.pod(name);
      Optional<Pod> now = state.pod(name);
      change(old, now).ifPresent(changes::add);
    }
    return changes;
  }

  private static Optional<PlannedChange> change(Optional<Pod> old, Optional<Pod> now) {
    Optional<String> from = old.flatMap(Pod::nodeName);
    if (now.isEmpty()) {
      return old.map(pod -> of(pod, PlannedChange.REMOVED, from, ""));
    }
    Pod pod = now.get();
    boolean stops = pod.isDeleting() && old.filter(Pod::isDeleting).isEmpty();
    if (stops) {
      return Optional.of(of(pod, PlannedChange.STOPPED, pod.nodeName(), ""));
    } else if (pod.move().isPresent() && old.flatMap(Pod::move).isEmpty()) {
      return Optional.of(of(pod, PlannedChange.MOVES, pod.nodeName(), ""));
    } else if (pod.nodeName().isPresent() && from.isEmpty()) {
      return Optional.of(of(pod, PlannedChange.PLACED, pod.nodeName(), ""));
    } else if (pod.nodeName().isEmpty() && !pod.isDeleting()) {
      String why = pod.unschedulable().orElse("");
      return Optional.of(of(pod, PlannedChange.PENDING, Optional.empty(), why));
    }
    return Optional.empty();
  }

  private static PlannedChange of(Pod pod, String what, Optional<String> node, String why) {
    String owner = pod.owner().map(o -> o.shownKind() + " " + o.name()).orElse("Pod");
    return new PlannedChange(pod.name(), owner, what, node, why);
  }
}
