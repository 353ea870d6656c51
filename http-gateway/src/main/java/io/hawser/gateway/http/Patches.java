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
  private static final List<String> SUPPORTED = List.of(JSON_PATCH, MERGE, STRATEGIC);

  private Patches() {}

  /**
   * @throws StatusError 415
   */
  static void requireSupported(String type) {
    if (type.startsWith("application/apply-patch")) {
      throw StatusError.of(
          415,
          "UnsupportedMediaType",
          "server-side apply is not supported; use client-side apply (kubectl apply without"
              + " --server-side) or one of: "
              + String.join(", ", SUPPORTED));
    }
    if (!SUPPORTED.contains(type)) {
      throw Bodies.unsupported(type, String.join(", ", SUPPORTED));
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
