package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.patch.JsonPatch;
import io.hawser.gateway.patch.MergePatch;
import io.hawser.gateway.patch.StrategicMergePatch;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.StatusError;
import java.util.List;

/** The kinds of patch, by their media types. */
final class Patches {
  private static final String MERGE = "application/merge-patch+json";
  private static final String STRATEGIC = "application/strategic-merge-patch+json";
  private static final String JSON_PATCH = "application/json-patch+json";
  private static final String APPLY = "application/apply-patch+yaml";
  private static final List<String> SUPPORTED = List.of(JSON_PATCH, MERGE, STRATEGIC);

  private Patches() {}

  /** The one that is no patch of what is there: a configuration to be merged into it. */
  static boolean isApply(String type) {
    return type.equals(APPLY);
  }

  /**
   * @param applies whether what is patched can be applied, too
   * @throws StatusError 415
   */
  static void requireSupported(String type, boolean applies) {
    if (!SUPPORTED.contains(type) && !(applies && isApply(type))) {
      String all = String.join(", ", SUPPORTED) + (applies ? ", " + APPLY : "");
      throw Bodies.unsupported(type, all);
    }
  }

  static JsonNode parse(String type, byte[] bytes) {
    JsonNode patch = Documents.parseJson(bytes);
    return type.equals(JSON_PATCH) ? patch : Documents.requireObject(patch);
  }

  static ObjectNode apply(String type, ObjectNode before, JsonNode patch) {
    return switch (type) {
      case MERGE -> Documents.requireObject(MergePatch.apply(before, patch));
      case STRATEGIC -> StrategicMergePatch.apply(before, (ObjectNode) patch);
      default -> Documents.requireObject(JsonPatch.apply(before, patch));
    };
  }
}
