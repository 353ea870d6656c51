package io.hawser.ops.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One object that a manifest or a user names.
 *
 * @param label as it is printed: {@code deployment.apps/web}
 * @param namespace empty for a kind that lives in none
 * @param collectionPath where one is created
 * @param path of the object itself
 */
public record ObjectRef(String label, String namespace, String collectionPath, String path) {

  public static ObjectRef of(ResourceKind kind, String namespace, String name) {
    return new ObjectRef(
        kind.label() + "/" + name,
        kind.namespaced() ? namespace : "",
        kind.path(java.util.Optional.of(namespace)),
        kind.path(namespace, name));
  }

  /**
   * Where a manifest's object belongs. A kind that the command line does not know is looked up in
   * the API's discovery.
   *
   * @param defaultNamespace used when the manifest names none
   * @throws CommandFailure naming the field that is missing or the kind nobody serves
   */
  public static ObjectRef of(JsonNode manifest, String defaultNamespace, GatewayClient client) {
    String apiVersion = required(manifest, "apiVersion");
    String kind = required(manifest, "kind");
    String name = manifest.path("metadata").path("name").asText("");
    if (name.isEmpty()) {
      throw new CommandFailure(kind + ": metadata.name is missing");
    }
    String namespace = manifest.path("metadata").path("namespace").asText(defaultNamespace);
    return ResourceKind.of(apiVersion, kind)
        .map(known -> of(known, namespace, name))
        .orElseGet(() -> discover(client, apiVersion, kind, namespace, name));
  }

  private static String required(JsonNode manifest, String field) {
    JsonNode value = manifest.path(field);
    if (!value.isTextual() || value.asText().isBlank()) {
      throw new CommandFailure("a manifest has no " + field + " (expected a string)");
    }
    return value.asText();
  }

  private static ObjectRef discover(
      GatewayClient client, String apiVersion, String kind, String namespace, String name) {
    String base = (apiVersion.contains("/") ? "/apis/" : "/api/") + apiVersion;
    JsonNode resources = client.find(base).map(r -> r.path("resources")).orElse(null);
    if (resources != null) {
      for (JsonNode resource : resources) {
        String plural = resource.path("name").asText();
        if (kind.equals(resource.path("kind").asText()) && !plural.contains("/")) {
          boolean namespaced = resource.path("namespaced").asBoolean();
          String scope = namespaced ? "/namespaces/" + ResourceKind.encode(namespace) : "";
          String collection = base + scope + "/" + plural;
          String group = apiVersion.contains("/") ? "." + apiVersion.split("/")[0] : "";
          return new ObjectRef(
              kind.toLowerCase(java.util.Locale.ROOT) + group + "/" + name,
              namespaced ? namespace : "",
              collection,
              collection + "/" + ResourceKind.encode(name));
        }
      }
    }
    throw new CommandFailure("the cluster serves no kind " + kind + " in apiVersion " + apiVersion);
  }
}
