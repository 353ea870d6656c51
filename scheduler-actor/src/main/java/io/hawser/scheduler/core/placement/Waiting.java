package io.hawser.scheduler.core.placement;

import io.hawser.model.ObjectName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Pods without a node that others must be placed with, or after: the members of gangs, and those of
 * a raised priority.
 */
final class Waiting {
  /** Most pods of a raised priority looked at again before others are placed. */
  private static final int MAX_URGENT = 1_000;

  /** Pods of one namespace that are placed together. */
  record GangKey(String namespace, String name) {}

  private final Map<GangKey, TreeSet<ObjectName>> gangs = new HashMap<>();
  private final Map<GangKey, Integer> placed = new HashMap<>();
  private final TreeMap<Integer, TreeSet<ObjectName>> urgent = new TreeMap<>();

  static GangKey key(Footprint footprint) {
    return new GangKey(footprint.namespace(), footprint.gang().orElseThrow().name());
  }

  void add(ObjectName pod, Footprint footprint) {
    if (footprint.gang().isPresent()) {
      gangs.computeIfAbsent(key(footprint), k -> new TreeSet<>()).add(pod);
    }
    if (footprint.priority() > 0) {
      urgent.computeIfAbsent(footprint.priority(), p -> new TreeSet<>()).add(pod);
    }
  }

  void remove(ObjectName pod, Footprint footprint) {
    if (footprint.gang().isPresent()) {
      drop(gangs, key(footprint), pod);
    }
    if (footprint.priority() > 0) {
      drop(urgent, footprint.priority(), pod);
    }
  }

  private static <K> void drop(Map<K, TreeSet<ObjectName>> all, K key, ObjectName pod) {
    TreeSet<ObjectName> rest = all.get(key);
    if (rest != null && rest.remove(pod) && rest.isEmpty()) {
      all.remove(key);
    }
  }

  void placed(Footprint footprint, int amount) {
    if (footprint.gang().isPresent()) {
      placed.merge(key(footprint), amount, (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
    }
  }

  int placedOf(GangKey gang) {
    return placed.getOrDefault(gang, 0);
  }

  Iterable<ObjectName> members(GangKey gang) {
    return gangs.getOrDefault(gang, new TreeSet<>());
  }

  /** Those above a priority, the highest first. */
  List<ObjectName> above(int priority) {
    List<ObjectName> names = new ArrayList<>();
    for (TreeSet<ObjectName> level : urgent.tailMap(priority, false).descendingMap().values()) {
      for (ObjectName name : level) {
        if (names.size() == MAX_URGENT) {
          return names;
        }
        names.add(name);
      }
    }
    return names;
  }
}
