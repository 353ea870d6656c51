package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ConfigSource.AllKeys;
import io.hawser.model.ConfigSource.FileVolume;
import io.hawser.model.ConfigSource.Files;
import io.hawser.model.ConfigSource.Form;
import io.hawser.model.ConfigSource.Item;
import io.hawser.model.ConfigSource.KeyRef;
import io.hawser.model.ConfigSource.Kind;
import io.hawser.model.ConfigSource.ResourceRef;
import io.hawser.model.PodContainer.EnvVar;
import java.util.List;

/** Writes variables and volumes that come from config maps, secrets and the pod itself. */
final class ConfigSourceEncoder {
  private ConfigSourceEncoder() {}

  static void variable(EnvVar variable, ObjectNode node) {
    node.put("name", variable.name());
    Json.putIfSet(node, "value", variable.value());
    variable.fieldPath().ifPresent(path -> field(node.putObject("valueFrom"), path));
    variable.keyRef().ifPresent(ref -> keyRef(node.putObject("valueFrom"), ref));
    variable.resourceRef().ifPresent(ref -> resource(node.putObject("valueFrom"), ref));
  }

  private static void field(ObjectNode node, String path) {
    node.putObject("fieldRef").put("apiVersion", "v1").put("fieldPath", path);
  }

  private static void keyRef(ObjectNode node, KeyRef ref) {
    boolean secret = ref.kind() == Kind.SECRET;
    ObjectNode child = node.putObject(secret ? "secretKeyRef" : "configMapKeyRef");
    child.put("name", ref.name()).put("key", ref.key());
    optional(child, ref.optional());
  }

  private static void resource(ObjectNode node, ResourceRef ref) {
    ObjectNode child = node.putObject("resourceFieldRef");
    Json.putIfSet(child, "containerName", ref.container());
    child.put("resource", ref.resource());
    child.put("divisor", ref.divisor().isEmpty() ? "0" : ref.divisor());
  }

  static void allKeys(List<AllKeys> all, ObjectNode container) {
    if (all.isEmpty()) {
      return;
    }
    ArrayNode list = container.putArray("envFrom");
    for (AllKeys from : all) {
      ObjectNode node = list.addObject();
      Json.putIfSet(node, "prefix", from.prefix());
      boolean secret = from.kind() == Kind.SECRET;
      ObjectNode ref = node.putObject(secret ? "secretRef" : "configMapRef");
      optional(ref.put("name", from.name()), from.optional());
    }
  }

  static void volume(FileVolume volume, ObjectNode node) {
    String field =
        switch (volume.form()) {
          case CONFIG_MAP -> "configMap";
          case SECRET -> "secret";
          case DOWNWARD_API -> "downwardAPI";
          case PROJECTED -> "projected";
        };
    ObjectNode child = node.putObject(field);
    if (volume.form() == Form.PROJECTED) {
      ArrayNode sources = child.putArray("sources");
      volume
          .sources()
          .forEach(s -> source(s, sources.addObject().putObject(word(s.kind())), false));
    } else {
      volume.sources().forEach(s -> source(s, child, volume.form() == Form.SECRET));
    }
    child.put("defaultMode", volume.defaultMode());
  }

  private static String word(Kind kind) {
    return switch (kind) {
      case CONFIG_MAP -> "configMap";
      case SECRET -> "secret";
      case DOWNWARD -> "downwardAPI";
    };
  }

  private static void source(Files files, ObjectNode node, boolean secretVolume) {
    Json.putIfSet(node, secretVolume ? "secretName" : "name", files.name());
    optional(node, files.optional());
    if (files.items().isEmpty()) {
      return;
    }
    ArrayNode items = node.putArray("items");
    for (Item item : files.items()) {
      ObjectNode child = items.addObject();
      if (files.kind() == Kind.DOWNWARD) {
        item.resource().ifPresentOrElse(r -> resource(child, r), () -> field(child, item.key()));
      } else {
        child.put("key", item.key());
      }
      child.put("path", item.path());
      item.mode().ifPresent(mode -> child.put("mode", mode));
    }
  }

  private static void optional(ObjectNode node, boolean optional) {
    if (optional) {
      node.put("optional", true);
    }
  }
}
