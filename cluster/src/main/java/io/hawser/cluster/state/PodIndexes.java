package io.hawser.cluster.state;

import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.pcollections.PSortedMap;
import org.pcollections.PSortedSet;
import org.pcollections.TreePMap;

/** A state's pods and what follows from them, made at once of all of them. */
record PodIndexes(
    PSortedMap<ObjectName, Pod> pods,
    PSortedMap<String, PSortedSet<ObjectName>> podsByNode,
    PSortedMap<ObjectKey, PSortedSet<ObjectName>> podsByOwner,
    PSortedSet<ObjectName> unplaced,
    PSortedSet<ObjectName> moving,
    PSortedSet<ObjectName> resizing,
    PSortedMap<String, NodeLoad> loads) {

  /**
   * @param pods fastest in the order of their names; of two of one name the later counts
   */
  static PodIndexes of(List<Pod> pods) {
    return new Building(inOrder(pods)).done();
  }

  private static List<Pod> inOrder(List<Pod> pods) {
    ObjectName before = null;
    for (Pod pod : pods) {
      ObjectName name = pod.name();
      if (before != null && before.compareTo(name) >= 0) {
        TreeMap<ObjectName, Pod> sorted = new TreeMap<>();
        pods.forEach(p -> sorted.put(p.name(), p));
        return List.copyOf(sorted.values());
      }
      before = name;
    }
    return pods;
  }

  /** The pods of one owner so far. */
  private static final class Owned {
    private final List<ObjectName> names = new ArrayList<>();
    private Pod last;
  }

  /** Lists that grow until all pods are in; each ascends as the pods do. */
  private static final class Building {
    private final List<Pod> pods;
    private final Map<String, List<ObjectName>> byNode = new HashMap<>();
    private final Map<ObjectKey, Owned> byOwner = new HashMap<>();
    private final List<ObjectName> unplaced = new ArrayList<>();
    private final List<ObjectName> moving = new ArrayList<>();
    private final List<ObjectName> resizing = new ArrayList<>();
    private final Map<String, NodeLoad> loads = new HashMap<>();
    private final Map<PodSpec, NodeLoad> ofOne = new IdentityHashMap<>();

    Building(List<Pod> all) {
      pods = new ArrayList<>(all.size());
      all.forEach(pod -> pods.add(add(pod)));
    }

    /** Indexes a pod. Returns it, sharing what it has in common with its owner's one before. */
    private Pod add(Pod found) {
      ObjectName name = found.name();
      Optional<Owned> owner =
          found.ownerKey().map(key -> byOwner.computeIfAbsent(key, k -> new Owned()));
      Pod pod = owner.map(owned -> owned.last).map(found::sharing).orElse(found);
      owner.ifPresent(
          owned -> {
            owned.last = pod;
            owned.names.add(name);
          });
      pod.nodeName()
          .map(node -> byNode.computeIfAbsent(node, n -> new ArrayList<>()))
          .orElse(unplaced)
          .add(name);
      if (pod.move().isPresent()) {
        moving.add(name);
      }
      if (pod.resize().isPresent()) {
        resizing.add(name);
      }
      if (ClusterState.takesRoom(pod)) {
        NodeLoad one = ofOne.computeIfAbsent(pod.spec(), NodeLoad.NONE::plus);
        loads.merge(pod.nodeName().get(), one, NodeLoad::plus);
      }
      return pod;
    }

    PodIndexes done() {
      return new PodIndexes(
          InOrder.map(pods, Pod::name),
          sets(byNode, Function.identity()),
          sets(byOwner, owned -> owned.names),
          InOrder.set(unplaced),
          InOrder.set(moving),
          InOrder.set(resizing),
          TreePMap.from(loads));
    }

    private static <K extends Comparable<? super K>, T> PSortedMap<K, PSortedSet<ObjectName>> sets(
        Map<K, T> index, Function<T, List<ObjectName>> names) {
      Map<K, PSortedSet<ObjectName>> sets = new HashMap<>();
      index.forEach((key, of) -> sets.put(key, InOrder.set(names.apply(of))));
      return TreePMap.from(sets);
    }
  }
}
