package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import io.hawser.scheduler.core.StateTableTest.Input;
import io.hawser.scheduler.core.StateTableTest.Start;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The states of a pod, and everything that can happen to it. */
final class PodStates {
  private PodStates() {}

  static String stateOf(ClusterState state, Pod subject) {
    Pod pod = state.pods().get(subject.name());
    if (pod == null || !pod.uid().equals(subject.uid())) {
      return pod == null ? "gone" : "another pod";
    } else if (pod.isDeleting()) {
      return "stopping";
    } else if (pod.status().phase() == PodPhase.SUCCEEDED) {
      return "succeeded";
    } else if (pod.status().phase() == PodPhase.FAILED) {
      return "failed";
    } else if (pod.nodeName().isEmpty()) {
      return "waiting";
    } else if (pod.move().isPresent()) {
      return "moving";
    } else if (pod.status().isReady()) {
      return "ready";
    }
    return pod.status().phase() == PodPhase.RUNNING ? "running" : "placed";
  }

  private static Pod web(World world) {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    return world.livePods("web").get(0);
  }

  private static Pod now(World world, Pod pod) {
    return world.state.pods().get(pod.name());
  }

  private static void report(World world, Pod pod, PodStatus status) {
    world.report(pod.nodeName().orElseThrow(), Samples.report(pod, status));
  }

  private static Pod ready(World world) {
    Pod pod = web(world);
    report(world, pod, Samples.running(world.now));
    return now(world, pod);
  }

  static Map<String, Start<Pod>> states() {
    Map<String, Start<Pod>> states = new LinkedHashMap<>();
    states.put(
        "waiting",
        world -> {
          List.of("n1", "n2").forEach(n -> cordon(world, n));
          return web(world);
        });
    states.put("placed", PodStates::web);
    states.put(
        "running",
        world -> {
          Pod pod = web(world);
          report(world, pod, Samples.status(PodPhase.RUNNING, Optional.empty()));
          return now(world, pod);
        });
    states.put("ready", PodStates::ready);
    states.put(
        "moving",
        world -> {
          Pod pod = ready(world);
          world.ask(delete(pod, true));
          return now(world, pod);
        });
    states.put(
        "stopping",
        world -> {
          Pod pod = ready(world);
          world.ask(delete(pod, false));
          return now(world, pod);
        });
    states.put("succeeded", world -> ended(world, PodPhase.SUCCEEDED));
    states.put("failed", world -> ended(world, PodPhase.FAILED));
    states.put(
        "gone",
        world -> {
          Pod pod = ready(world);
          world.ask(delete(pod, false));
          world.gone(pod);
          return pod;
        });
    return states;
  }

  private static Pod ended(World world, PodPhase phase) {
    Pod pod = web(world);
    report(world, pod, Samples.ended(phase));
    return now(world, pod);
  }

  private static void cordon(World world, String node) {
    world.ask(
        new ClientRequest.UpdateNode(node, Map.of(), Map.of(), true, List.of(), Optional.empty()));
  }

  private static ClientRequest delete(Pod pod, boolean eviction) {
    return new ClientRequest.DeletePod(pod.name(), Optional.empty(), Optional.empty(), eviction);
  }

  private static Input<Pod> says(Function<World, PodStatus> status) {
    return (world, pod) -> {
      String node = pod.nodeName().orElse("n1");
      world.report(node, Samples.report(pod, status.apply(world)));
      return Optional.empty();
    };
  }

  static Map<String, Input<Pod>> inputs() {
    Map<String, Input<Pod>> inputs = new LinkedHashMap<>();
    inputs.put("its node says: starting", says(w -> PodStatus.PENDING));
    inputs.put(
        "its node says: running", says(w -> Samples.status(PodPhase.RUNNING, Optional.empty())));
    inputs.put("its node says: ready", says(w -> Samples.running(w.now)));
    inputs.put("its node says: succeeded", says(w -> Samples.ended(PodPhase.SUCCEEDED)));
    inputs.put("its node says: failed", says(w -> Samples.ended(PodPhase.FAILED)));
    inputs.put(
        "its node says: nothing of it is left",
        (world, pod) -> {
          String node = pod.nodeName().orElse("n1");
          world.report(node, new PodReport(pod.name(), pod.uid(), pod.status(), true));
          return Optional.empty();
        });
    inputs.put(
        "another node says: ready",
        (world, pod) -> {
          String other = pod.nodeName().filter("n1"::equals).isPresent() ? "n2" : "n1";
          world.report(other, Samples.report(pod, Samples.running(world.now)));
          return Optional.empty();
        });
    inputs.put(
        "a report on an earlier pod of its name",
        (world, pod) -> {
          PodStatus ended = Samples.ended(PodPhase.FAILED);
          world.report(
              pod.nodeName().orElse("n1"), new PodReport(pod.name(), "earlier", ended, false));
          return Optional.empty();
        });
    inputs.put(
        "its node is lost",
        (world, pod) -> {
          world.nodeGone(pod.nodeName().orElse("n1"));
          return Optional.empty();
        });
    inputs.put(
        "a node comes",
        (world, pod) -> {
          world.register("n3");
          return Optional.empty();
        });
    inputs.put("delete", (world, pod) -> Optional.of(world.ask(delete(pod, false))));
    inputs.put("evict", (world, pod) -> Optional.of(world.ask(delete(pod, true))));
    inputs.put(
        "delete, meaning an earlier pod of its name",
        (world, pod) ->
            Optional.of(
                world.ask(
                    new ClientRequest.DeletePod(
                        pod.name(), Optional.empty(), Optional.of("earlier"), false))));
    inputs.put(
        "other labels",
        (world, pod) ->
            Optional.of(
                world.ask(
                    new ClientRequest.UpdatePod(
                        pod.name(), Map.of("a", "b"), Map.of(), Optional.empty()))));
    inputs.put(
        "create a pod of its name",
        (world, pod) ->
            Optional.of(
                world.ask(
                    new ClientRequest.CreatePod(
                        pod.name(), Map.of(), Map.of(), Samples.podSpec("v1", 100)))));
    inputs.put("a minute passes", (world, pod) -> pass(world, Duration.ofMinutes(1)));
    inputs.put("an hour passes", (world, pod) -> pass(world, Duration.ofHours(1)));
    return inputs;
  }

  private static Optional<Answer> pass(World world, Duration time) {
    world.pass(time);
    return Optional.empty();
  }
}
