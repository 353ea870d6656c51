package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.kind.ResourceType;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.StatusError;
import java.util.Optional;

/** The body of a server-side apply: those fields of an object that its sender decides on. */
record Configuration(ResourceType type, String name, ObjectNode object) {
  /**
   * @param bytes YAML or JSON, which clients send under the same media type
   * @throws StatusError 400 when it is not about the object of the path, or names owners
   */
  static Configuration parse(ResourceType type, ApiPath path, byte[] bytes) {
    ObjectNode object = Documents.requireObject(tree(bytes));
    String name = path.name().orElseThrow();
    require(object, "apiVersion", type.apiVersion());
    require(object, "kind", type.kind());
    JsonNode meta = object.path("metadata");
    requireIfSet(meta, "name", name);
    requireIfSet(meta, "namespace", path.namespace());
    if (!meta.path("managedFields").isEmpty()) {
      throw StatusError.badRequest("metadata.managedFields must be nil");
    }
    return new Configuration(type, name, object);
  }

  /** JSON is read as such where it is: YAML 1.1 has other escapes. */
  private static JsonNode tree(byte[] bytes) {
    int first = 0;
    while (first < bytes.length && Character.isWhitespace(bytes[first])) {
      first++;
    }
    if (first < bytes.length && bytes[first] == '{') {
      try {
        return Documents.parseJson(bytes);
      } catch (StatusError notJson) {
        return Documents.parseYaml(bytes);
      }
    }
    return Documents.parseYaml(bytes);
  }

  private static void require(ObjectNode object, String field, String expected) {
    String got = object.path(field).asText();
    if (got.isEmpty()) {
      throw StatusError.badRequest(field + ": Required value: an apply says what it is about");
    } else if (!got.equals(expected)) {
      throw StatusError.badRequest(
          "%s: the configuration says \"%s\", the request's path says \"%s\""
              .formatted(field, got, expected));
    }
  }

  private static void requireIfSet(JsonNode meta, String field, String expected) {
    String got = meta.path(field).asText("");
    if (!got.isEmpty() && !got.equals(expected)) {
      throw StatusError.badRequest(
          "metadata.%s: the configuration says \"%s\", the request's path says \"%s\""
              .formatted(field, got, expected));
    }
  }

  private Optional<String> meta(String field) {
    return Optional.of(object.path("metadata").path(field).asText(""))
        .filter(text -> !text.isEmpty());
  }

  /** Its sender names the very object, or state, that it is for. */
  boolean isPinned() {
    return meta("resourceVersion").isPresent() || meta("uid").isPresent();
  }

  /**
   * @throws StatusError 409 when it is for an object that was there
   */
  void requireAbsent() {
    meta("uid")
        .ifPresent(
            uid -> {
              throw conflict(
                  "uid mismatch: the provided object specified uid "
                      + uid
                      + ", and no existing object was found");
            });
    meta("resourceVersion")
        .ifPresent(
            version -> {
              throw conflict("resourceVersion " + version + " was given, and there is no object");
            });
  }

  /**
   * @throws StatusError 409 when it is for another object of that name, or for an older state
   */
  void requireSame(ObjectNode live) {
    JsonNode there = live.path("metadata");
    meta("uid")
        .filter(uid -> !uid.equals(there.path("uid").asText()))
        .ifPresent(
            uid -> {
              throw conflict(
                  "Precondition failed: UID in precondition: "
                      + uid
                      + ", UID in object meta: "
                      + there.path("uid").asText());
            });
    meta("resourceVersion")
        .filter(version -> !version.equals(there.path("resourceVersion").asText()))
        .ifPresent(
            version -> {
              throw conflict(
                  "the object has been modified; please apply your changes to the latest version"
                      + " and try again");
            });
  }

  private StatusError conflict(String why) {
    String all = type.group().isEmpty() ? type.plural() : type.plural() + "." + type.group();
    return StatusError.conflict(
        type.subject(name),
        "Operation cannot be fulfilled on %s \"%s\": %s".formatted(all, name, why));
  }
}
