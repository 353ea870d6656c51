package io.hawser.scheduler.core.placement;

import java.util.HashMap;
import java.util.Map;

/**
 * The values of one label over all nodes, as numbers; a value is a topology domain.
 *
 * @param domainOf by row; -1 without the label
 * @param domains how many values there are
 * @param unique no two nodes have the same value, as with {@code kubernetes.io/hostname}
 */
record LabelColumn(int[] domainOf, int domains, boolean unique) {

  static LabelColumn of(NodeTable table, String key) {
    int[] domainOf = new int[table.rows()];
    Map<String, Integer> values = new HashMap<>();
    int labelled = 0;
    for (int row = 0; row < table.rows(); row++) {
      String value = table.exists(row) ? table.node(row).meta().labels().get(key) : null;
      domainOf[row] = value == null ? -1 : values.computeIfAbsent(value, v -> values.size());
      labelled += value == null ? 0 : 1;
    }
    return new LabelColumn(domainOf, values.size(), labelled == values.size());
  }

  /** Every node a domain of its own, whatever its labels. */
  static LabelColumn rows(NodeTable table) {
    int[] domainOf = new int[table.rows()];
    for (int row = 0; row < domainOf.length; row++) {
      domainOf[row] = row;
    }
    return new LabelColumn(domainOf, domainOf.length, true);
  }
}
