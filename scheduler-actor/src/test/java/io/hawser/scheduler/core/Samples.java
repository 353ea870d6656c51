package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.DeploymentSpec.Strategy;
import io.hawser.model.DeploymentSpec.StrategyType;
import io.hawser.model.LabelSelector;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import io.hawser.model.PodTemplate;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Toleration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Plain objects for tests. */
public final class Samples {
  static final long GIB = 1L << 30;
  static final Map<String, String> LABELS = Map.of("app", "web");

  private Samples() {}

  public static ObjectName name(String name) {
    return new ObjectName("default", name);
  }

  /** Four cores, eight gibibytes. */
  public static NodeInfo node(String name) {
    return node(name, "run-1", 4_000, 110);
  }

  public static NodeInfo node(String name, String incarnation, String address) {
    return node(name, incarnation, address, 16_000, 1_000);
  }

  /** Four cores at a cluster's address. */
  public static NodeInfo roomy(String name, String address) {
    return node(name, "run-1", address, 4_000, 110);
  }

  /** So small that pods are in each other's way. */
  public static NodeInfo small(String name, String incarnation, String address) {
    return node(name, incarnation, address, 3_000, 20);
  }

  public static NodeInfo node(String name, String incarnation, long cpuMillis, int maxPods) {
    return node(name, incarnation, "pekko://hawser@" + name + ":7351", cpuMillis, maxPods);
  }

  private static NodeInfo node(
      String name, String incarnation, String address, long cpuMillis, int maxPods) {
    return new NodeInfo(
        name,
        incarnation,
        address,
        "10.0.0.1",
        "",
        Set.of("worker"),
        "10.244.1.0/24",
        new ResourceAmounts(cpuMillis, 8 * GIB, 100 * GIB, Map.of()),
        maxPods,
        "amd64",
        "6.1",
        "Debian",
        "0.1.0");
  }

  public static PodSpec podSpec(String image, long cpuMillis) {
    return podSpec(image, cpuMillis, Map.of(), List.of(), Optional.empty(), List.of());
  }

  static PodSpec podSpec(
      String image,
      long cpuMillis,
      Map<String, String> nodeSelector,
      List<Toleration> tolerations,
      Optional<String> nodeName,
      List<PodContainer.Port> ports) {
    return podSpec(
        image,
        new ResourceAmounts(cpuMillis, 64L << 20, 0, Map.of()),
        nodeSelector,
        tolerations,
        nodeName,
        ports);
  }

  static PodSpec podSpec(String image, ResourceAmounts requests) {
    return podSpec(image, requests, Map.of(), List.of(), Optional.empty(), List.of());
  }

  private static PodSpec podSpec(
      String image,
      ResourceAmounts requests,
      Map<String, String> nodeSelector,
      List<Toleration> tolerations,
      Optional<String> nodeName,
      List<PodContainer.Port> ports) {
    PodContainer container =
        new PodContainer(
            "main",
            image,
            PodContainer.ImagePullPolicy.IF_NOT_PRESENT,
            List.of(),
            List.of(),
            Optional.empty(),
            List.of(),
            ports,
            requests,
            ResourceAmounts.NONE,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            PodContainer.SecurityContext.DEFAULT,
            false,
            false);
    return new PodSpec(
        List.of(),
        List.of(container),
        List.of(),
        PodSpec.RestartPolicy.ALWAYS,
        30,
        nodeSelector,
        tolerations,
        nodeName,
        Optional.empty(),
        false,
        PodContainer.SecurityContext.DEFAULT);
  }

  public static DeploymentSpec spec(int replicas, String image) {
    return spec(replicas, podSpec(image, 100), Strategy.DEFAULT);
  }

  public static DeploymentSpec spec(int replicas, PodSpec pod, Strategy strategy) {
    return new DeploymentSpec(
        replicas,
        new LabelSelector(LABELS, List.of()),
        new PodTemplate(LABELS, Map.of(), pod),
        strategy,
        0,
        DeploymentSpec.DEFAULT_PROGRESS_DEADLINE_SECONDS,
        DeploymentSpec.DEFAULT_REVISION_HISTORY_LIMIT,
        false);
  }

  static DeploymentSpec paused(DeploymentSpec spec, boolean paused) {
    return new DeploymentSpec(
        spec.replicas(),
        spec.selector(),
        spec.template(),
        spec.strategy(),
        spec.minReadySeconds(),
        spec.progressDeadlineSeconds(),
        spec.revisionHistoryLimit(),
        paused);
  }

  static DeploymentSpec minReady(DeploymentSpec spec, int seconds) {
    return new DeploymentSpec(
        spec.replicas(),
        spec.selector(),
        spec.template(),
        spec.strategy(),
        seconds,
        spec.progressDeadlineSeconds(),
        spec.revisionHistoryLimit(),
        spec.paused());
  }

  public static Strategy rolling(int surge, int unavailable) {
    return new Strategy(StrategyType.ROLLING_UPDATE, Amount.of(surge), Amount.of(unavailable));
  }

  public static Strategy recreate() {
    return new Strategy(StrategyType.RECREATE, Amount.of(0), Amount.of(0));
  }

  public static ClientRequest.CreateDeployment create(String name, DeploymentSpec spec) {
    return new ClientRequest.CreateDeployment(name(name), LABELS, Map.of(), spec);
  }

  public static ClientRequest.UpdateDeployment update(String name, DeploymentSpec spec) {
    return new ClientRequest.UpdateDeployment(
        name(name), LABELS, Map.of(), spec, Optional.empty(), Optional.empty());
  }

  static ClientRequest.ScaleDeployment scale(String name, int replicas) {
    return new ClientRequest.ScaleDeployment(name(name), replicas, Optional.empty());
  }

  static ClientRequest.DeleteDeployment delete(String name) {
    return new ClientRequest.DeleteDeployment(name(name), Optional.empty(), false);
  }

  public static ClientRequest.CreatePod createPod(String name, PodSpec spec) {
    return new ClientRequest.CreatePod(name(name), Map.of(), Map.of(), spec);
  }

  public static ClientRequest.DeletePod deletePod(ObjectName name) {
    return new ClientRequest.DeletePod(name, Optional.empty(), Optional.empty(), false);
  }

  /** One that waits, of no controller or of some. */
  static Pod pod(
      ObjectName name,
      Map<String, String> labels,
      PodSpec spec,
      Optional<Pod.Owner> owner,
      Instant createdAt) {
    ObjectMeta meta =
        new ObjectMeta(
            name.namespace(), name.name(), "uid-" + name.name(), 1, 0, createdAt, labels, Map.of());
    return Pod.created(meta, spec, owner);
  }

  public static Pod placedPod(String name, String node) {
    Instant at = Instant.parse("2026-01-01T00:00:00Z");
    return pod(name(name), Map.of(), podSpec("v1", 100), Optional.empty(), at).placedOn(node, at);
  }

  public static PodStatus running(Instant readySince) {
    return status(PodPhase.RUNNING, Optional.of(readySince));
  }

  public static PodStatus ended(PodPhase phase) {
    return status(phase, Optional.empty());
  }

  public static PodStatus status(PodPhase phase, Optional<Instant> readySince) {
    return new PodStatus(
        phase,
        readySince,
        Optional.of("10.244.1.2"),
        Optional.empty(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  static PodReport report(Pod pod, PodStatus status) {
    return new PodReport(pod.name(), pod.uid(), status, false);
  }
}
