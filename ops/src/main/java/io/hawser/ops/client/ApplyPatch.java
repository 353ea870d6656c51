package io.hawser.ops.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code apply} has to change: what the manifest says and the object does not, and what the
 * manifest said when it was last applied and no longer says. As kubectl computes it, with the last
 * manifest in the same annotation, so that both commands can be used on the same object.
 */
public final class ApplyPatch {
  public static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Lists that are merged by a key instead of replaced: field name to the key's name. */
  private static final Map<String, String> MERGE_KEYS =
      Map.of(
          "containers", "name",
          "initContainers", "name",
          "env", "name",
          "ports", "containerPort",
          "volumes", "name",
          "volumeMounts", "mountPath",
          "imagePullSecrets", "name",
          "hostAliases", "ip",
          "topologySpreadConstraints", "topologyKey");

  private ApplyPatch() {}

  /** The manifest with itself in its annotation, as it is to be stored. */
  public static ObjectNode annotated(JsonNode manifest) {
    ObjectNode plain = manifest.deepCopy();
    plain.withObject("/metadata/annotations").remove(LAST_APPLIED);
    ObjectNode result = plain.deepCopy();
    result.withObject("/metadata/annotations").put(LAST_APPLIED, asGoWritesIt(plain));
    return result;
  }

  /** Letter by letter what kubectl writes, so that either command finds the other's unchanged. */
  private static String asGoWritesIt(JsonNode plain) {
    return sorted(plain)
            .toString()
            .replace("<", "\\u003c")
            .replace(">", "\\u003e")
            .replace("&", "\\u0026")
        + "\n";
  }

  private static JsonNode sorted(JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode result = MAPPER.createObjectNode();
      new TreeMap<>(MAPPER.convertValue(object, new TypeReference<Map<String, JsonNode>>() {}))
          .forEach((name, value) -> result.set(name, sorted(value)));
      return result;
    } else if (node instanceof ArrayNode array) {
      ArrayNode result = MAPPER.createArrayNode();
      array.forEach(item -> result.add(sorted(item)));
      return result;
    }
    return node;
  }

  /**
   * A strategic merge patch from the present object to the manifest; empty: nothing to change.
   *
   * @param current what the API shows now
   * @param manifest what the user wrote
   */
  public static ObjectNode compute(JsonNode current, JsonNode manifest) {
    ObjectNode wanted = annotated(manifest);
    JsonNode last = lastApplied(current);
    ObjectNode patch = changes(last, current, wanted);
    // Only the text of the annotation differs (its order, say): that alone is no change.
    if (onlyTheAnnotation(patch)) {
      return MAPPER.createObjectNode();
    }
    return patch;
  }

  private static JsonNode lastApplied(JsonNode current) {
    String text = current.path("metadata").path("annotations").path(LAST_APPLIED).asText("");
    try {
      JsonNode last = text.isEmpty() ? null : MAPPER.readTree(text);
      return last == null ? MAPPER.createObjectNode() : last;
    } catch (JsonProcessingException e) {
      return MAPPER.createObjectNode();
    }
  }

  private static boolean onlyTheAnnotation(ObjectNode patch) {
    JsonNode metadata = patch.path("metadata");
    JsonNode annotations = metadata.path("annotations");
    return patch.size() == 1
        && metadata.size() == 1
        && annotations.size() == 1
        && annotations.has(LAST_APPLIED);
  }

  private static ObjectNode changes(JsonNode last, JsonNode current, JsonNode wanted) {
    ObjectNode patch = MAPPER.createObjectNode();
    for (Map.Entry<String, JsonNode> field : wanted.properties()) {
      String name = field.getKey();
      if (name.equals("status")) {
        continue;
      }
      JsonNode want = field.getValue();
      JsonNode have = current.path(name);
      JsonNode before = last.path(name);
      if (want.isObject() && have.isObject()) {
        ObjectNode inner = changes(before, have, want);
        if (!inner.isEmpty()) {
          patch.set(name, inner);
        }
      } else if (want.isArray() && have.isArray() && mergeable(name, want, have)) {
        ArrayNode inner = listChanges(MERGE_KEYS.get(name), before, have, want);
        if (!inner.isEmpty()) {
          patch.set(name, inner);
        }
      } else if (!sameValue(want, have)) {
        patch.set(name, want);
      }
    }
    for (Iterator<String> it = last.fieldNames(); it.hasNext(); ) {
      String name = it.next();
      if (!wanted.has(name) && current.has(name)) {
        patch.putNull(name);
      }
    }
    return patch;
  }

  private static boolean sameValue(JsonNode want, JsonNode have) {
    if (want.isNull() && have.isMissingNode()) {
      return true;
    }
    if (want.isNumber() && have.isNumber()) {
      return want.decimalValue().compareTo(have.decimalValue()) == 0;
    }
    return want.equals(have);
  }

  private static boolean mergeable(String name, JsonNode want, JsonNode have) {
    String key = MERGE_KEYS.get(name);
    return key != null && everyItemHas(key, want) && everyItemHas(key, have);
  }

  private static boolean everyItemHas(String key, JsonNode list) {
    for (JsonNode item : list) {
      if (!item.has(key)) {
        return false;
      }
    }
    return true;
  }

  private static ArrayNode listChanges(String key, JsonNode last, JsonNode have, JsonNode want) {
    ArrayNode patch = MAPPER.createArrayNode();
    Map<String, JsonNode> present = byKey(key, have);
    Map<String, JsonNode> before = byKey(key, last);
    Map<String, JsonNode> wanted = byKey(key, want);
    for (JsonNode item : want) {
      String id = item.path(key).asText();
      JsonNode old = present.get(id);
      if (old == null) {
        patch.add(item);
        continue;
      }
      ObjectNode inner = changes(before.getOrDefault(id, MAPPER.createObjectNode()), old, item);
      if (!inner.isEmpty()) {
        inner.set(key, item.get(key));
        patch.add(inner);
      }
    }
    for (Map.Entry<String, JsonNode> gone : before.entrySet()) {
      if (!wanted.containsKey(gone.getKey()) && present.containsKey(gone.getKey())) {
        ObjectNode delete = patch.addObject();
        delete.set(key, gone.getValue().get(key));
        delete.put("$patch", "delete");
      }
    }
    return patch;
  }

  private static Map<String, JsonNode> byKey(String key, JsonNode list) {
    Map<String, JsonNode> items = new LinkedHashMap<>();
    list.forEach(item -> items.put(item.path(key).asText(), item));
    return items;
  }
}
