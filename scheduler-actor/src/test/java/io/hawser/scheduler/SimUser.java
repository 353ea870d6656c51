package io.hawser.scheduler;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ContainerSize;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import io.hawser.model.ReplicaSet;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.PreemptionPolicy;
import io.hawser.model.StatefulSet.ClaimRetention;
import io.hawser.scheduler.core.ClaimSamples;
import io.hawser.scheduler.core.Samples;
import io.hawser.scheduler.core.WorkloadSamples;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** What users of a simulated cluster ask for: every kind of workload, drains, deletions, sizes. */
final class SimUser {
  /** Pods of these end by themselves. */
  static final String JOB = "job";

  /** What a pod of the web asks for when it was not resized. */
  private static final long USUAL_CPU = 600;

  /** A claim that pods by hand use. */
  private static final String SHARED = "shared";

  private final Random random;
  private int made;

  SimUser(Random random) {
    this.random = random;
  }

  /** What there is in every story. */
  List<ClientRequest> begin() {
    return List.of(
        WorkloadSamples.create(WorkloadSamples.budget("b", 1, null)),
        WorkloadSamples.create(ClaimSamples.stateful("s", "v1", 2, false, ClaimRetention.RETAIN)),
        ClaimSamples.createClaim(SHARED),
        WorkloadSamples.create(WorkloadSamples.daemon("d", "v1", 1)),
        WorkloadSamples.create(replicas(2)),
        WorkloadSamples.create(
            WorkloadSamples.job(JOB, WorkloadSamples.jobSpec(2, 4, random.nextBoolean()))),
        Samples.create("web", web(3)));
  }

  /** What makes it possible for everything to be well. */
  List<ClientRequest> end(ClusterState state) {
    Stream<ClientRequest> nodes =
        state.nodes().values().stream().filter(Node::unschedulable).map(n -> cordon(n, false));
    Stream<ClientRequest> orphans =
        state.pods().values().stream()
            .filter(p -> p.owner().isEmpty())
            .map(p -> Samples.deletePod(p.name()));
    Stream<ClientRequest> sizes =
        state.pods().values().stream()
            .filter(p -> p.desiredSpec().effectiveRequests().cpuMillis() > USUAL_CPU)
            .map(p -> resize(p, USUAL_CPU));
    return Stream.concat(
            Stream.of(nodes, orphans, sizes).flatMap(requests -> requests),
            Stream.of(
                Samples.create("web", web(2)),
                Samples.update("web", web(2)),
                Samples.update("db", db(2)),
                WorkloadSamples.update(replicas(1))))
        .toList();
  }

  private String image() {
    return "v" + random.nextInt(3);
  }

  private DeploymentSpec web(int replicas) {
    return Samples.spec(
        replicas,
        Samples.podSpec(image(), USUAL_CPU),
        random.nextInt(5) == 0 ? Samples.recreate() : Samples.rolling(1, random.nextInt(2)));
  }

  /** More important than the others: may push them out. */
  private DeploymentSpec db(int replicas) {
    Scheduling important =
        new Scheduling(
            Scheduling.NONE.nodeAffinity(),
            Scheduling.NONE.podAffinity(),
            Scheduling.NONE.podAntiAffinity(),
            List.of(),
            Optional.of(1_000),
            Optional.empty(),
            PreemptionPolicy.PREEMPT_LOWER_PRIORITY);
    return Samples.spec(
        replicas, Samples.podSpec(image(), 1_200).withScheduling(important), Samples.rolling(1, 1));
  }

  /** Something, or nothing. */
  Optional<ClientRequest> next(ClusterState state) {
    return switch (random.nextInt(140)) {
      case 0, 1 -> Optional.of(Samples.create("web", web(random.nextInt(8))));
      case 2, 3, 4 -> Optional.of(Samples.update("web", web(random.nextInt(8))));
      case 5 -> Optional.of(Samples.create("db", db(random.nextInt(4))));
      case 6 -> Optional.of(Samples.update("db", db(random.nextInt(4))));
      case 7 -> anyPod(state).map(Samples::deletePod);
      case 8, 9, 10 -> anyPod(state).map(this::evict);
      case 11 -> Optional.of(stateful(random.nextInt(4)));
      case 18 -> Optional.of(WorkloadSamples.update(replicas(random.nextInt(4))));
      case 12 -> Optional.of(WorkloadSamples.update(WorkloadSamples.daemon("d", image(), 1)));
      case 13, 14 -> anyNode(state).map(n -> cordon(n, !n.unschedulable()));
      case 15 ->
          Optional.of(
              new ClientRequest.DeleteDeployment(
                  Samples.name("db"), Optional.empty(), random.nextInt(4) == 0));
      case 16, 17 ->
          anyPod(state)
              .flatMap(state::pod)
              .map(p -> resize(p, USUAL_CPU * (1 + random.nextInt(8))));
      case 30 -> anyClaim(state);
      case 31 -> Optional.of(ClaimSamples.createClaim(SHARED));
      case 32, 33 -> Optional.of(Samples.createPod("user-" + made++, ClaimSamples.using(SHARED)));
      default -> Optional.empty();
    };
  }

  /** Its data is given up. */
  private Optional<ClientRequest> anyClaim(ClusterState state) {
    List<PersistentVolumeClaim> claims =
        List.copyOf(state.objects().all(PersistentVolumeClaim.class));
    return claims.isEmpty()
        ? Optional.empty()
        : Optional.of(claims.get(random.nextInt(claims.size())).meta().name())
            .map(ClaimSamples::deleteClaim);
  }

  private static ReplicaSet replicas(int replicas) {
    return WorkloadSamples.replicas("r", replicas, Samples.podSpec("v1", USUAL_CPU / 2));
  }

  private ClientRequest stateful(int replicas) {
    return WorkloadSamples.update(
        ClaimSamples.stateful(
            "s",
            image(),
            replicas,
            random.nextInt(4) == 0,
            new ClaimRetention(false, random.nextBoolean())));
  }

  private static ClientRequest resize(Pod pod, long cpuMillis) {
    ContainerSize size = ContainerSize.of(pod.spec().containers().get(0));
    ResourceAmounts requests =
        new ResourceAmounts(cpuMillis, size.requests().memoryBytes(), 0, Map.of());
    return new ClientRequest.ResizePod(
        pod.name(),
        List.of(new ContainerSize(size.name(), requests, size.limits())),
        Optional.empty());
  }

  private ClientRequest evict(ObjectName pod) {
    Optional<Long> within = random.nextBoolean() ? Optional.of(20L) : Optional.empty();
    return new ClientRequest.DeletePod(pod, Optional.empty(), Optional.empty(), true, within);
  }

  private Optional<ObjectName> anyPod(ClusterState state) {
    return state.pods().keySet().stream().skip(random.nextInt(state.pods().size() + 1)).findFirst();
  }

  private Optional<Node> anyNode(ClusterState state) {
    return state.nodes().values().stream().skip(random.nextInt(4)).findFirst();
  }

  private static ClientRequest cordon(Node node, boolean cordoned) {
    return new ClientRequest.UpdateNode(
        node.name(),
        node.meta().labels(),
        node.meta().annotations(),
        cordoned,
        node.taints(),
        Optional.empty());
  }
}
