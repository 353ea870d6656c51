package io.hawser.gateway.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Sets the fields of a configuration in an object, and takes out those that it has no longer. */
final class Merging {
  /** {@code spec} and {@code metadata} stay, whatever is left in them. */
  private static final int TOP = 1;

  private Merging() {}

  /** Neither argument is changed. */
  static ObjectNode merge(ObjectNode live, ObjectNode config) {
    ObjectNode merged = live.deepCopy();
    for (Map.Entry<String, JsonNode> entry : config.properties()) {
      String field = entry.getKey();
      JsonNode old = merged.get(field);
      JsonNode wanted = entry.getValue();
      if (old instanceof ObjectNode a && wanted instanceof ObjectNode b && !Shape.isWhole(field)) {
        merged.set(field, merge(a, b));
      } else if (old instanceof ArrayNode a && wanted instanceof ArrayNode b) {
        merged.set(field, merge(field, a, b));
      } else {
        merged.set(field, wanted.deepCopy());
      }
    }
    return merged;
  }

  private static ArrayNode merge(String field, ArrayNode live, ArrayNode config) {
    return switch (Shape.typeOf(field, live, config)) {
      case WHOLE -> config.deepCopy();
      case SET -> interleaved(live, config, FieldPath::valueStep);
      case KEYED -> interleaved(live, config, e -> FieldPath.elementStep(field, e).orElseThrow());
    };
  }

  /** In the configuration's order; what it does not name stays before what it stood before. */
  private static ArrayNode interleaved(
      ArrayNode live, ArrayNode config, Function<JsonNode, String> step) {
    List<String> places = steps(live, step);
    Set<String> named = new HashSet<>(steps(config, step));
    ArrayNode merged = Json.MAPPER.createArrayNode();
    int next = 0;
    for (JsonNode wanted : config) {
      int place = places.indexOf(step.apply(wanted));
      while (place < 0 ? next < live.size() && !named.contains(places.get(next)) : next < place) {
        if (!named.contains(places.get(next))) {
          merged.add(live.get(next).deepCopy());
        }
        next++;
      }
      next = Math.max(next, place + 1);
      boolean both = place >= 0 && wanted.isObject();
      merged.add(
          both ? merge((ObjectNode) live.get(place), (ObjectNode) wanted) : wanted.deepCopy());
    }
    for (; next < live.size(); next++) {
      if (!named.contains(places.get(next))) {
        merged.add(live.get(next).deepCopy());
      }
    }
    return merged;
  }

  private static List<String> steps(ArrayNode list, Function<JsonNode, String> step) {
    List<String> steps = new ArrayList<>();
    list.forEach(element -> steps.add(step.apply(element)));
    return steps;
  }

  /**
   * Without the fields of {@code gone} that are not in {@code kept}. A part goes whole, with what
   * the server filled in for it, once nothing of it is kept.
   */
  static ObjectNode prune(ObjectNode object, FieldSet gone, FieldSet kept) {
    NavigableSet<FieldPath> candidates = new TreeSet<>();
    for (FieldPath path : gone.paths()) {
      candidates.add(path);
      FieldPath above = path.parent();
      while (above.steps().size() > TOP) {
        // An element is owned by itself, or stays.
        if (FieldPath.isField(above.steps().get(above.steps().size() - 1))) {
          candidates.add(above);
        }
        above = above.parent();
      }
    }
    ObjectNode pruned = object.deepCopy();
    for (FieldPath path : candidates) {
      if (path.steps().size() > TOP && !kept.hasAtOrBelow(path)) {
        remove(pruned, "", path.steps());
      }
    }
    return pruned;
  }

  private static void remove(JsonNode at, String field, List<String> steps) {
    String step = steps.get(0);
    List<String> rest = steps.subList(1, steps.size());
    if (at instanceof ObjectNode object && FieldPath.isField(step)) {
      String name = FieldPath.name(step);
      if (rest.isEmpty()) {
        object.remove(name);
      } else if (object.has(name) && !Shape.isWhole(name)) {
        remove(object.get(name), name, rest);
      }
    } else if (at instanceof ArrayNode list && Shape.typeOf(field, list) != Shape.ListType.WHOLE) {
      boolean keyed = Shape.typeOf(field, list) == Shape.ListType.KEYED;
      for (int i = list.size() - 1; i >= 0; i--) {
        JsonNode element = list.get(i);
        String own =
            keyed
                ? FieldPath.elementStep(field, element).orElseThrow()
                : FieldPath.valueStep(element);
        if (own.equals(step) && rest.isEmpty()) {
          list.remove(i);
        } else if (own.equals(step)) {
          remove(element, "", rest);
        }
      }
    }
  }
}
