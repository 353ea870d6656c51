package io.hawser.scheduler.core.placement;

import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodStatus.ContainerStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Some pods of one owner in the order in which it does without them: those without a node, those
 * that are not ready, then evenly from all nodes, the youngest first. Kept while they come, change
 * and go, so that one of them costs a look at its neighbours on its node, not at all.
 */
public final class DropLine {
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
      Comparator.comparing((Ranked r) -> r.pod().nodeName().isPresent())
          .thenComparing(r -> r.pod().move().isEmpty())
          .thenComparing(r -> -r.rank())
          .thenComparing(r -> r.pod().meta().createdAt(), Comparator.reverseOrder())
          .thenComparing(r -> r.pod().name());

  private final Map<ObjectName, Ranked> all = new HashMap<>();
  private final TreeSet<Ranked> unready = new TreeSet<>(ORDER);
  private final TreeSet<Ranked> ready = new TreeSet<>(ORDER);
  private final TreeMap<Instant, TreeSet<ObjectName>> readySince = new TreeMap<>();
  private final Map<String, List<Pod>> onNode = new HashMap<>();
  private int nowhere;
  private int restarted;

  public void add(Pod pod) {
    count(pod, 1);
    Optional<String> node = pod.nodeName();
    if (node.isEmpty()) {
      put(pod, 0);
      return;
    }
    List<Pod> there = onNode.computeIfAbsent(node.get(), n -> new ArrayList<>());
    int at = -1 - Collections.binarySearch(there, pod, OLDEST_FIRST);
    there.add(at, pod);
    put(pod, at + 1);
    rankFrom(there, at + 1);
  }

  /** Takes out the pod as it was put in. */
  public void remove(Pod pod) {
    Ranked ranked = all.remove(pod.name());
    count(ranked.pod(), -1);
    half(ranked.pod()).remove(ranked);
    Optional<String> node = ranked.pod().nodeName();
    if (node.isPresent()) {
      List<Pod> there = onNode.get(node.get());
      there.remove(ranked.rank() - 1);
      rankFrom(there, ranked.rank() - 1);
      if (there.isEmpty()) {
        onNode.remove(node.get());
      }
    }
  }

  private void rankFrom(List<Pod> there, int first) {
    for (int i = first; i < there.size(); i++) {
      Pod pod = there.get(i);
      half(pod).remove(all.get(pod.name()));
      put(pod, i + 1);
    }
  }

  private void put(Pod pod, int rank) {
    Ranked ranked = new Ranked(pod, rank);
    all.put(pod.name(), ranked);
    half(pod).add(ranked);
  }

  private TreeSet<Ranked> half(Pod pod) {
    return pod.status().isReady() ? ready : unready;
  }

  private void count(Pod pod, int amount) {
    nowhere += pod.nodeName().isEmpty() && pod.unschedulable().isPresent() ? amount : 0;
    restarted += hasRestarted(pod) ? amount : 0;
    Optional<Instant> since = pod.status().readySince();
    if (since.isPresent() && amount > 0) {
      readySince.computeIfAbsent(since.get(), s -> new TreeSet<>()).add(pod.name());
    } else if (since.isPresent()) {
      TreeSet<ObjectName> same = readySince.get(since.get());
      same.remove(pod.name());
      if (same.isEmpty()) {
        readySince.remove(since.get());
      }
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
    return ready.size() - late(since).stream().mapToInt(Collection::size).sum();
  }

  private Collection<TreeSet<ObjectName>> late(Instant since) {
    return readySince.tailMap(since, false).values();
  }

  /** The first ones, at most so many. */
  public List<Pod> first(int count) {
    List<Pod> first = new ArrayList<>();
    take(unready, count, first);
    take(ready, count, first);
    return first;
  }

  /** The first ones that have not been ready since then, at most so many. */
  public List<Pod> firstUnavailable(Instant since, int count) {
    List<Pod> first = new ArrayList<>();
    take(unready, count, first);
    if (first.size() < count) {
      TreeSet<Ranked> late = new TreeSet<>(ORDER);
      late(since).forEach(names -> names.forEach(name -> late.add(all.get(name))));
      take(late, count, first);
    }
    return first;
  }

  /** The first ones that have been ready since then or longer, at most so many. */
  public List<Pod> firstAvailable(Instant since, int count) {
    List<Pod> first = new ArrayList<>();
    Iterator<Ranked> next = ready.iterator();
    while (next.hasNext() && first.size() < count) {
      Pod pod = next.next().pod();
      if (!pod.status().readySince().orElseThrow().isAfter(since)) {
        first.add(pod);
      }
    }
    return first;
  }

  private static void take(Collection<Ranked> from, int upTo, List<Pod> into) {
    Iterator<Ranked> next = from.iterator();
    while (next.hasNext() && into.size() < upTo) {
      into.add(next.next().pod());
    }
  }
}
