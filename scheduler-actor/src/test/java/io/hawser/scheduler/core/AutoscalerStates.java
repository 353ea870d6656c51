package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.NodeProtocol.ContainerUsage;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.AutoscaleRules;
import io.hawser.model.Condition;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.HorizontalPodAutoscaler.Metric;
import io.hawser.model.HorizontalPodAutoscaler.Resource;
import io.hawser.model.HorizontalPodAutoscaler.Spec;
import io.hawser.model.HorizontalPodAutoscaler.Status;
import io.hawser.model.HorizontalPodAutoscaler.Target;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.StateTableTest.Input;
import io.hawser.scheduler.core.StateTableTest.Start;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The states of an autoscaler of two to six pods that are to use half of what they request, and
 * what can happen to it.
 */
final class AutoscalerStates {
  static final String KIND = "HorizontalPodAutoscaler";
  private static final ObjectKey KEY = ObjectKey.of(KIND, Samples.name("w"));

  /** Thousandths of a core; a pod requests 100. */
  private static final int AS_WANTED = 50;

  private AutoscalerStates() {}

  static String stateOf(ClusterState state, ObjectKey key) {
    Optional<HorizontalPodAutoscaler> found =
        state.objects().find(HorizontalPodAutoscaler.class, key.objectName());
    if (found.isEmpty()) {
      return "absent";
    }
    Status status = found.get().status();
    if (status.conditions().isEmpty()) {
      return "new";
    } else if (is(status, HorizontalPodAutoscaler.ABLE_TO_SCALE, "FailedGetScale")) {
      return "without target";
    } else if (is(status, HorizontalPodAutoscaler.SCALING_ACTIVE, "ScalingDisabled")) {
      return "off";
    } else if (is(status, HorizontalPodAutoscaler.SCALING_ACTIVE, "FailedGetResourceMetric")) {
      return "blind";
    } else if (is(status, HorizontalPodAutoscaler.ABLE_TO_SCALE, "SucceededRescale")) {
      return "scaled to " + status.desired();
    } else if (is(status, HorizontalPodAutoscaler.ABLE_TO_SCALE, "ScaleDownStabilized")) {
      return "waits";
    }
    return "steady";
  }

  private static boolean is(Status status, String condition, String reason) {
    return status.condition(condition).map(Condition::reason).filter(reason::equals).isPresent();
  }

  private static HorizontalPodAutoscaler sample(int most) {
    Target target = new Target("apps/v1", "Deployment", "web");
    Spec spec =
        new Spec(
            target,
            2,
            most,
            List.of(Metric.utilization(Resource.CPU, 50)),
            AutoscaleRules.UP,
            AutoscaleRules.DOWN);
    return new HorizontalPodAutoscaler(WorkloadSamples.meta("w"), spec, Status.NONE);
  }

  static Map<String, Start<ObjectKey>> states() {
    Map<String, Start<ObjectKey>> states = new LinkedHashMap<>();
    states.put("absent", world -> deployed(world, 3));
    states.put("new", world -> made(world, 3));
    states.put(
        "without target",
        world -> {
          world.ask(WorkloadSamples.create(sample(6)));
          look(world, AS_WANTED);
          return KEY;
        });
    states.put("off", world -> looked(made(world, 0), world, AS_WANTED));
    states.put("blind", world -> looked(made(world, 3), world, -1));
    states.put("steady", world -> looked(made(world, 3), world, AS_WANTED));
    states.put("scaled to 6", world -> looked(made(world, 3), world, 2 * AS_WANTED));
    states.put(
        "waits", world -> looked(looked(made(world, 3), world, AS_WANTED), world, AS_WANTED / 2));
    return states;
  }

  private static ObjectKey deployed(World world, int replicas) {
    world.ask(Samples.create("web", Samples.spec(replicas, "v1")));
    world.settle();
    // Kubernetes' patience with the cpu use of pods that have only just started.
    world.pass(Duration.ofMinutes(6));
    return KEY;
  }

  private static ObjectKey made(World world, int replicas) {
    deployed(world, replicas);
    world.ask(WorkloadSamples.create(sample(6)));
    return KEY;
  }

  private static ObjectKey looked(ObjectKey key, World world, int cpuMillis) {
    look(world, cpuMillis);
    return key;
  }

  /** It looks after its usual time; a negative use: no node answers. */
  private static Optional<Answer> look(World world, int cpuMillis) {
    world.pass(Duration.ofSeconds(15));
    Map<String, ContainerUsage> containers = new HashMap<>();
    for (Pod pod : world.livePods("web")) {
      if (cpuMillis >= 0) {
        containers.put(pod.name() + "/main", new ContainerUsage(cpuMillis, 1 << 20, 10_000));
      }
    }
    NodeUsage usage = new NodeUsage("n1", world.now, 0, 0, containers);
    world.decide(new SchedulerInput.UsageRead(world.now, 7, List.of(usage)));
    return Optional.empty();
  }

  static Map<String, Input<ObjectKey>> inputs() {
    Map<String, Input<ObjectKey>> inputs = new LinkedHashMap<>();
    inputs.put("create", (w, key) -> Optional.of(w.ask(WorkloadSamples.create(sample(6)))));
    inputs.put(
        "update, nothing new", (w, key) -> Optional.of(w.ask(WorkloadSamples.update(sample(6)))));
    inputs.put(
        "update, at most 4", (w, key) -> Optional.of(w.ask(WorkloadSamples.update(sample(4)))));
    inputs.put(
        "update, at most 1", (w, key) -> Optional.of(w.ask(WorkloadSamples.update(sample(1)))));
    inputs.put("look: used as wanted", (w, key) -> look(w, AS_WANTED));
    inputs.put("look: used twice as much", (w, key) -> look(w, 2 * AS_WANTED));
    inputs.put("look: used half as much", (w, key) -> look(w, AS_WANTED / 2));
    inputs.put("look: no node answers", (w, key) -> look(w, -1));
    inputs.put(
        "its target is deleted, look",
        (w, key) -> {
          w.ask(new ClientRequest.DeleteDeployment(Samples.name("web"), Optional.empty(), false));
          return look(w, AS_WANTED);
        });
    inputs.put(
        "its target is scaled to 0, look",
        (w, key) -> {
          w.ask(Samples.scale("web", 0));
          return look(w, AS_WANTED);
        });
    inputs.put(
        "a minute passes without a look",
        (w, key) -> {
          w.pass(Duration.ofMinutes(1));
          return Optional.empty();
        });
    inputs.put("delete", (w, key) -> Optional.of(w.ask(deletion(key, Optional.empty()))));
    inputs.put(
        "delete, meaning an earlier one",
        (w, key) -> Optional.of(w.ask(deletion(key, Optional.of("earlier")))));
    return inputs;
  }

  private static ClientRequest deletion(ObjectKey key, Optional<String> uid) {
    return new ClientRequest.DeleteObject(key, uid, false);
  }
}
