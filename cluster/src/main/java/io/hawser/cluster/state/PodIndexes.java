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
import java.util.concurrent.ForkJoinTask;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.pcollections.PSortedMap;
import org.pcollections.PSortedSet;
import org.pcollections.TreePMap;

/**
 * A state's pods and what follows from them, made at once of all of them, side by side on the
 * machine's processors.
 */
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
    Named named = Named.inOrder(pods);
    Owners owners = new Owners(named);
    ForkJoinTask<TreePMap<ObjectName, Pod>> all =
        ForkJoinTask.adapt(() -> InOrder.map(named.names, owners.pods)).fork();
    ForkJoinTask<PSortedMap<ObjectKey, PSortedSet<ObjectName>>> byOwner =
        ForkJoinTask.adapt(() -> sets(owners.byOwner, owned -> owned.names)).fork();
    Places places = new Places(named.names, owners.pods);
    Map<String, NodeLoad> loads = new HashMap<>();
    places.byNode.forEach(
        (node, there) -> {
          if (there.load.pods() > 0) {
            loads.put(node, there.load);
          }
        });
    return new PodIndexes(
        all.join(),
        sets(places.byNode, there -> there.names),
        byOwner.join(),
        InOrder.set(places.unplaced),
        InOrder.set(places.moving),
        InOrder.set(places.resizing),
        TreePMap.from(loads));
  }

  private static <K extends Comparable<? super K>, T> PSortedMap<K, PSortedSet<ObjectName>> sets(
      Map<K, T> index, Function<T, List<ObjectName>> names) {
    Map<K, PSortedSet<ObjectName>> sets = new HashMap<>();
    index.forEach((key, of) -> sets.put(key, InOrder.set(names.apply(of))));
    return TreePMap.from(sets);
  }

  /** Pods in the order of their names; each name is one object in all the indexes. */
  private record Named(List<ObjectName> names, List<Pod> pods) {

    static Named inOrder(List<Pod> pods) {
      List<ObjectName> names = pods.parallelStream().map(Pod::name).toList();
      boolean ascend =
          IntStream.range(1, names.size())
              .parallel()
              .allMatch(i -> names.get(i - 1).compareTo(names.get(i)) < 0);
      return ascend ? new Named(names, pods) : sorted(pods);
    }

    private static Named sorted(List<Pod> pods) {
      TreeMap<ObjectName, Pod> sorted = new TreeMap<>();
      pods.forEach(pod -> sorted.put(pod.name(), pod));
      return new Named(List.copyOf(sorted.keySet()), List.copyOf(sorted.values()));
    }
  }

  /** The pods of one owner so far. */
  private static final class Owned {
    private final List<ObjectName> names = new ArrayList<>();
    private Pod last;

    /** Returns the pod, sharing what it has in common with the one before. */
    private Pod add(ObjectName name, Pod found) {
      last = last == null ? found : found.sharing(last);
      names.add(name);
      return last;
    }
  }

  /** The pods by their owners. Lists that ascend as the pods do. */
  private static final class Owners {
    private final List<Pod> pods;
    private final Map<ObjectKey, Owned> byOwner = new HashMap<>();
    private Pod before;
    private Owned ofBefore;

    Owners(Named all) {
      pods = new ArrayList<>(all.pods.size());
      int next = 0;
      for (Pod found : all.pods) {
        ObjectName name = all.names.get(next++);
        pods.add(found.owner().isEmpty() ? found : of(found).add(name, found));
      }
    }

    /** Pods of one owner mostly follow each other, and share it. */
    private Owned of(Pod pod) {
      boolean same =
          before != null
              && pod.owner() == before.owner()
              && pod.meta().namespace().equals(before.meta().namespace());
      if (!same) {
        ofBefore = byOwner.computeIfAbsent(pod.ownerKey().get(), key -> new Owned());
        before = pod;
      }
      return ofBefore;
    }
  }

  /** The pods of one node so far. */
  private static final class OnNode {
    private final List<ObjectName> names = new ArrayList<>();
    private NodeLoad load = NodeLoad.NONE;
  }

  /** The pods by their nodes. Lists that ascend as the pods do. */
  private static final class Places {
    private final Map<String, OnNode> byNode = new HashMap<>();
    private final List<ObjectName> unplaced = new ArrayList<>();
    private final List<ObjectName> moving = new ArrayList<>();
    private final List<ObjectName> resizing = new ArrayList<>();
    private final Map<PodSpec, NodeLoad> ofOne = new IdentityHashMap<>();

    Places(List<ObjectName> names, List<Pod> pods) {
      int next = 0;
      for (Pod pod : pods) {
        add(names.get(next++), pod);
      }
    }

    private void add(ObjectName name, Pod pod) {
      Optional<String> node = pod.nodeName();
      if (node.isEmpty()) {
        unplaced.add(name);
      } else {
        OnNode there = byNode.computeIfAbsent(node.get(), n -> new OnNode());
        there.names.add(name);
        if (ClusterState.takesRoom(pod)) {
          NodeLoad one = ofOne.computeIfAbsent(pod.spec(), NodeLoad.NONE::plus);
          there.load = there.load.plus(one);
        }
      }
      if (pod.move().isPresent()) {
        moving.add(name);
      }
      if (pod.resize().isPresent()) {
        resizing.add(name);
      }
    }
  }
}
