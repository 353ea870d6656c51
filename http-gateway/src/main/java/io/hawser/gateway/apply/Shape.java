package io.hawser.gateway.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.patch.MergeKeys;
import io.hawser.gateway.wire.Json;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/**
 * What parts an object has that somebody can own one by one. Objects and maps are divided into
 * their fields, lists with keys into their elements, all else is owned as a whole, as {@code
 * x-kubernetes-list-type} and {@code x-kubernetes-map-type} in Kubernetes' schema say.
 */
final class Shape {
  /** Objects of one meaning, which no two managers may mix. */
  private static final Set<String> ATOMIC =
      Set.of(
          "selector",
          "labelSelector",
          "namespaceSelector",
          "nodeSelector",
          "requiredDuringSchedulingIgnoredDuringExecution",
          "preference",
          "scopeSelector",
          "fieldRef",
          "resourceFieldRef",
          "configMapKeyRef",
          "secretKeyRef",
          "secretRef",
          "configMapRef",
          "scaleTargetRef",
          "claimRef",
          "dataSource");

  /** What of {@code metadata} is the object's identity, or the server's own. */
  private static final Set<String> IDENTITY =
      Set.of(
          "name",
          "generateName",
          "namespace",
          "uid",
          "resourceVersion",
          "generation",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "selfLink",
          "ownerReferences",
          "managedFields");

  /** An element that is there; what it consists of is told by its own fields. */
  private static final JsonNode THERE = BooleanNode.TRUE;

  private Shape() {}

  enum ListType {
    KEYED,
    SET,
    WHOLE
  }

  static boolean isWhole(String field) {
    return ATOMIC.contains(field);
  }

  /** A list whose elements lack their keys is a whole, also in a kind that a jar brought. */
  static ListType typeOf(String field, ArrayNode... lists) {
    if (MergeKeys.isSet(field)) {
      return ListType.SET;
    } else if (MergeKeys.of(field).isEmpty()) {
      return ListType.WHOLE;
    }
    for (ArrayNode list : lists) {
      for (JsonNode element : list) {
        if (FieldPath.keyOf(field, element).isEmpty()) {
          return ListType.WHOLE;
        }
      }
    }
    return ListType.KEYED;
  }

  /**
   * The part of an object that clients decide on: neither its identity nor its status. Fields that
   * are null count as absent.
   *
   * @param served annotations that the server makes up
   */
  static ObjectNode owned(ObjectNode object, Set<String> served) {
    ObjectNode part = object.deepCopy();
    part.remove(Set.of("apiVersion", "kind", "status"));
    dropNulls(part);
    if (part.get("metadata") instanceof ObjectNode meta) {
      meta.remove(IDENTITY);
      if (meta.get("annotations") instanceof ObjectNode annotations) {
        annotations.remove(served);
        if (annotations.isEmpty()) {
          meta.remove("annotations");
        }
      }
      if (meta.isEmpty()) {
        part.remove("metadata");
      }
    }
    return part;
  }

  private static void dropNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      Set<String> gone = new HashSet<>();
      for (Map.Entry<String, JsonNode> entry : object.properties()) {
        if (entry.getValue().isNull()) {
          gone.add(entry.getKey());
        } else {
          dropNulls(entry.getValue());
        }
      }
      object.remove(gone);
    } else if (node instanceof ArrayNode list) {
      list.forEach(Shape::dropNulls);
    }
  }

  /** Every part with its value. */
  static NavigableMap<FieldPath, JsonNode> parts(ObjectNode object) {
    NavigableMap<FieldPath, JsonNode> parts = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      collect(FieldPath.of(entry.getKey()), entry.getKey(), entry.getValue(), parts);
    }
    return parts;
  }

  static FieldSet fields(ObjectNode object) {
    return FieldSet.of(parts(object).keySet());
  }

  private static void collect(
      FieldPath at, String field, JsonNode value, NavigableMap<FieldPath, JsonNode> parts) {
    if (value instanceof ObjectNode object && !object.isEmpty() && !isWhole(field)) {
      children(at, object, parts);
    } else if (value instanceof ArrayNode list) {
      elements(at, field, list, parts);
    } else {
      parts.put(at, value);
    }
  }

  private static void children(
      FieldPath at, ObjectNode object, NavigableMap<FieldPath, JsonNode> parts) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      collect(at.field(entry.getKey()), entry.getKey(), entry.getValue(), parts);
    }
  }

  private static void elements(
      FieldPath at, String field, ArrayNode list, NavigableMap<FieldPath, JsonNode> parts) {
    switch (typeOf(field, list)) {
      case WHOLE -> parts.put(at, list);
      case SET -> list.forEach(value -> parts.put(at.value(value), THERE));
      case KEYED -> {
        for (JsonNode element : list) {
          FieldPath path = at.element(FieldPath.keyOf(field, element).orElseThrow());
          // Of two of one key, which only an update can bring in, the first counts.
          if (parts.putIfAbsent(path, THERE) == null) {
            children(path, (ObjectNode) element, parts);
          }
        }
      }
    }
  }

  /** Where a list has two elements of one key. */
  static Optional<FieldPath> duplicate(ObjectNode object) {
    return duplicate(FieldPath.ROOT, "", object);
  }

  private static Optional<FieldPath> duplicate(FieldPath at, String field, JsonNode value) {
    if (value instanceof ObjectNode object && !isWhole(field)) {
      return object.properties().stream()
          .flatMap(e -> duplicate(at.field(e.getKey()), e.getKey(), e.getValue()).stream())
          .findFirst();
    } else if (value instanceof ArrayNode list && typeOf(field, list) == ListType.KEYED) {
      Set<FieldPath> seen = new HashSet<>();
      return StreamSupport.stream(list.spliterator(), false)
          .flatMap(
              element -> {
                FieldPath path = at.element(FieldPath.keyOf(field, element).orElseThrow());
                return seen.add(path)
                    ? duplicate(path, "", element).stream()
                    : Optional.of(path).stream();
              })
          .findFirst();
    }
    return Optional.empty();
  }

  /** How two states of an object differ. */
  record Difference(FieldSet changed, FieldSet removed) {
    /** {@code changed} has what is new or has another value. */
    static Difference between(ObjectNode before, ObjectNode after) {
      NavigableMap<FieldPath, JsonNode> old = parts(before);
      NavigableMap<FieldPath, JsonNode> now = parts(after);
      FieldSet removed = FieldSet.of(old.keySet()).minus(FieldSet.of(now.keySet()));
      now.entrySet()
          .removeIf(
              e -> old.containsKey(e.getKey()) && Json.same(old.get(e.getKey()), e.getValue()));
      return new Difference(FieldSet.of(now.keySet()), removed);
    }
  }
}
