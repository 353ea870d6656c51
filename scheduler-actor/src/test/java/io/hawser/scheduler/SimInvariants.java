package io.hawser.scheduler;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec.StrategyType;
import io.hawser.model.Job;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.scheduler.core.SchedulerInput;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What holds after every decision and every step of a simulation. */
final class SimInvariants {
  private SimInvariants() {}

  /** Of every state that a step leads to. */
  static void of(ClusterState state) {
    capacityIsKept(state);
    pendingPodsHaveAReason(state);
    indexesAreTrue(state);
    aDaemonSetHasOnePodOnANode(state);
    volumesAreWhereTheirPodsAre(state);
  }

  static void afterDecision(
      ClusterState before, SchedulerInput input, List<SchedulerEvent> events, ClusterState after) {
    if (events.isEmpty()) {
      return;
    }
    evictionsKeepTheBudget(before, events, after);
    if (input instanceof SchedulerInput.Tick) {
      timeAloneKeepsDeploymentsAvailable(before, after);
    }
    jobsCountRight(before, after);
    aClaimIsBoundOnce(before, after);
    check(after.revision() == before.revision() + events.size(), () -> "revisions have a gap");
  }

  private static void check(boolean holds, Supplier<String> what) {
    if (!holds) {
      throw new AssertionError(what.get());
    }
  }

  private static void capacityIsKept(ClusterState state) {
    for (Node node : state.nodes().values()) {
      long used =
          state.podsOn(node.name()).stream()
              .filter(Pod::isActive)
              .mapToLong(p -> p.spec().effectiveRequests().cpuMillis())
              .sum();
      check(used <= node.info().capacity().cpuMillis(), () -> "over capacity: " + node.name());
      long counted = state.loadOf(node.name()).requested().cpuMillis();
      check(used == counted, () -> node.name() + " counts " + counted + ", has " + used);
    }
  }

  private static void pendingPodsHaveAReason(ClusterState state) {
    for (ObjectName name : state.unplaced()) {
      Pod pod = state.pods().get(name);
      check(pod.unschedulable().isPresent(), () -> "pending without a reason: " + name);
    }
  }

  private static void indexesAreTrue(ClusterState state) {
    Set<ObjectName> unplaced = new HashSet<>();
    Set<ObjectName> moving = new HashSet<>();
    for (Pod pod : state.pods().values()) {
      if (pod.nodeName().isEmpty()) {
        unplaced.add(pod.name());
      }
      if (pod.move().isPresent()) {
        moving.add(pod.name());
        check(!pod.isDeleting(), () -> "stopping and moving: " + pod.name());
      }
    }
    check(unplaced.equals(Set.copyOf(state.unplaced())), () -> "the index of pods without a node");
    check(moving.equals(Set.copyOf(state.moving())), () -> "the index of moves");
  }

  private static void aDaemonSetHasOnePodOnANode(ClusterState state) {
    Set<String> seen = new HashSet<>();
    for (Pod pod : state.pods().values()) {
      boolean daemon = pod.owner().filter(o -> o.kind().equals("DaemonSet")).isPresent();
      if (daemon && !pod.isDeleting() && pod.isActive() && pod.nodeName().isPresent()) {
        check(seen.add(pod.nodeName().get()), () -> "two daemons on " + pod.nodeName().get());
      }
    }
  }

  private static Optional<PersistentVolumeClaim> claim(ClusterState state, ObjectName name) {
    return state.objects().find(PersistentVolumeClaim.class, name);
  }

  private static void volumesAreWhereTheirPodsAre(ClusterState state) {
    for (PersistentVolumeClaim claim : state.objects().all(PersistentVolumeClaim.class)) {
      if (claim.isBound()) {
        ObjectName name = new ObjectName("", claim.status().volume().orElseThrow());
        PersistentVolume volume = state.objects().find(PersistentVolume.class, name).orElseThrow();
        check(
            !volume.isReleased()
                && volume.claim().uid().equals(claim.meta().uid())
                && claim.status().node().equals(Optional.of(volume.node())),
            () -> claim + " and " + volume);
      }
    }
    for (PersistentVolume volume : state.objects().all(PersistentVolume.class)) {
      boolean used =
          claim(state, volume.claim().objectName())
              .filter(c -> c.meta().uid().equals(volume.claim().uid()))
              .isPresent();
      check(used != volume.isReleased(), () -> "claimed " + used + ": " + volume);
    }
    for (Pod pod : state.pods().values()) {
      for (String name : pod.spec().claimNames()) {
        Optional<String> at =
            claim(state, new ObjectName(pod.meta().namespace(), name))
                .flatMap(c -> c.status().node());
        check(
            pod.nodeName().isEmpty() || pod.nodeName().equals(at),
            () -> pod.name() + " is on " + pod.nodeName() + ", its claim on " + at);
      }
    }
  }

  private static void aClaimIsBoundOnce(ClusterState before, ClusterState after) {
    for (PersistentVolumeClaim old : before.objects().all(PersistentVolumeClaim.class)) {
      boolean same =
          claim(after, old.objectName())
              .filter(now -> now.meta().uid().equals(old.meta().uid()))
              .map(now -> now.status().volume().equals(old.status().volume()))
              .orElse(true);
      check(same || !old.isBound(), () -> "bound anew: " + old);
    }
  }

  /** Whatever the scheduler thinks: of what really runs. */
  static void aMembersNameRunsOnce(Collection<SimNode> nodes) {
    Map<ObjectName, String> at = new HashMap<>();
    for (SimNode node : nodes) {
      for (ObjectName name : node.names()) {
        if (isMember(name.name())) {
          String other = at.putIfAbsent(name, node.name);
          check(other == null, () -> name + " runs on " + other + " and " + node.name);
        }
      }
    }
  }

  /** Of the stateful set {@code s}: a dash and a number. */
  private static boolean isMember(String name) {
    return name.length() > 2
        && name.startsWith("s-")
        && name.chars().skip(2).allMatch(Character::isDigit);
  }

  private static long healthy(ClusterState state, PodDisruptionBudget budget) {
    return state.podsIn(budget.meta().namespace()).stream()
        .filter(p -> budget.selector().matches(p.meta().labels()))
        .filter(p -> p.status().isReady() && p.isActive() && !p.isDeleting())
        .count();
  }

  /** Only where nothing but evictions and moves stops pods: rollouts keep bounds of their own. */
  private static void evictionsKeepTheBudget(
      ClusterState before, List<SchedulerEvent> events, ClusterState after) {
    List<SchedulerEvent.PodDeletionRequested> stops =
        events.stream()
            .filter(SchedulerEvent.PodDeletionRequested.class::isInstance)
            .map(SchedulerEvent.PodDeletionRequested.class::cast)
            .toList();
    boolean onlyEvictions =
        !stops.isEmpty()
            && stops.stream()
                .allMatch(s -> s.reason().equals("evicted") || s.reason().startsWith("preempted"));
    boolean othersEnd =
        events.stream()
            .anyMatch(
                e ->
                    e instanceof SchedulerEvent.PodRemoved
                        || e instanceof SchedulerEvent.PodStatusChanged);
    if (!onlyEvictions || othersEnd) {
      return;
    }
    for (PodDisruptionBudget budget : after.objects().all(PodDisruptionBudget.class)) {
      long was = healthy(before, budget);
      long is = healthy(after, budget);
      int floor = budget.minAvailable().orElseThrow().of(0, true);
      check(is >= Math.min(was, floor), () -> "budget broken: " + was + " -> " + is + " " + stops);
    }
  }

  private static long ready(ClusterState state, Deployment deployment) {
    return state.podsOf(deployment.name()).stream()
        .filter(p -> p.status().isReady() && p.isActive() && !p.isDeleting())
        .count();
  }

  /** A move whose time is up may go first; else a rollout alone stops nobody below its minimum. */
  private static void timeAloneKeepsDeploymentsAvailable(ClusterState before, ClusterState after) {
    for (Deployment deployment : after.deployments().values()) {
      boolean rolls = deployment.spec().strategy().type() == StrategyType.ROLLING_UPDATE;
      boolean moves = before.podsOf(deployment.name()).stream().anyMatch(p -> p.move().isPresent());
      if (rolls && !moves && before.deployments().containsKey(deployment.name())) {
        long was = ready(before, deployment);
        long is = ready(after, deployment);
        int desired = deployment.spec().replicas();
        int unavailable = deployment.spec().strategy().maxUnavailable().of(desired, false);
        check(
            is >= Math.min(was, desired - Math.max(1, unavailable)),
            () -> deployment.name() + " ready " + was + " -> " + is);
      }
    }
  }

  private static void jobsCountRight(ClusterState before, ClusterState after) {
    for (ApiObject object : after.objects().all(Job.class)) {
      Job job = (Job) object;
      int most = job.spec().completions().orElse(Integer.MAX_VALUE);
      check(job.status().succeeded() <= most, () -> job.objectName() + " counts " + job.status());
      boolean wasFinished =
          before.objects().find(Job.class, job.objectName()).filter(Job::isFinished).isPresent();
      check(!wasFinished || job.isFinished(), () -> "a finished job goes on");
    }
  }
}
