package io.hawser.scheduler.core.placement;

import io.hawser.model.Node;
import io.hawser.model.ResourceAmounts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All nodes as rows: what they have, and what pods take of it. */
final class NodeTable {
  private static final int INITIAL_ROWS = 16;

  private final Map<String, Integer> rowOf = new HashMap<>();
  private final Deque<Integer> vacant = new ArrayDeque<>();
  private final Map<String, LabelColumn> columns = new HashMap<>();
  private Node[] nodes = new Node[INITIAL_ROWS];
  private int rows;
  private int size;
  private int[] rank = new int[0];
  private long structure;

  long[] cpuMillis = new long[INITIAL_ROWS];
  long[] memoryBytes = new long[INITIAL_ROWS];
  long[] storageBytes = new long[INITIAL_ROWS];
  int[] maxPods = new int[INITIAL_ROWS];

  /** Of all pods that take room, also of those that are leaving. */
  final Use all = new Use(INITIAL_ROWS);

  /** Of those being deleted. */
  final Use leaving = new Use(INITIAL_ROWS);

  /** Of those not being deleted, by their priority: what could be pushed out. */
  final TreeMap<Integer, Use> byPriority = new TreeMap<>();

  /** One more than the largest row; some may be vacant. */
  int rows() {
    return rows;
  }

  /** How many nodes there are. */
  int size() {
    return size;
  }

  /** Grows whenever what a node says of itself changes. */
  long structure() {
    return structure;
  }

  boolean exists(int row) {
    return nodes[row] != null;
  }

  Node node(int row) {
    return nodes[row];
  }

  /**
   * @return -1 for an unknown node
   */
  int row(String name) {
    return rowOf.getOrDefault(name, -1);
  }

  /** A node's row, made when it has none: pods may be known before their node. */
  int rowFor(String name) {
    Integer known = rowOf.get(name);
    if (known != null) {
      return known;
    }
    int row = vacant.isEmpty() ? rows++ : vacant.pop();
    if (row == nodes.length) {
      grow(2 * nodes.length);
    }
    rowOf.put(name, row);
    changed();
    return row;
  }

  void put(Node node) {
    int row = rowFor(node.name());
    size += nodes[row] == null ? 1 : 0;
    nodes[row] = node;
    ResourceAmounts capacity = node.info().capacity();
    cpuMillis[row] = capacity.cpuMillis();
    memoryBytes[row] = capacity.memoryBytes();
    storageBytes[row] = capacity.ephemeralStorageBytes();
    maxPods[row] = node.info().maxPods();
    changed();
  }

  void remove(String name) {
    int row = row(name);
    if (row >= 0 && nodes[row] != null) {
      nodes[row] = null;
      size--;
      changed();
      vacate(name, row);
    }
  }

  /** A row is used again once neither node nor pods are left of it. */
  private void vacate(String name, int row) {
    if (nodes[row] == null && all.pods[row] == 0) {
      rowOf.remove(name);
      vacant.push(row);
    }
  }

  private void changed() {
    structure++;
    columns.clear();
    rank = new int[0];
  }

  private void grow(int to) {
    nodes = Arrays.copyOf(nodes, to);
    cpuMillis = Arrays.copyOf(cpuMillis, to);
    memoryBytes = Arrays.copyOf(memoryBytes, to);
    storageBytes = Arrays.copyOf(storageBytes, to);
    maxPods = Arrays.copyOf(maxPods, to);
    all.grow(to);
    leaving.grow(to);
    byPriority.values().forEach(use -> use.grow(to));
  }

  /**
   * @param sign 1 or -1
   */
  void use(int row, Footprint pod, boolean isLeaving, int sign) {
    all.add(row, pod, sign);
    if (isLeaving) {
      leaving.add(row, pod, sign);
    } else {
      byPriority.computeIfAbsent(pod.priority(), p -> new Use(nodes.length)).add(row, pod, sign);
    }
  }

  LabelColumn column(String key) {
    return columns.computeIfAbsent(key, k -> LabelColumn.of(this, k));
  }

  /** The place of each row in the order of names, which settles ties whatever came first. */
  int[] rank() {
    if (rank.length != rows) {
      List<Integer> order = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        if (nodes[row] != null) {
          order.add(row);
        }
      }
      order.sort(Comparator.comparing(row -> nodes[row].name()));
      rank = new int[rows];
      for (int i = 0; i < order.size(); i++) {
        rank[order.get(i)] = i;
      }
    }
    return rank;
  }

  long extendedFree(int row, String name) {
    Long capacity = nodes[row].info().capacity().extended().get(name);
    if (capacity == null && name.equals(ResourceAmounts.PIDS)) {
      return Long.MAX_VALUE; // a node of an older version, which does not tell
    }
    return (capacity == null ? 0 : capacity) - all.extended(row, name);
  }
}
