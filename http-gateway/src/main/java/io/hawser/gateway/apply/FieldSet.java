package io.hawser.gateway.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import java.util.Collection;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/** Some fields of an object; {@code FieldsV1} on the wire. */
record FieldSet(NavigableSet<FieldPath> paths) {
  static final FieldSet NONE = new FieldSet(new TreeSet<>());

  /** Says in FieldsV1 that the node above is a member itself, beside what is below it. */
  private static final String ITSELF = ".";

  FieldSet {
    paths = Collections.unmodifiableNavigableSet(new TreeSet<>(paths));
  }

  static FieldSet of(Collection<FieldPath> paths) {
    return new FieldSet(new TreeSet<>(paths));
  }

  boolean isEmpty() {
    return paths.isEmpty();
  }

  FieldSet plus(FieldSet other) {
    NavigableSet<FieldPath> all = new TreeSet<>(paths);
    all.addAll(other.paths);
    return new FieldSet(all);
  }

  FieldSet minus(FieldSet other) {
    NavigableSet<FieldPath> left = new TreeSet<>(paths);
    left.removeAll(other.paths);
    return new FieldSet(left);
  }

  FieldSet both(FieldSet other) {
    NavigableSet<FieldPath> common = new TreeSet<>(paths);
    common.retainAll(other.paths);
    return new FieldSet(common);
  }

  /** Whether it has this path or one below it. */
  boolean hasAtOrBelow(FieldPath path) {
    FieldPath next = paths.ceiling(path);
    return next != null && next.startsWith(path);
  }

  ObjectNode toJson() {
    ObjectNode tree = Json.object();
    for (FieldPath path : paths) {
      ObjectNode at = tree;
      for (String step : path.steps()) {
        at = at.get(step) instanceof ObjectNode child ? child : at.putObject(step);
      }
      FieldPath next = paths.higher(path);
      if (next != null && next.startsWith(path)) {
        at.putObject(ITSELF);
      }
    }
    return tree;
  }

  /** Empty when the tree is no FieldsV1. */
  static Optional<FieldSet> parse(JsonNode tree) {
    NavigableSet<FieldPath> paths = new TreeSet<>();
    return collect(tree, FieldPath.ROOT, paths)
        ? Optional.of(new FieldSet(paths))
        : Optional.empty();
  }

  private static boolean collect(JsonNode tree, FieldPath at, NavigableSet<FieldPath> paths) {
    if (!tree.isObject()) {
      return false;
    }
    if (tree.isEmpty() && !at.steps().isEmpty()) {
      paths.add(at);
    }
    for (var entry : tree.properties()) {
      if (entry.getKey().equals(ITSELF)) {
        paths.add(at);
      } else if (!FieldPath.isStep(entry.getKey())
          || !collect(entry.getValue(), at.then(entry.getKey()), paths)) {
        return false;
      }
    }
    return true;
  }
}
