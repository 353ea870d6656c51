package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.ContainerSize;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import io.hawser.model.ReplicaSet;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import io.hawser.model.StatefulSet;
import io.hawser.scheduler.core.placement.BudgetCounts;
import io.hawser.scheduler.core.placement.PlacementMemory;
import io.hawser.scheduler.core.placement.PlacementSettings;
import io.hawser.scheduler.core.placement.QuotaUse;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * What is kept of quotas and budgets, after events in any order, also such as no decision makes,
 * against a plain walk over the namespace's pods.
 */
class KeptCountsTest {
  private static final int TRIES = 50;
  private static final int STEPS = 120;
  private static final List<String> NAMESPACES = List.of("a", "b");
  private static final List<String> KINDS =
      List.of(Pod.Owner.DEPLOYMENT, "ReplicaSet", "StatefulSet", "Job");
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final Pod.Move MOVE = new Pod.Move(AT, "", 1, 1, Pod.Urgency.DUE, AT);

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("what is kept of quotas and budgets is what a walk over the pods finds")
  void keptEqualsTheWalk(@ForAll long seed) {
    Random random = new Random(seed);
    PlacementMemory memory = new PlacementMemory(PlacementSettings.DEFAULT);
    ClusterState state = ClusterState.EMPTY;
    for (int step = 0; step < STEPS; step++) {
      SchedulerEvent event = event(random);
      ClusterState next = state.evolve(event);
      if (random.nextInt(40) > 0) {
        memory.follow(state, event, next);
      } // else it was missed
      state = next;
      if (random.nextBoolean()) {
        check(memory, state, step, event);
      } // else not asked for
    }
  }

  private static void check(
      PlacementMemory memory, ClusterState state, int step, SchedulerEvent last) {
    for (PodDisruptionBudget budget : state.objects().all(PodDisruptionBudget.class)) {
      assertThat(memory.budgets().of(state, budget))
          .as("step %d: %s", step, last)
          .isEqualTo(walk(state, budget));
    }
    for (ResourceQuota quota : state.objects().all(ResourceQuota.class)) {
      QuotaUse.Amounts kept = memory.quotas().of(state, quota.meta().namespace());
      assertThat(
              List.of(
                  kept.of("pods"),
                  kept.of("requests.cpu"),
                  kept.of("requests.memory"),
                  kept.of("limits.cpu"),
                  kept.of("limits.memory"),
                  kept.of("services")))
          .as("step %d: %s", step, last)
          .isEqualTo(walk(state, quota.meta().namespace()));
    }
  }

  private static BudgetCounts.Counts walk(ClusterState state, PodDisruptionBudget budget) {
    int live = 0;
    int healthy = 0;
    int wanted = 0;
    Set<ObjectKey> owners = new HashSet<>();
    for (Pod pod : state.pods().values()) {
      boolean meant =
          pod.meta().namespace().equals(budget.meta().namespace())
              && budget.selector().matches(pod.meta().labels());
      if (meant) {
        boolean serves = pod.isActive() && !pod.isDeleting();
        live += serves && pod.move().isEmpty() ? 1 : 0;
        healthy += serves && pod.status().isReady() ? 1 : 0;
        if (pod.ownerKey().isPresent() && owners.add(pod.ownerKey().get())) {
          wanted += replicas(state, pod.ownerKey().get());
        }
      }
    }
    return new BudgetCounts.Counts(live, healthy, wanted);
  }

  private static int replicas(ClusterState state, ObjectKey owner) {
    return switch (owner.kind()) {
      case "Deployment" ->
          state.deployment(owner.objectName()).map(d -> d.spec().replicas()).orElse(0);
      case "ReplicaSet" ->
          state
              .objects()
              .find(ReplicaSet.class, owner.objectName())
              .map(s -> s.spec().replicas())
              .orElse(0);
      case "StatefulSet" ->
          state
              .objects()
              .find(StatefulSet.class, owner.objectName())
              .map(s -> s.spec().replicas())
              .orElse(0);
      default -> 0;
    };
  }

  private static List<Long> walk(ClusterState state, String namespace) {
    long[] sums = new long[6];
    for (Pod pod : state.pods().values()) {
      if (pod.meta().namespace().equals(namespace) && pod.isActive()) {
        ResourceAmounts limits = pod.spec().containers().get(0).limits();
        sums[0]++;
        sums[1] += pod.spec().effectiveRequests().cpuMillis();
        sums[2] += pod.spec().effectiveRequests().memoryBytes();
        sums[3] += limits.cpuMillis();
        sums[4] += limits.memoryBytes();
      }
    }
    return Arrays.stream(sums).boxed().toList();
  }

  private static SchedulerEvent event(Random random) {
    ObjectName pod = name(random, "p" + random.nextInt(6));
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> new SchedulerEvent.PodCreated(pod(random, pod), AT);
      case 3 -> new SchedulerEvent.PodChanged(pod, labels(random), Map.of(), AT);
      case 4 ->
          new SchedulerEvent.PodResized(
              pod, List.of(new ContainerSize("main", amounts(random), amounts(random))), AT);
      case 5 -> new SchedulerEvent.PodPlaced(pod, "n1", AT);
      case 6, 7 -> new SchedulerEvent.PodStatusChanged(pod, status(random), AT);
      case 8 -> new SchedulerEvent.PodDeletionRequested(pod, 1, "", AT);
      case 9 ->
          random.nextBoolean()
              ? new SchedulerEvent.PodMoveRequested(pod, MOVE, AT)
              : new SchedulerEvent.PodMoveEnded(pod, "", AT);
      case 10 -> new SchedulerEvent.PodRemoved(pod, "", AT);
      case 11 -> deployment(random);
      case 12 -> new SchedulerEvent.ObjectCreated(object(random), AT);
      default ->
          random.nextBoolean()
              ? new SchedulerEvent.ObjectChanged(object(random), AT)
              : new SchedulerEvent.ObjectDeleted(object(random).key(), AT);
    };
  }

  private static SchedulerEvent deployment(Random random) {
    ObjectMeta meta = meta(name(random, "o" + random.nextInt(2)), Map.of());
    int replicas = random.nextInt(9);
    ObjectName name = new ObjectName(meta.namespace(), meta.name());
    return switch (random.nextInt(3)) {
      case 0 ->
          new SchedulerEvent.DeploymentCreated(
              new Deployment(meta, Samples.spec(replicas, "v1"), List.of(), DeploymentStatus.NONE),
              AT);
      case 1 ->
          new SchedulerEvent.DeploymentChanged(
              name, Map.of(), Map.of(), Samples.spec(replicas, "v1"), List.of(), 2, AT);
      default -> new SchedulerEvent.DeploymentDeleted(name, AT);
    };
  }

  private static ApiObject object(Random random) {
    ObjectMeta meta = meta(name(random, "o" + random.nextInt(2)), Map.of());
    return switch (random.nextInt(4)) {
      case 0 -> new ResourceQuota(meta, Map.of("pods", 1L), ResourceQuota.Status.NONE);
      case 1 ->
          new PodDisruptionBudget(
              meta,
              new LabelSelector(random.nextInt(3) == 0 ? Map.of() : labels(random), List.of()),
              Optional.of(Amount.of(1)),
              Optional.empty(),
              PodDisruptionBudget.Status.NONE);
      case 2 -> WorkloadSamples.stateful("s", "v1", random.nextInt(9), false, 0).withMeta(meta);
      default ->
          new ReplicaSet(
              meta,
              new ReplicaSet.Spec(
                  random.nextInt(9),
                  new LabelSelector(Map.of(), List.of()),
                  WorkloadSamples.template("v1"),
                  0),
              ReplicaSet.Status.NONE);
    };
  }

  private static Pod pod(Random random, ObjectName name) {
    String kind = KINDS.get(random.nextInt(KINDS.size()));
    PodSpec spec = Samples.podSpec("v1", amounts(random));
    Optional<Pod.Owner> owner =
        random.nextInt(4) == 0
            ? Optional.empty()
            : Optional.of(new Pod.Owner(kind, "o" + random.nextInt(2), "uid", "hash"));
    return Samples.pod(name, labels(random), spec, owner, AT);
  }

  private static PodStatus status(Random random) {
    return random.nextInt(3) > 0
        ? Samples.running(AT)
        : Samples.ended(random.nextBoolean() ? PodPhase.FAILED : PodPhase.PENDING);
  }

  private static ResourceAmounts amounts(Random random) {
    return new ResourceAmounts(random.nextInt(5), random.nextInt(5), 0, Map.of());
  }

  private static Map<String, String> labels(Random random) {
    return Map.of("app", "v" + random.nextInt(2));
  }

  private static ObjectName name(Random random, String name) {
    return new ObjectName(NAMESPACES.get(random.nextInt(NAMESPACES.size())), name);
  }

  private static ObjectMeta meta(ObjectName name, Map<String, String> labels) {
    return new ObjectMeta(name.namespace(), name.name(), "uid", 1, 0, AT, labels, Map.of());
  }
}
