package io.hawser.ops.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** What commands and the demo do through a gateway in more than one request. */
public final class Deployer {
  /** Where gateways say how the cluster is. */
  public static final String STATUS_PATH = "/apis/hawser.io/v1/status";

  /** Another client may change the object between our read and our patch. */
  private static final int CONFLICT_RETRIES = 3;

  private Deployer() {}

  /** The node that hosts the scheduler; empty while nobody knows. */
  public static String schedulerNode(GatewayClient client) {
    return client.get(STATUS_PATH).path("scheduler").path("node").asText("");
  }

  /**
   * Makes the cluster have what a manifest says.
   *
   * @return what was done: {@code deployment.apps/web created}, {@code configured} or {@code
   *     unchanged}
   */
  public static String apply(GatewayClient client, JsonNode manifest, String defaultNamespace) {
    ObjectRef ref = ObjectRef.of(manifest, defaultNamespace, new ApiKinds(() -> client));
    JsonNode placed = ref.namespace().isEmpty() ? manifest : inNamespace(manifest, ref.namespace());
    for (int attempt = 1; ; attempt++) {
      try {
        return ref.label() + " " + applyOnce(client, ref, placed);
      } catch (CommandFailure e) {
        if (e.httpCode() != 409 || attempt == CONFLICT_RETRIES) {
          throw e;
        }
      }
    }
  }

  private static String applyOnce(GatewayClient client, ObjectRef ref, JsonNode manifest) {
    Optional<JsonNode> current = client.find(ref.path());
    if (current.isEmpty()) {
      client.post(ref.collectionPath(), ApplyPatch.annotated(manifest));
      return "created";
    }
    ObjectNode patch = ApplyPatch.compute(current.get(), manifest);
    if (patch.isEmpty()) {
      return "unchanged";
    }
    JsonNode after = client.patch(ref.path(), GatewayClient.STRATEGIC_PATCH, patch);
    return version(after).equals(version(current.get())) ? "unchanged" : "configured";
  }

  private static String version(JsonNode object) {
    return object.path("metadata").path("resourceVersion").asText();
  }

  private static JsonNode inNamespace(JsonNode manifest, String namespace) {
    ObjectNode copy = manifest.deepCopy();
    copy.withObject("/metadata").put("namespace", namespace);
    return copy;
  }
}
