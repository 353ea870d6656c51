package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ApiObject;
import io.hawser.model.CronJob;
import io.hawser.model.DaemonSet;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.Job;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import io.hawser.scheduler.core.StateTableTest.Input;
import io.hawser.scheduler.core.StateTableTest.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The states of each kind of workload, and everything that can happen to it. */
final class WorkloadStates {
  private WorkloadStates() {}

  private static ObjectKey key(String kind) {
    return ObjectKey.of(kind, Samples.name("w"));
  }

  static String stateOf(ClusterState state, ObjectKey key) {
    if (key.kind().equals(Pod.Owner.DEPLOYMENT)) {
      return state.deployment(key.objectName()).map(WorkloadStates::stateOf).orElse("absent");
    }
    Optional<ApiObject> object = state.objects().find(key);
    if (object.isEmpty()) {
      return "absent";
    } else if (object.get() instanceof Job job) {
      return job.hasCondition(Job.FAILED)
          ? "failed"
          : job.isFinished() ? "done" : job.spec().suspend() ? "paused" : "going on";
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

  private static String stateOf(Deployment deployment) {
    if (deployment.spec().paused()) {
      return "paused";
    }
    return RolloutStatus.hasTimedOut(deployment)
        ? "failed"
        : d(RolloutStatus.isSettled(deployment));
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

  static Map<String, Map<String, Start<ObjectKey>>> states() {
    Map<String, Map<String, Start<ObjectKey>>> kinds = new LinkedHashMap<>();
    for (String kind :
        List.of("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob")) {
      Map<String, Start<ObjectKey>> states = new LinkedHashMap<>();
      states.put("absent", world -> key(kind));
      states.put("going on", world -> made(world, kind));
      if (kind.equals("Deployment")) {
        states.put("paused", WorkloadStates::paused);
      } else if (kind.endsWith("Job")) {
        states.put("paused", world -> suspended(world, kind));
      }
      if (!kind.equals("CronJob")) {
        states.put("done", world -> done(world, kind));
      }
      if (kind.equals("Deployment") || kind.equals("Job")) {
        states.put("failed", world -> failed(world, kind));
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

  private static ObjectKey suspended(World world, String kind) {
    world.ask(WorkloadSamples.create(suspended(kind, true)));
    return key(kind);
  }

  private static ApiObject suspended(String kind, boolean suspended) {
    return sample(kind, "v1") instanceof Job job
        ? WorkloadSamples.job("w", WorkloadSamples.suspended(job.spec(), suspended))
        : WorkloadSamples.suspended((CronJob) sample(kind, "v1"), suspended);
  }

  private static ObjectKey failed(World world, String kind) {
    made(world, kind);
    if (kind.equals("Deployment")) {
      world.pass(Duration.ofSeconds(DeploymentSpec.DEFAULT_PROGRESS_DEADLINE_SECONDS + 1));
      return key(kind);
    }
    while (!stateOf(world.state, key(kind)).equals("failed")) {
      WorkloadSamples.live(world, kind, "w").forEach(pod -> WorkloadSamples.end(world, pod, 1));
      world.pass(Duration.ofHours(1));
    }
    return key(kind);
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

  static Map<String, Input<ObjectKey>> inputs(String kind) {
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
    if (kind.endsWith("Job")) {
      for (boolean suspend : List.of(true, false)) {
        inputs.put(
            suspend ? "suspend" : "resume",
            (world, key) ->
                Optional.of(world.ask(WorkloadSamples.update(suspended(kind, suspend)))));
      }
    }
    inputs.put("its pods become ready", (world, key) -> nodesObey(world));
    inputs.put("one of its pods is lost with its node", WorkloadStates::nodeLost);
    if (kind.equals("Job")) {
      inputs.put("its pods succeed", (world, key) -> end(world, key, 0));
      inputs.put("its pods fail", (world, key) -> end(world, key, 1));
    }
    inputs.put("a minute passes", (world, key) -> pass(world, Duration.ofMinutes(1)));
    inputs.put("an hour passes", (world, key) -> pass(world, Duration.ofHours(1)));
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

  private static Optional<Answer> end(World world, ObjectKey key, int exitCode) {
    WorkloadSamples.live(world, key.kind(), "w")
        .forEach(pod -> WorkloadSamples.end(world, pod, exitCode));
    return Optional.empty();
  }

  private static Optional<Answer> pass(World world, Duration time) {
    world.pass(time);
    return Optional.empty();
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
