package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.ApiObject;
import io.hawser.model.CronJob;
import io.hawser.model.DaemonSet;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.Job;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.PodTemplate;
import io.hawser.model.ReplicaSet;
import io.hawser.model.Scheduling;
import io.hawser.model.StatefulSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Workloads for tests, and what tests do to them. */
public final class WorkloadSamples {
  private WorkloadSamples() {}

  static ObjectMeta meta(String name) {
    return new ObjectMeta("default", name, "", 0, 0, Instant.EPOCH, Map.of(), Map.of());
  }

  static PodTemplate template(String image) {
    return new PodTemplate(Samples.LABELS, Map.of(), Samples.podSpec(image, 100));
  }

  public static Job.Spec jobSpec(int parallelism, Integer completions, boolean indexed) {
    return new Job.Spec(
        parallelism,
        Optional.ofNullable(completions),
        indexed,
        2,
        Optional.empty(),
        Optional.empty(),
        false,
        List.of(),
        template("v1"));
  }

  static Job.Spec suspended(Job.Spec spec, boolean suspended) {
    return new Job.Spec(
        spec.parallelism(),
        spec.completions(),
        spec.indexed(),
        spec.backoffLimit(),
        spec.activeDeadlineSeconds(),
        spec.ttlSecondsAfterFinished(),
        suspended,
        spec.failurePolicy(),
        spec.template());
  }

  static CronJob suspended(CronJob cron, boolean suspended) {
    CronJob.Spec spec = cron.spec();
    return new CronJob(
        cron.meta(),
        new CronJob.Spec(
            spec.schedule(),
            spec.timeZone(),
            spec.concurrency(),
            suspended,
            spec.startingDeadlineSeconds(),
            spec.successfulHistory(),
            spec.failedHistory(),
            spec.jobLabels(),
            spec.jobAnnotations(),
            spec.job()),
        cron.status());
  }

  public static Job job(String name, Job.Spec spec) {
    return new Job(meta(name), spec, Optional.empty(), Job.Status.NONE);
  }

  static CronJob cron(String name, String schedule, CronJob.Concurrency concurrency) {
    CronJob.Spec spec =
        new CronJob.Spec(
            schedule,
            Optional.empty(),
            concurrency,
            false,
            Optional.empty(),
            3,
            1,
            Map.of(),
            Map.of(),
            jobSpec(1, 1, false));
    return new CronJob(meta(name), spec, CronJob.Status.NONE);
  }

  public static DaemonSet daemon(String name, String image, int maxUnavailable) {
    DaemonSet.Spec spec =
        new DaemonSet.Spec(
            new LabelSelector(Samples.LABELS, List.of()),
            template(image),
            false,
            Amount.of(maxUnavailable),
            0,
            10);
    return new DaemonSet(meta(name), spec, List.of(), DaemonSet.Status.NONE);
  }

  public static StatefulSet stateful(
      String name, String image, int replicas, boolean parallel, int partition) {
    StatefulSet.Spec spec =
        new StatefulSet.Spec(
            replicas,
            new LabelSelector(Samples.LABELS, List.of()),
            template(image),
            "",
            parallel,
            false,
            partition,
            0,
            10);
    return new StatefulSet(meta(name), spec, List.of(), StatefulSet.Status.NONE);
  }

  public static ReplicaSet replicas(String name, int replicas, PodSpec pod) {
    LabelSelector selector = new LabelSelector(Samples.LABELS, List.of());
    return new ReplicaSet(
        meta(name),
        new ReplicaSet.Spec(replicas, selector, template(pod), 0),
        ReplicaSet.Status.NONE);
  }

  /** Parallel. */
  static StatefulSet members(String name, int replicas, PodSpec pod) {
    StatefulSet.Spec spec = stateful(name, "v1", replicas, true, 0).spec();
    return new StatefulSet(
        meta(name),
        new StatefulSet.Spec(
            replicas,
            spec.selector(),
            template(pod),
            spec.serviceName(),
            true,
            false,
            0,
            0,
            spec.revisionHistoryLimit()),
        List.of(),
        StatefulSet.Status.NONE);
  }

  static PodTemplate template(PodSpec pod) {
    return new PodTemplate(Samples.LABELS, Map.of(), pod);
  }

  /**
   * @param nodeSelector the labels of the nodes where it may be
   */
  static PodSpec pod(long cpuMillis, int priority, Map<String, String> nodeSelector) {
    Scheduling none = Scheduling.NONE;
    return Samples.podSpec("v1", cpuMillis, nodeSelector, List.of(), Optional.empty(), List.of())
        .withScheduling(
            new Scheduling(
                none.nodeAffinity(),
                none.podAffinity(),
                none.podAntiAffinity(),
                List.of(),
                Optional.of(priority),
                Optional.empty(),
                none.preemptionPolicy()));
  }

  /** Nodes of 4,000 thousandths of a core, each with its name as a label of this key. */
  static World labelledNodes(int count, String key) {
    World world = World.withNodes(count);
    for (int i = 1; i <= count; i++) {
      String node = "n" + i;
      world.ask(
          new ClientRequest.UpdateNode(
              node, Map.of(key, node), Map.of(), false, List.of(), Optional.empty()));
    }
    return world;
  }

  public static PodDisruptionBudget budget(
      String name, Integer minAvailable, Integer maxUnavailable) {
    return new PodDisruptionBudget(
        meta(name),
        new LabelSelector(Samples.LABELS, List.of()),
        Optional.ofNullable(minAvailable).map(Amount::of),
        Optional.ofNullable(maxUnavailable).map(Amount::of),
        PodDisruptionBudget.Status.NONE);
  }

  public static ClientRequest create(ApiObject object) {
    return new ClientRequest.CreateObject(object);
  }

  public static ClientRequest update(ApiObject object) {
    return new ClientRequest.UpdateObject(object, Optional.empty(), Optional.empty());
  }

  static List<Pod> pods(World world, String kind, String name) {
    return List.copyOf(world.state.podsOf(ObjectKey.of(kind, Samples.name(name))));
  }

  static List<Pod> live(World world, String kind, String name) {
    return pods(world, kind, name).stream().filter(p -> p.isActive() && !p.isDeleting()).toList();
  }

  static void end(World world, Pod pod, int exitCode) {
    Instant at = world.now;
    ContainerStatus container =
        new ContainerStatus(
            "main",
            "v1",
            "",
            "",
            ContainerState.terminated(Optional.of(at), at, exitCode, "Error"),
            Optional.empty(),
            false,
            false,
            0);
    PodStatus status =
        new PodStatus(
            exitCode == 0 ? PodPhase.SUCCEEDED : PodPhase.FAILED,
            Optional.empty(),
            Optional.empty(),
            Optional.of(at),
            List.of(),
            List.of(container),
            Optional.empty(),
            Optional.empty());
    world.report(pod.nodeName().orElseThrow(), Samples.report(pod, status));
  }
}
