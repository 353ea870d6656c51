package io.hawser.gateway.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.StatusError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Kubernetes' strategic merge patch: like a merge patch, but lists of objects with a known key are
 * merged element by element, and directives ({@code $patch}, {@code $retainKeys}, {@code
 * $setElementOrder/…}, {@code $deleteFromPrimitiveList/…}) say what a merge alone can't.
 *
 * @see <a
 *     href="https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md">Strategic
 *     merge patch</a>
 */
public final class StrategicMergePatch {
  private static final String PATCH = "$patch";
  private static final String RETAIN_KEYS = "$retainKeys";
  private static final String ORDER = "$setElementOrder/";
  private static final String DELETE_PRIMITIVES = "$deleteFromPrimitiveList/";

  private StrategicMergePatch() {}

  /**
   * The patched object; neither argument is changed.
   *
   * @throws StatusError 400 for a malformed directive
   */
  public static ObjectNode apply(ObjectNode original, ObjectNode patch) {
    return merge(original, patch, "").orElseGet(JsonNodeFactory.instance::objectNode);
  }

  /** Empty when the patch deletes the object. */
  private static Optional<ObjectNode> merge(ObjectNode original, ObjectNode patch, String path) {
    String directive = patch.path(PATCH).asText("merge");
    switch (directive) {
      case "replace" -> {
        ObjectNode replaced = patch.deepCopy();
        replaced.remove(PATCH);
        return Optional.of(replaced);
      }
      case "delete" -> {
        return Optional.empty();
      }
      case "merge" -> {}
      default -> throw malformed(path, PATCH + ": expected merge, replace or delete");
    }
    ObjectNode result = original.deepCopy();
    retainKeys(result, patch, path);
    for (Map.Entry<String, JsonNode> change : patch.properties()) {
      if (!change.getKey().startsWith("$")) {
        mergeField(result, change.getKey(), change.getValue(), patch, path);
      }
    }
    deletePrimitives(result, patch, path);
    reorderUntouched(result, patch, path);
    return Optional.of(result);
  }

  private static void mergeField(
      ObjectNode result, String field, JsonNode change, ObjectNode patch, String parentPath) {
    String path = parentPath.isEmpty() ? field : parentPath + "." + field;
    JsonNode old = result.get(field);
    if (change.isNull()) {
      result.remove(field);
    } else if (change instanceof ObjectNode object) {
      ObjectNode base = old instanceof ObjectNode o ? o : JsonNodeFactory.instance.objectNode();
      merge(base, object, path)
          .ifPresentOrElse(merged -> result.set(field, merged), () -> result.remove(field));
    } else if (change instanceof ArrayNode list) {
      ArrayNode base = old instanceof ArrayNode a ? a : JsonNodeFactory.instance.arrayNode();
      result.set(field, mergeList(field, base, list, patch, path));
    } else {
      result.set(field, change.deepCopy());
    }
  }

  private static ArrayNode mergeList(
      String field, ArrayNode base, ArrayNode change, ObjectNode patch, String path) {
    String key = key(field);
    if (key != null) {
      List<JsonNode> merged = mergeByKey(key, base, change, path);
      return array(ordered(merged, base, patch.get(ORDER + field), key));
    }
    if (MergeKeys.isSet(field)) {
      ArrayNode union = base.deepCopy();
      change.forEach(
          value -> {
            if (!contains(union, value)) {
              union.add(value);
            }
          });
      return union;
    }
    return change.deepCopy();
  }

  /** Null for a list that is replaced. */
  private static String key(String field) {
    List<String> keys = MergeKeys.of(field);
    return keys.isEmpty() ? null : keys.get(0);
  }

  private static List<JsonNode> mergeByKey(
      String key, ArrayNode base, ArrayNode change, String path) {
    List<JsonNode> merged = new ArrayList<>();
    boolean replace = false;
    for (JsonNode item : change) {
      replace |= item.path(PATCH).asText().equals("replace");
    }
    if (!replace) {
      base.forEach(item -> merged.add(item.deepCopy()));
    }
    for (JsonNode item : change) {
      if (!(item instanceof ObjectNode object)) {
        throw malformed(path, "expected objects with the key " + key);
      }
      boolean directiveOnly = object.size() == 1 && object.has(PATCH);
      if (directiveOnly && replace) {
        continue;
      }
      JsonNode value = object.get(key);
      if (value == null) {
        throw malformed(path, "an element of the patch lacks its merge key " + key);
      }
      mergeItem(merged, key, value, object, path);
    }
    return merged;
  }

  private static void mergeItem(
      List<JsonNode> merged, String key, JsonNode value, ObjectNode change, String path) {
    for (int i = 0; i < merged.size(); i++) {
      if (value.equals(merged.get(i).get(key)) && merged.get(i) instanceof ObjectNode old) {
        Optional<ObjectNode> item = merge(old, change, path + "[" + key + "=" + value + "]");
        if (item.isPresent()) {
          merged.set(i, item.get());
        } else {
          merged.remove(i);
        }
        return;
      }
    }
    merge(JsonNodeFactory.instance.objectNode(), change, path).ifPresent(merged::add);
  }

  /** Elements that the order names come in that order; the others stay where they were. */
  private static List<JsonNode> ordered(
      List<JsonNode> merged, ArrayNode base, JsonNode order, String key) {
    if (order == null || !order.isArray()) {
      return merged;
    }
    List<JsonNode> named = new ArrayList<>();
    for (JsonNode wanted : order) {
      JsonNode id = wanted.isObject() ? wanted.get(key) : wanted;
      merged.stream().filter(m -> m.path(key).equals(id)).findFirst().ifPresent(named::add);
    }
    List<JsonNode> others = new ArrayList<>(merged);
    others.removeAll(named);
    List<JsonNode> result = new ArrayList<>();
    int n = 0;
    for (JsonNode other : others) {
      int place = position(base, other, key);
      while (n < named.size() && position(base, named.get(n), key) < place) {
        result.add(named.get(n++));
      }
      result.add(other);
    }
    result.addAll(named.subList(n, named.size()));
    return result;
  }

  /** New elements, at -1, go before what only the server has. */
  private static int position(ArrayNode base, JsonNode item, String key) {
    for (int i = 0; i < base.size(); i++) {
      if (base.get(i).path(key).equals(item.path(key))) {
        return i;
      }
    }
    return -1;
  }

  /** An order may be given for a list the patch does not otherwise change. */
  private static void reorderUntouched(ObjectNode result, ObjectNode patch, String path) {
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      if (!entry.getKey().startsWith(ORDER)) {
        continue;
      }
      String field = entry.getKey().substring(ORDER.length());
      if (!entry.getValue().isArray()) {
        throw malformed(path, entry.getKey() + ": expected a list");
      }
      String key = key(field);
      if (key != null && !patch.has(field) && result.get(field) instanceof ArrayNode list) {
        List<JsonNode> items = new ArrayList<>();
        list.forEach(items::add);
        result.set(field, array(ordered(items, list, entry.getValue(), key)));
      }
    }
  }

  private static void retainKeys(ObjectNode result, ObjectNode patch, String path) {
    JsonNode keys = patch.get(RETAIN_KEYS);
    if (keys == null) {
      return;
    }
    if (!keys.isArray()) {
      throw malformed(path, RETAIN_KEYS + ": expected a list of field names");
    }
    Set<String> keep = new HashSet<>();
    keys.forEach(name -> keep.add(name.asText()));
    result.retain(keep);
  }

  private static void deletePrimitives(ObjectNode result, ObjectNode patch, String path) {
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      if (!entry.getKey().startsWith(DELETE_PRIMITIVES)) {
        continue;
      }
      if (!(entry.getValue() instanceof ArrayNode gone)) {
        throw malformed(path, entry.getKey() + ": expected a list");
      }
      String field = entry.getKey().substring(DELETE_PRIMITIVES.length());
      if (result.get(field) instanceof ArrayNode list) {
        ArrayNode kept = JsonNodeFactory.instance.arrayNode();
        list.forEach(
            value -> {
              if (!contains(gone, value)) {
                kept.add(value);
              }
            });
        result.set(field, kept);
      }
    }
  }

  private static boolean contains(ArrayNode list, JsonNode value) {
    for (JsonNode item : list) {
      if (item.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static ArrayNode array(List<JsonNode> items) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    items.forEach(array::add);
    return array;
  }

  private static StatusError malformed(String path, String why) {
    return StatusError.badRequest(
        "the strategic merge patch is malformed at "
            + (path.isEmpty() ? "its top" : path)
            + ": "
            + why);
  }
}
