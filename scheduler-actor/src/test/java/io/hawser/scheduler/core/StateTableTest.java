package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ApiObject;
import io.hawser.model.CronJob;
import io.hawser.model.DaemonSet;
import io.hawser.model.Job;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Every state of a pod and of each workload kind, times everything that can happen to it. The
 * outcomes are in {@code docs/states.md}; with {@code -Dtables.write=true} they are written there.
 */
class StateTableTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "states.md");
  private static final String NOTHING = "-";

  /** Leads to a state, and says what is looked at. */
  interface Start<S> extends Function<World, S> {}

  /** Something happens; a request's answer, if it was one. */
  interface Input<S> extends BiFunction<World, S, Optional<Answer>> {}

  @Test
  void theDocumentSaysWhatHappens() throws IOException {
    StringBuilder tables = new StringBuilder();
    tables.append(
        table("Pod", podStates(), podInputs(), StateTableTest::stateOf, World::withNodes));
    for (Map.Entry<String, Map<String, Start<ObjectKey>>> kind : workloads().entrySet()) {
      tables.append(
          table(
              kind.getKey(),
              kind.getValue(),
              workloadInputs(kind.getKey()),
              StateTableTest::stateOf,
              World::withNodes));
    }
    tables.append(
        table(
            AutoscalerStates.KIND,
            AutoscalerStates.states(),
            AutoscalerStates.inputs(),
            AutoscalerStates::stateOf,
            World::withNodes));
    String text = Files.readString(DOCUMENT);
    int start = text.indexOf("\n## Pod") + 1;
    if (Boolean.getBoolean("tables.write")) {
      Files.writeString(DOCUMENT, text.substring(0, start) + tables);
    } else {
      assertThat(text.substring(start)).isEqualTo(tables.toString());
    }
  }

  @Test
  void noPairOfAPodBringsAnEndedOneBack() {
    for (String ended : List.of("succeeded", "failed")) {
      podInputs()
          .forEach(
              (input, happens) -> {
                World world = World.withNodes(2);
                Pod pod = podStates().get(ended).apply(world);
                happens.apply(world, pod);
                assertThat(stateOf(world.state, pod)).as(input).isIn(ended, "stopping", "gone");
              });
    }
  }

  private static <S> String table(
      String title,
      Map<String, Start<S>> states,
      Map<String, Input<S>> inputs,
      BiFunction<ClusterState, S, String> stateOf,
      Function<Integer, World> worlds) {
    StringBuilder table = new StringBuilder("## " + title + "\n\n| |");
    states.keySet().forEach(state -> table.append(' ').append(state).append(" |"));
    table.append("\n|---|").append("---|".repeat(states.size())).append('\n');
    inputs.forEach(
        (name, input) -> {
          table.append("| ").append(name).append(" |");
          states.forEach(
              (state, start) -> {
                World world = worlds.apply(2);
                S subject = start.apply(world);
                String before = stateOf.apply(world.state, subject);
                assertThat(before).as("the way to a state of " + title).isEqualTo(state);
                table.append(' ').append(outcome(world, subject, input, stateOf)).append(" |");
              });
          table.append('\n');
        });
    return table.append('\n').toString();
  }

  private static <S> String outcome(
      World world, S subject, Input<S> input, BiFunction<ClusterState, S, String> stateOf) {
    ClusterState before = world.state;
    Optional<Answer> answer = input.apply(world, subject);
    if (answer.isPresent() && answer.get() instanceof Answer.Refused refused) {
      assertThat(world.state).as("a refusal changes nothing").isSameAs(before);
      return "refused: " + refused.refusal().reason();
    }
    String was = stateOf.apply(before, subject);
    String now = stateOf.apply(world.state, subject);
    return was.equals(now) ? NOTHING : now;
  }

  // --- Pods ---

  private static String stateOf(ClusterState state, Pod subject) {
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

  private static Map<String, Start<Pod>> podStates() {
    Map<String, Start<Pod>> states = new LinkedHashMap<>();
    states.put(
        "waiting",
        world -> {
          List.of("n1", "n2").forEach(n -> cordon(world, n));
          return web(world);
        });
    states.put("placed", StateTableTest::web);
    states.put(
        "running",
        world -> {
          Pod pod = web(world);
          report(world, pod, Samples.status(PodPhase.RUNNING, Optional.empty()));
          return now(world, pod);
        });
    states.put("ready", StateTableTest::ready);
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

  private static Map<String, Input<Pod>> podInputs() {
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

  // --- Workloads ---

  private static ObjectKey key(String kind) {
    return ObjectKey.of(kind, Samples.name("w"));
  }

  private static String stateOf(ClusterState state, ObjectKey key) {
    if (key.kind().equals(Pod.Owner.DEPLOYMENT)) {
      return state
          .deployment(key.objectName())
          .map(d -> d.spec().paused() ? "paused" : d(RolloutStatus.isSettled(d)))
          .orElse("absent");
    }
    Optional<ApiObject> object = state.objects().find(key);
    if (object.isEmpty()) {
      return "absent";
    } else if (object.get() instanceof Job job) {
      return job.isFinished() ? "done" : job.spec().suspend() ? "paused" : "going on";
    } else if (object.get() instanceof StatefulSet set) {
      boolean settled =
          set.status().available() == set.spec().replicas()
              && set.status().updated() == set.spec().replicas();
      return d(settled);
    } else if (object.get() instanceof ReplicaSet set) {
      return d(
          set.status().available() == set.spec().replicas()
              && set.status().replicas() == set.spec().replicas());
    } else if (object.get() instanceof DaemonSet set) {
      boolean settled =
          set.status().available() == set.status().desired()
              && set.status().updated() == set.status().desired();
      return d(settled);
    } else if (object.get() instanceof CronJob cron) {
      return cron.spec().suspend() ? "paused" : "going on";
    }
    throw new AssertionError(object.get().kind());
  }

  private static String d(boolean done) {
    return done ? "done" : "going on";
  }

  private static ApiObject sample(String kind, String image) {
    return switch (kind) {
      case "StatefulSet" -> WorkloadSamples.stateful("w", image, 2, false, 0);
      case "ReplicaSet" ->
          new ReplicaSet(
              WorkloadSamples.meta("w"),
              new ReplicaSet.Spec(
                  2,
                  new LabelSelector(Samples.LABELS, List.of()),
                  WorkloadSamples.template(image),
                  0),
              ReplicaSet.Status.NONE);
      case "DaemonSet" -> WorkloadSamples.daemon("w", image, 1);
      case "Job" -> WorkloadSamples.job("w", WorkloadSamples.jobSpec(1, 1, false));
      case "CronJob" ->
          WorkloadSamples.cron(
              "w", image.equals("v1") ? "* * * * *" : "0 * * * *", CronJob.Concurrency.ALLOW);
      default -> throw new AssertionError(kind);
    };
  }

  private static ClientRequest create(String kind) {
    return kind.equals(Pod.Owner.DEPLOYMENT)
        ? Samples.create("w", Samples.spec(2, "v1"))
        : WorkloadSamples.create(sample(kind, "v1"));
  }

  private static ClientRequest update(String kind, String image) {
    return kind.equals(Pod.Owner.DEPLOYMENT)
        ? Samples.update("w", Samples.spec(2, image))
        : WorkloadSamples.update(sample(kind, image));
  }

  private static Map<String, Map<String, Start<ObjectKey>>> workloads() {
    Map<String, Map<String, Start<ObjectKey>>> kinds = new LinkedHashMap<>();
    for (String kind :
        List.of("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob")) {
      Map<String, Start<ObjectKey>> states = new LinkedHashMap<>();
      states.put("absent", world -> key(kind));
      states.put("going on", world -> made(world, kind));
      if (kind.equals("Deployment")) {
        states.put("paused", StateTableTest::paused);
      }
      if (!kind.equals("CronJob")) {
        states.put("done", world -> done(world, kind));
      }
      kinds.put(kind, states);
    }
    return kinds;
  }

  private static ObjectKey made(World world, String kind) {
    world.ask(create(kind));
    return key(kind);
  }

  private static ObjectKey paused(World world) {
    made(world, "Deployment");
    world.settle();
    world.ask(Samples.update("w", Samples.paused(Samples.spec(2, "v1"), true)));
    return key("Deployment");
  }

  private static ObjectKey done(World world, String kind) {
    made(world, kind);
    if (kind.equals("Job")) {
      Pod pod = WorkloadSamples.live(world, kind, "w").get(0);
      WorkloadSamples.end(world, pod, 0);
      world.pass(Duration.ofSeconds(1));
    } else {
      world.settle();
    }
    return key(kind);
  }

  private static Map<String, Input<ObjectKey>> workloadInputs(String kind) {
    Map<String, Input<ObjectKey>> inputs = new LinkedHashMap<>();
    inputs.put("create", (world, key) -> Optional.of(world.ask(create(kind))));
    inputs.put("update, nothing new", (world, key) -> Optional.of(world.ask(update(kind, "v1"))));
    inputs.put("update, new template", (world, key) -> Optional.of(world.ask(changed(kind))));
    inputs.put(
        "update, meaning an older version", (world, key) -> Optional.of(world.ask(stale(kind))));
    if (kind.equals("Deployment")) {
      inputs.put("scale to 3", (world, key) -> Optional.of(world.ask(Samples.scale("w", 3))));
      inputs.put(
          "resume",
          (world, key) -> Optional.of(world.ask(Samples.update("w", Samples.spec(2, "v1")))));
    }
    inputs.put("its pods become ready", (world, key) -> nodesObey(world));
    inputs.put("one of its pods is lost with its node", StateTableTest::nodeLost);
    inputs.put("a minute passes", (world, key) -> pass(world, Duration.ofMinutes(1)));
    inputs.put("delete", (world, key) -> Optional.of(world.ask(deletion(key, false, ""))));
    inputs.put(
        "delete, pods stay", (world, key) -> Optional.of(world.ask(deletion(key, true, ""))));
    inputs.put(
        "delete, meaning an earlier one",
        (world, key) -> Optional.of(world.ask(deletion(key, false, "earlier"))));
    return inputs;
  }

  private static ClientRequest changed(String kind) {
    if (kind.equals("Job")) {
      Job.Spec spec = WorkloadSamples.jobSpec(1, 1, false);
      Job.Spec other =
          new Job.Spec(
              spec.parallelism(),
              spec.completions(),
              spec.indexed(),
              spec.backoffLimit(),
              spec.activeDeadlineSeconds(),
              spec.ttlSecondsAfterFinished(),
              spec.suspend(),
              spec.failurePolicy(),
              WorkloadSamples.template("v2"));
      return WorkloadSamples.update(WorkloadSamples.job("w", other));
    }
    return update(kind, "v2");
  }

  private static ClientRequest stale(String kind) {
    if (kind.equals("Deployment")) {
      return new ClientRequest.UpdateDeployment(
          Samples.name("w"),
          Samples.LABELS,
          Map.of(),
          Samples.spec(2, "v2"),
          Optional.of(1L),
          Optional.empty());
    }
    return new ClientRequest.UpdateObject(sample(kind, "v2"), Optional.of(1L), Optional.empty());
  }

  private static ClientRequest deletion(ObjectKey key, boolean orphan, String uid) {
    Optional<String> ifUid = uid.isEmpty() ? Optional.empty() : Optional.of(uid);
    return key.kind().equals("Deployment")
        ? new ClientRequest.DeleteDeployment(key.objectName(), ifUid, orphan)
        : new ClientRequest.DeleteObject(key, ifUid, orphan);
  }

  private static Optional<Answer> nodesObey(World world) {
    for (int i = 0; i < 5; i++) {
      world.nodesObey();
      world.pass(Duration.ofSeconds(1));
    }
    return Optional.empty();
  }

  private static Optional<Answer> nodeLost(World world, ObjectKey key) {
    List<Pod> pods = new ArrayList<>(world.state.podsOf(key));
    Optional<String> node = pods.stream().flatMap(p -> p.nodeName().stream()).findFirst();
    node.ifPresent(world::nodeGone);
    return Optional.empty();
  }
}
