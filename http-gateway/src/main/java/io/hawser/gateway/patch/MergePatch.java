package io.hawser.gateway.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON Merge Patch, RFC 7386. */
public final class MergePatch {
  private MergePatch() {}

  /** The patched document; neither argument is changed. */
  public static JsonNode apply(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch.deepCopy();
    }
    ObjectNode result =
        target instanceof ObjectNode object
            ? object.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    changes
        .properties()
        .forEach(
            change -> {
              String field = change.getKey();
              if (change.getValue().isNull()) {
                result.remove(field);
              } else {
                JsonNode old = result.get(field);
                JsonNode base = old == null ? JsonNodeFactory.instance.nullNode() : old;
                result.set(field, apply(base, change.getValue()));
              }
            });
    return result;
  }
}
