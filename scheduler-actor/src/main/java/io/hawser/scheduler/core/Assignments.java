package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.AssignedPod;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What each node should run, derived from the state alone: whatever is not sent, or sent twice, or
 * sent by the next scheduler, comes out the same.
 */
public final class Assignments {
  private Assignments() {}

  /**
   * What a decision changed for one node.
   *
   * @param changed pods that are new there, or to be stopped, or whose labels or sizes changed
   * @param removed uids of pods that no longer exist
   */
  public record Delta(List<AssignedPod> changed, List<String> removed) {}

  /** Names of the volumes whose directories a node is to remove. */
  public static List<String> volumesToRemove(ClusterState state, String node) {
    return List.copyOf(state.objects().volumesToRemove(node));
  }

  /** The whole of what a node should run, including what it should be stopping. */
  public static List<AssignedPod> of(ClusterState state, String node) {
    return state.podsOn(node).stream().map(pod -> assigned(state, pod)).toList();
  }

  /**
   * What is different for whom after a decision's events.
   *
   * @return by node; nodes with nothing new are left out
   */
  public static Map<String, Delta> between(
      ClusterState before, ClusterState after, Collection<SchedulerEvent> events) {
    Set<ObjectName> pods = new LinkedHashSet<>();
    for (SchedulerEvent event : events) {
      podOf(event).ifPresent(pods::add);
    }
    Map<String, Delta> deltas = new TreeMap<>();
    for (ObjectName name : pods) {
      Pod old = before.pods().get(name);
      Pod now = after.pods().get(name);
      boolean replaced = old != null && now != null && !old.uid().equals(now.uid());
      if (old != null && old.nodeName().isPresent() && (now == null || replaced)) {
        delta(deltas, old.nodeName().get()).removed().add(old.uid());
      }
      if (now != null && now.nodeName().isPresent()) {
        AssignedPod assigned = assigned(after, now);
        if (old == null || old.nodeName().isEmpty() || !assigned.equals(assigned(before, old))) {
          delta(deltas, now.nodeName().get()).changed().add(assigned);
        }
      }
    }
    removedVolumes(before, after).forEach(node -> delta(deltas, node));
    return deltas;
  }

  /** The nodes that are to remove other volumes now. */
  private static Set<String> removedVolumes(ClusterState before, ClusterState after) {
    if (before.objects().removedVolumes() == after.objects().removedVolumes()) {
      return Set.of();
    }
    Set<String> nodes = new TreeSet<>(before.objects().removedVolumes().keySet());
    nodes.addAll(after.objects().removedVolumes().keySet());
    nodes.removeIf(
        node ->
            before.objects().volumesToRemove(node).equals(after.objects().volumesToRemove(node)));
    return nodes;
  }

  private static Delta delta(Map<String, Delta> deltas, String node) {
    return deltas.computeIfAbsent(node, n -> new Delta(new ArrayList<>(), new ArrayList<>()));
  }

  private static Optional<ObjectName> podOf(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.PodPlaced e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodChanged e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodResized e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      return Optional.of(e.name());
    }
    return Optional.empty();
  }

  private static AssignedPod assigned(ClusterState state, Pod pod) {
    return new AssignedPod(
        pod.name(),
        pod.uid(),
        pod.meta().labels(),
        pod.meta().shownAnnotations(),
        pod.spec(),
        pod.deletion().map(Pod.Deletion::graceSeconds),
        Claims.volumes(state, pod));
  }
}
