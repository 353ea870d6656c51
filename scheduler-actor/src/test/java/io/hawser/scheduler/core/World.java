package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Deployment;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import io.hawser.model.Refusal;
import io.hawser.scheduler.core.placement.PlacementMemory;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** A cluster in a test: a state, a moved clock, and nodes that do what the test says. */
final class World {
  private static final int MAX_CONTINUATIONS = 1_000;

  final List<SchedulerEvent> journal = new ArrayList<>();
  ClusterState state = ClusterState.EMPTY;
  Instant now = Instant.parse("2026-01-01T00:00:00Z");
  final PlacementMemory memory;
  DecisionLimits limits = DecisionLimits.DEFAULT;
  private long seed;

  World(long seed) {
    this(seed, PlacementSettings.DEFAULT);
  }

  World(long seed, PlacementSettings settings) {
    this.seed = seed;
    this.memory = new PlacementMemory(settings);
    decide(new SchedulerInput.SchedulerStarts(now, this.seed++, "n1"));
  }

  static World withNodes(int nodes) {
    World world = new World(1);
    for (int i = 1; i <= nodes; i++) {
      world.register("n" + i);
    }
    return world;
  }

  void register(String node) {
    decide(new SchedulerInput.NodeRegisters(now, seed++, Samples.node(node), List.of()));
  }

  void nodeGone(String node) {
    decide(new SchedulerInput.NodeGone(now, seed++, node, "unreachable"));
  }

  Answer ask(ClientRequest request) {
    return decide(new SchedulerInput.Requested(now, seed++, request)).orElseThrow();
  }

  Refusal refused(ClientRequest request) {
    ClusterState before = state;
    Answer answer = ask(request);
    if (!(answer instanceof Answer.Refused refused) || before != state) {
      throw new AssertionError("expected a refusal that changes nothing, got " + answer);
    }
    return refused.refusal();
  }

  void report(String node, PodReport... reports) {
    decide(new SchedulerInput.PodsReported(now, seed++, node, List.of(reports)));
  }

  void pass(Duration time) {
    now = now.plus(time);
    decide(new SchedulerInput.Tick(now, seed++));
  }

  Optional<Answer> decide(SchedulerInput input) {
    Decision decision = SchedulerCore.decide(state, input, memory, limits);
    fold(decision);
    for (int i = 0; decision.unfinished(); i++) {
      if (i == MAX_CONTINUATIONS) {
        throw new AssertionError("a decision never finishes");
      }
      Optional<Answer> first = decision.answer();
      decision = SchedulerCore.decide(state, decision.continuation(now, seed++), memory, limits);
      fold(decision);
      if (first.isPresent()) {
        decision = new Decision(List.of(), first, decision.putOff());
      }
    }
    return decision.answer();
  }

  private void fold(Decision decision) {
    journal.addAll(decision.events());
    for (SchedulerEvent event : decision.events()) {
      state = memory.foresight().evolve(state, event);
    }
  }

  Deployment deployment(String name) {
    return state.deployments().get(Samples.name(name));
  }

  Pod pod(String name) {
    return state.pods().get(Samples.name(name));
  }

  Collection<Pod> podsOf(String deployment) {
    return state.podsOf(Samples.name(deployment));
  }

  /** Of a deployment, without those that are on their way out. */
  List<Pod> livePods(String deployment) {
    return podsOf(deployment).stream().filter(p -> !p.isDeleting() && p.isActive()).toList();
  }

  long readyPods(String deployment) {
    return livePods(deployment).stream().filter(p -> p.status().isReady()).count();
  }

  void ready(Pod pod) {
    report(pod.nodeName().orElseThrow(), Samples.report(pod, Samples.running(now)));
  }

  void failed(Pod pod) {
    PodStatus status = Samples.ended(PodPhase.FAILED);
    report(pod.nodeName().orElseThrow(), Samples.report(pod, status));
  }

  void gone(Pod pod) {
    report(pod.nodeName().orElseThrow(), new PodReport(pod.name(), pod.uid(), pod.status(), true));
  }

  /** Every node does at once what it should: starts what is new, stops what is to stop. */
  void nodesObey() {
    for (Pod pod : List.copyOf(state.pods().values())) {
      boolean lost = pod.nodeName().map(state.nodes()::get).filter(n -> !n.isReady()).isPresent();
      if (lost) {
        continue; // nobody hears it
      }
      if (pod.nodeName().isPresent() && pod.isDeleting()) {
        gone(pod);
      } else if (pod.nodeName().isPresent() && pod.isActive() && !pod.status().isReady()) {
        ready(pod);
      }
    }
  }

  /** Until nothing changes any more. */
  void settle() {
    for (int i = 0; i < MAX_CONTINUATIONS; i++) {
      long before = state.revision();
      nodesObey();
      pass(Duration.ofSeconds(1));
      if (state.revision() == before) {
        return;
      }
    }
    throw new AssertionError("never comes to rest: " + state.revision());
  }

  ObjectName anyPod(String deployment) {
    return livePods(deployment).get(0).name();
  }
}
