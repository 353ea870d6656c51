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
   * Where a manifest's object belongs.
   *
   * @param defaultNamespace used when the manifest names none
   * @throws CommandFailure naming the field that is missing or the kind nobody serves
   */
  public static ObjectRef of(JsonNode manifest, String defaultNamespace, ApiKinds kinds) {
    String apiVersion = required(manifest, "apiVersion");
    String kind = required(manifest, "kind");
    String name = manifest.path("metadata").path("name").asText("");
    if (name.isEmpty()) {
      throw new CommandFailure(kind + ": metadata.name is missing");
    }
    String namespace = manifest.path("metadata").path("namespace").asText(defaultNamespace);
    return kinds
        .of(apiVersion, kind)
        .map(known -> of(known, namespace, name))
        .orElseThrow(
            () ->
                new CommandFailure(
                    "the cluster serves no kind " + kind + " in apiVersion " + apiVersion));
  }

  private static String required(JsonNode manifest, String field) {
    JsonNode value = manifest.path(field);
    if (!value.isTextual() || value.asText().isBlank()) {
      throw new CommandFailure("a manifest has no " + field + " (expected a string)");
    }
    return value.asText();
  }
}
