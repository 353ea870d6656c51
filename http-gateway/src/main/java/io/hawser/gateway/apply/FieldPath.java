package io.hawser.gateway.apply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.patch.MergeKeys;
import io.hawser.gateway.wire.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where a field is in an object. Its steps are written as in {@code FieldsV1}: {@code f:NAME}, a
 * field; {@code k:{"name":"web"}}, the element of a list with this key; {@code v:"x"}, a value of a
 * set. Ordered so that whatever is below a path follows it at once.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/">Server-side
 *     apply</a>
 */
record FieldPath(List<String> steps) implements Comparable<FieldPath> {
  static final FieldPath ROOT = new FieldPath(List.of());

  private static final String FIELD = "f:";
  private static final String KEY = "k:";
  private static final String VALUE = "v:";

  FieldPath {
    steps = List.copyOf(steps);
  }

  static FieldPath of(String... names) {
    FieldPath path = ROOT;
    for (String name : names) {
      path = path.field(name);
    }
    return path;
  }

  /**
   * @param step as FieldsV1 writes it
   */
  FieldPath then(String step) {
    List<String> longer = new ArrayList<>(steps);
    longer.add(step);
    return new FieldPath(longer);
  }

  FieldPath field(String name) {
    return then(FIELD + name);
  }

  FieldPath element(JsonNode key) {
    return then(KEY + text(key));
  }

  FieldPath value(JsonNode value) {
    return then(VALUE + text(value));
  }

  FieldPath parent() {
    return new FieldPath(steps.subList(0, steps.size() - 1));
  }

  boolean startsWith(FieldPath prefix) {
    return steps.size() >= prefix.steps.size()
        && steps.subList(0, prefix.steps.size()).equals(prefix.steps);
  }

  static boolean isField(String step) {
    return step.startsWith(FIELD);
  }

  /** The name in a step that is a field. */
  static String name(String step) {
    return step.substring(FIELD.length());
  }

  /** Of a list whose elements are told apart by a key. */
  static Optional<String> elementStep(String field, JsonNode element) {
    return keyOf(field, element).map(key -> KEY + text(key));
  }

  static String valueStep(JsonNode value) {
    return VALUE + text(value);
  }

  /** Empty when the elements of this list have no key, or this one lacks it. */
  static Optional<ObjectNode> keyOf(String field, JsonNode element) {
    List<String> names = new ArrayList<>(MergeKeys.of(field));
    if (names.isEmpty() || !element.isObject()) {
      return Optional.empty();
    }
    Collections.sort(names);
    ObjectNode key = Json.object();
    for (String name : names) {
      JsonNode value = element.get(name);
      if (value != null && value.isValueNode() && !value.isNull()) {
        key.set(name, value);
      } else if (value == null && !MergeKeys.defaultOf(name).isEmpty()) {
        key.put(name, MergeKeys.defaultOf(name));
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(key);
  }

  /**
   * @return whether FieldsV1 has such a step
   */
  static boolean isStep(String step) {
    return step.startsWith(FIELD)
        || ((step.startsWith(KEY) || step.startsWith(VALUE)) && isJson(step));
  }

  private static boolean isJson(String step) {
    try {
      Json.MAPPER.readTree(step.substring(2));
      return true;
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** As a conflict names it: {@code .spec.template.spec.containers[name="web"].image}. */
  @Override
  public String toString() {
    return steps.stream().map(FieldPath::shown).collect(Collectors.joining());
  }

  private static String shown(String step) {
    if (isField(step)) {
      return "." + name(step);
    } else if (step.startsWith(VALUE)) {
      return "[=" + step.substring(VALUE.length()) + "]";
    }
    try {
      return Json.MAPPER.readTree(step.substring(KEY.length())).properties().stream()
          .map(e -> e.getKey() + "=" + e.getValue())
          .collect(Collectors.joining(",", "[", "]"));
    } catch (JsonProcessingException e) {
      return "[" + step + "]";
    }
  }

  private static String text(JsonNode node) {
    return new String(Json.bytes(node), java.nio.charset.StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(FieldPath other) {
    int common = Math.min(steps.size(), other.steps.size());
    for (int i = 0; i < common; i++) {
      int order = steps.get(i).compareTo(other.steps.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(steps.size(), other.steps.size());
  }
}
