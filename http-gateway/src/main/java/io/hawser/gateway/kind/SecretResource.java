package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.DataFields;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Secrets, {@code core/v1}. */
final class SecretResource extends ObjectResource<Secret> {
  /** Keys that a type promises, as Kubernetes checks them. */
  private static final Map<String, List<String>> KEYS =
      Map.of(
          "kubernetes.io/dockerconfigjson", List.of(".dockerconfigjson"),
          "kubernetes.io/dockercfg", List.of(".dockercfg"),
          "kubernetes.io/tls", List.of("tls.crt", "tls.key"),
          "kubernetes.io/ssh-auth", List.of("ssh-privatekey"));

  SecretResource() {
    super(
        new ResourceType(
            "", "v1", "Secret", "secrets", "secret", List.of(), true, ResourceType.ALL, List.of()),
        Secret.class);
  }

  @Override
  public Set<String> fieldNames() {
    Set<String> names = new HashSet<>(super.fieldNames());
    names.add("type");
    return names;
  }

  @Override
  public Map<String, String> fields(Secret secret) {
    Map<String, String> fields = new HashMap<>(super.fields(secret));
    fields.put("type", secret.type());
    return fields;
  }

  @Override
  Secret read(ObjectMeta meta, Fields root) {
    Map<String, String> data = new HashMap<>(DataFields.base64(root, "data"));
    DataFields.text(root, "stringData").forEach((key, text) -> data.put(key, base64(text)));
    String type = root.text("type").orElse(Secret.OPAQUE);
    for (String key : KEYS.getOrDefault(type, List.of())) {
      if (!data.containsKey(key)) {
        root.causes().required(root.path("data[" + key + "]"), "a secret of type " + type);
      }
    }
    return new Secret(meta, type, data, root.bool("immutable").orElse(false));
  }

  /** As {@code data}: what was given as {@code stringData} is shown there. */
  @Override
  public ObjectNode shown(ObjectNode config) {
    if (!(config.get("stringData") instanceof ObjectNode texts)) {
      return config;
    }
    for (JsonNode text : texts) {
      if (!text.isTextual()) {
        return config;
      }
    }
    ObjectNode shown = config.deepCopy();
    shown.remove("stringData");
    ObjectNode data = shown.withObject("data");
    texts.properties().forEach(e -> data.put(e.getKey(), base64(e.getValue().textValue())));
    return shown;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  void write(Secret secret, ObjectNode node) {
    Json.putIfSet(node, "data", secret.data());
    if (secret.immutable()) {
      node.put("immutable", true);
    }
    node.put("type", secret.type());
  }

  @Override
  public List<Column<Secret>> columns() {
    return List.of(
        name(),
        Column.text("Type", (s, c) -> s.type()),
        Column.number("Data", (s, c) -> s.data().size()),
        age());
  }
}
