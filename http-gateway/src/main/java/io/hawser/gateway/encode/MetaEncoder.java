package io.hawser.gateway.encode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Condition;
import io.hawser.model.ObjectMeta;
import java.util.List;
import java.util.Optional;

/** Writes {@code metav1.ObjectMeta} and conditions. */
public final class MetaEncoder {
  private MetaEncoder() {}

  public static ObjectNode encode(ObjectMeta meta) {
    ObjectNode node = Json.object().put("name", meta.name());
    Json.putIfSet(node, "namespace", meta.namespace());
    node.put("uid", meta.uid());
    node.put("resourceVersion", Long.toString(meta.resourceVersion()));
    if (meta.generation() > 0) {
      node.put("generation", meta.generation());
    }
    node.put("creationTimestamp", Json.time(meta.createdAt()));
    Json.putIfSet(node, "labels", meta.labels());
    Json.putIfSet(node, "annotations", meta.shownAnnotations());
    meta.managedFields()
        .flatMap(MetaEncoder::managedFields)
        .ifPresent(list -> node.set("managedFields", list));
    return node;
  }

  /** Empty for an annotation that a user had set before its name was the server's. */
  private static Optional<JsonNode> managedFields(String json) {
    try {
      return Optional.of(Json.MAPPER.readTree(json)).filter(JsonNode::isArray);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** The one reference of an object to what made it. */
  public static void owner(
      ObjectNode meta, String apiVersion, String kind, String name, String uid) {
    meta.putArray("ownerReferences")
        .addObject()
        .put("apiVersion", apiVersion)
        .put("kind", kind)
        .put("name", name)
        .put("uid", uid)
        .put("controller", true)
        .put("blockOwnerDeletion", true);
  }

  static void conditions(ObjectNode status, List<Condition> conditions) {
    if (conditions.isEmpty()) {
      return;
    }
    ArrayNode list = status.putArray("conditions");
    for (Condition condition : conditions) {
      ObjectNode node = list.addObject();
      node.put("type", condition.type()).put("status", condition.status());
      node.put("lastUpdateTime", Json.time(condition.lastUpdateAt()));
      node.put("lastTransitionTime", Json.time(condition.lastTransitionAt()));
      Json.putIfSet(node, "reason", condition.reason());
      Json.putIfSet(node, "message", condition.message());
    }
  }
}
