package io.hawser.benchmarks;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.scheduler.core.Decision;
import io.hawser.scheduler.core.SchedulerCore;
import io.hawser.scheduler.core.SchedulerInput;
import io.hawser.scheduler.core.placement.PlacementMemory;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A cluster in one thread: the real core decides, its events are folded into the real state; nodes
 * are rows of it that obey at once. Nothing is written or sent.
 */
final class SimulatedCluster implements SchedulerTarget {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  /** A node of scheduler_perf: 4 cores, 32 GiB; 110 pods. */
  static final ResourceAmounts NODE = new ResourceAmounts(4_000, 32L << 30, 100L << 30, Map.of());

  static final String ZONE = "topology.kubernetes.io/zone";

  private PlacementMemory memory = new PlacementMemory(PlacementSettings.DEFAULT);
  private ClusterState state = ClusterState.EMPTY;
  private Instant now = NOON;
  private long seed;
  private long placed;
  private long events;
  private Consumer<ObjectName> onPlaced = name -> {};

  SimulatedCluster() {
    decide(new SchedulerInput.SchedulerStarts(now, seed++, "n1"));
  }

  ClusterState state() {
    return state;
  }

  @Override
  public long placed() {
    return placed;
  }

  @Override
  public String anyReason() {
    return state.unplaced().stream()
        .findFirst()
        .flatMap(name -> state.pods().get(name).unschedulable())
        .orElse("");
  }

  long events() {
    return events;
  }

  @Override
  public void addNode(String name, Map<String, String> labels) {
    addNode(name, labels, NODE, 110);
  }

  void addNode(String name, Map<String, String> labels, ResourceAmounts capacity, int maxPods) {
    NodeInfo info = info(name, capacity, maxPods);
    decide(new SchedulerInput.NodeRegisters(now, seed++, info, List.of()));
    if (!labels.isEmpty()) {
      request(
          new ClientRequest.UpdateNode(name, labels, Map.of(), false, List.of(), Optional.empty()));
    }
  }

  static NodeInfo info(String name, ResourceAmounts capacity, int maxPods) {
    return new NodeInfo(
        name,
        "run-1",
        "pekko://hawser@" + name + ":7351",
        "10.0.0.1",
        "",
        Set.of("worker"),
        "10.244.0.0/24",
        capacity,
        maxPods,
        "amd64",
        "6.1",
        "Debian",
        "0.1.0");
  }

  @Override
  public void loseNode(String name) {
    decide(new SchedulerInput.NodeGone(now, seed++, name, "churn"));
    request(new ClientRequest.DeleteNode(name));
  }

  @Override
  public void createPod(String name, Map<String, String> labels, PodSpec spec) {
    ObjectName pod = new ObjectName("default", name);
    ClientRequest create = new ClientRequest.CreatePod(pod, labels, Map.of(), spec);
    nodesStop(decide(new SchedulerInput.Requested(now, seed++, create)));
  }

  void request(ClientRequest request) {
    ask(request);
  }

  /** Gives the pods to be stopped. */
  List<Pod> ask(ClientRequest request) {
    return decide(new SchedulerInput.Requested(now, seed++, request));
  }

  /** Who hears from now on of each pod that gets a node. */
  void tellPlaced(Consumer<ObjectName> listener) {
    onPlaced = listener;
  }

  /** Every node has stopped what it should stop. */
  void nodesStop(List<Pod> stopping) {
    for (Pod pod : stopping) {
      report(
          pod.nodeName().orElseThrow(),
          List.of(new PodReport(pod.name(), pod.uid(), pod.status(), true)));
    }
  }

  /** A node says how its pods are; gives the pods to be stopped. */
  List<Pod> report(String node, List<PodReport> pods) {
    return decide(new SchedulerInput.PodsReported(now, seed++, node, pods));
  }

  /** Decides and folds, again as long as there is more to do; gives the pods to be stopped. */
  List<Pod> decide(SchedulerInput input) {
    List<Pod> stopping = new ArrayList<>();
    SchedulerInput next = input;
    boolean unfinished = true;
    while (unfinished) {
      Decision decision = SchedulerCore.decide(state, next, memory);
      for (SchedulerEvent event : decision.events()) {
        state = memory.foresight().evolve(state, event);
        events++;
        if (event instanceof SchedulerEvent.PodPlaced e) {
          placed++;
          onPlaced.accept(e.name());
        } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
          stopping.add(state.pods().get(e.name()));
        }
      }
      unfinished = decision.unfinished();
      next = decision.continuation(now, seed++);
    }
    return stopping;
  }
}
