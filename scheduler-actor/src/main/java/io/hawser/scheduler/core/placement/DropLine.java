package io.hawser.scheduler.core.placement;

import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodStatus.ContainerStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Some pods of one owner in the order in which it does without them: those without a node, those
 * that are not ready, then evenly from all nodes, the youngest first. Kept while they come, change
 * and go, so that one of them costs a look at its neighbours on its node, not at all.
 */
public final class DropLine {
  /** In the order in which they are done without. */
  private enum Part {
    UNPLACED,
    UNREADY_MOVING,
    UNREADY,
    READY_MOVING,
    READY;

    static Part of(Pod pod) {
      boolean moving = pod.move().isPresent();
      if (pod.nodeName().isEmpty()) {
        return UNPLACED;
      } else if (pod.status().isReady()) {
        return moving ? READY_MOVING : READY;
      }
      return moving ? UNREADY_MOVING : UNREADY;
    }
  }

  private static final Comparator<Pod> OLDEST_FIRST =
      Comparator.comparing((Pod p) -> !p.status().isReady())
          .thenComparing(p -> p.meta().createdAt())
          .thenComparing(Pod::name);

  /**
   * @param rank the n-th pod on its node, so that the highest ones are evenly from all nodes; 0
   *     without a node
   */
  private record Ranked(Pod pod, int rank) {}

  private static final Comparator<Ranked> ORDER =
      Comparator.comparing((Ranked r) -> Part.of(r.pod()))
          .thenComparing(r -> r.pod().move().isEmpty())
          .thenComparing(r -> -r.rank())
          .thenComparing(r -> r.pod().meta().createdAt(), Comparator.reverseOrder())
          .thenComparing(r -> r.pod().name());

  private final Map<ObjectName, Pod> all = new HashMap<>();

  /** The oldest first. */
  private final Map<String, List<Pod>> onNode = new HashMap<>();

  /** Of each node the highest in rank of each part; of pods without a node all. */
  private final Map<Part, TreeSet<Ranked>> heads = new EnumMap<>(Part.class);

  private final Map<String, List<Ranked>> headsOf = new HashMap<>();

  /** Nodes whose heads are worked out when somebody asks for the order. */
  private final Set<String> changed = new HashSet<>();

  private final TreeMap<Instant, TreeSet<ObjectName>> readySince = new TreeMap<>();
  private int ready;
  private int nowhere;
  private int restarted;

  public DropLine() {
    for (Part part : Part.values()) {
      heads.put(part, new TreeSet<>(ORDER));
    }
  }

  public void add(Pod pod) {
    count(pod, 1);
    all.put(pod.name(), pod);
    Optional<String> node = pod.nodeName();
    if (node.isEmpty()) {
      heads.get(Part.UNPLACED).add(new Ranked(pod, 0));
      return;
    }
    List<Pod> there = onNode.computeIfAbsent(node.get(), n -> new ArrayList<>());
    there.add(-1 - Collections.binarySearch(there, pod, OLDEST_FIRST), pod);
    changed.add(node.get());
  }

  /** Takes out the pod of this name as it was put in. */
  public void remove(Pod pod) {
    Pod old = all.remove(pod.name());
    count(old, -1);
    Optional<String> node = old.nodeName();
    if (node.isEmpty()) {
      heads.get(Part.UNPLACED).remove(new Ranked(old, 0));
      return;
    }
    List<Pod> there = onNode.get(node.get());
    there.remove(rank(old) - 1);
    if (there.isEmpty()) {
      onNode.remove(node.get());
    }
    changed.add(node.get());
  }

  private int rank(Pod pod) {
    return pod.nodeName()
        .map(node -> Collections.binarySearch(onNode.get(node), pod, OLDEST_FIRST) + 1)
        .orElse(0);
  }

  /** All old ones go first: a pod may be on another node now, at the same rank. */
  private void rankHeads() {
    for (String node : changed) {
      List<Ranked> old = headsOf.remove(node);
      if (old != null) {
        old.forEach(head -> heads.get(Part.of(head.pod())).remove(head));
      }
    }
    for (String node : changed) {
      List<Pod> there = onNode.getOrDefault(node, List.of());
      List<Ranked> now = new ArrayList<>();
      for (Part part : Part.values()) {
        below(there, there.size() + 1, part).ifPresent(now::add);
      }
      if (!now.isEmpty()) {
        headsOf.put(node, now);
        now.forEach(head -> heads.get(Part.of(head.pod())).add(head));
      }
    }
    changed.clear();
  }

  /** The next one of a part on a node. */
  private static Optional<Ranked> below(List<Pod> there, int rank, Part part) {
    for (int i = rank - 2; i >= 0; i--) {
      if (Part.of(there.get(i)) == part) {
        return Optional.of(new Ranked(there.get(i), i + 1));
      }
    }
    return Optional.empty();
  }

  private void count(Pod pod, int amount) {
    nowhere += pod.nodeName().isEmpty() && pod.unschedulable().isPresent() ? amount : 0;
    restarted += hasRestarted(pod) ? amount : 0;
    Optional<Instant> since = pod.status().readySince();
    if (since.isEmpty()) {
      return;
    }
    ready += amount;
    TreeSet<ObjectName> same = readySince.computeIfAbsent(since.get(), s -> new TreeSet<>());
    if (amount > 0) {
      same.add(pod.name());
    } else {
      same.remove(pod.name());
    }
    if (same.isEmpty()) {
      readySince.remove(since.get());
    }
  }

  private static boolean hasRestarted(Pod pod) {
    for (ContainerStatus container : pod.status().containers()) {
      if (container.restartCount() > 0) {
        return true;
      }
    }
    return false;
  }

  public int size() {
    return all.size();
  }

  /** How many of them wait because no node fits. */
  public int nowhere() {
    return nowhere;
  }

  /** How many of them have a container that was started more than once. */
  public int restarted() {
    return restarted;
  }

  /** How many have been ready since then or longer. */
  public int available(Instant since) {
    return ready - late(since).stream().mapToInt(Collection::size).sum();
  }

  private Collection<TreeSet<ObjectName>> late(Instant since) {
    return readySince.tailMap(since, false).values();
  }

  /** The first ones, at most so many. */
  public List<Pod> first(int count) {
    List<Pod> first = new ArrayList<>();
    for (Part part : Part.values()) {
      take(part, pod -> true, count, first);
    }
    return first;
  }

  /** The first ones that have not been ready since then, at most so many. */
  public List<Pod> firstUnavailable(Instant since, int count) {
    List<Pod> first = new ArrayList<>();
    for (Part part : List.of(Part.UNPLACED, Part.UNREADY_MOVING, Part.UNREADY)) {
      take(part, pod -> true, count, first);
    }
    if (first.size() < count) {
      TreeSet<Ranked> late = new TreeSet<>(ORDER);
      for (TreeSet<ObjectName> names : late(since)) {
        names.forEach(name -> late.add(new Ranked(all.get(name), rank(all.get(name)))));
      }
      late.stream().limit(count - first.size()).forEach(ranked -> first.add(ranked.pod()));
    }
    return first;
  }

  /** The first ones that have been ready since then or longer, at most so many. */
  public List<Pod> firstAvailable(Instant since, int count) {
    List<Pod> first = new ArrayList<>();
    Predicate<Pod> early = pod -> !pod.status().readySince().orElseThrow().isAfter(since);
    take(Part.READY_MOVING, early, count, first);
    take(Part.READY, early, count, first);
    return first;
  }

  /** Goes down the nodes' ranks together, as far as is needed. */
  private void take(Part part, Predicate<Pod> which, int upTo, List<Pod> into) {
    PriorityQueue<Ranked> open = new PriorityQueue<>(ORDER);
    rankHeads();
    Iterator<Ranked> others = heads.get(part).iterator();
    Ranked next = others.hasNext() ? others.next() : null;
    while (into.size() < upTo && (next != null || !open.isEmpty())) {
      boolean opens = open.isEmpty() || next != null && ORDER.compare(next, open.peek()) < 0;
      Ranked best = opens ? next : open.poll();
      if (opens) {
        next = others.hasNext() ? others.next() : null;
      }
      if (which.test(best.pod())) {
        into.add(best.pod());
      }
      if (part != Part.UNPLACED) {
        List<Pod> there = onNode.get(best.pod().nodeName().orElseThrow());
        below(there, best.rank(), part).ifPresent(open::add);
      }
    }
  }
}
