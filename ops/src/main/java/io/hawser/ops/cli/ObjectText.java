package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Any object of the API as indented lines, {@code Name: value}, with what only programs read left
 * out. Generic: a new field of an object shows without a change here.
 */
final class ObjectText {
  private static final Set<String> HIDDEN =
      Set.of(
          "managedFields",
          "kubectl.kubernetes.io/last-applied-configuration",
          "apiVersion",
          "generation",
          "resourceVersion",
          "selfLink");

  private static final Set<String> USER_KEYS =
      Set.of("annotations", "data", "labels", "matchLabels", "nodeSelector");

  private static final int INDENT = 2;
  private static final int VALUE_COLUMN = 24;

  private final Consumer<String> out;

  ObjectText(Consumer<String> out) {
    this.out = out;
  }

  /** Of a secret only the sizes of its values are shown. */
  void print(JsonNode object) {
    JsonNode meta = object.path("metadata");
    line(0, "Name", meta.path("name").asText());
    if (meta.has("namespace")) {
      line(0, "Namespace", meta.path("namespace").asText());
    }
    line(0, "Kind", object.path("kind").asText());
    fields(0, meta, "name", "namespace");
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      if (hides(object, field.getKey())) {
        sizes(field.getKey(), field.getValue());
      } else if (!field.getKey().equals("metadata") && !field.getKey().equals("kind")) {
        value(0, field.getKey(), field.getValue());
      }
    }
  }

  private static boolean hides(JsonNode object, String field) {
    return object.path("kind").asText().equals("Secret") && field.equals("data")
        || object.path("kind").asText().equals("ConfigMap") && field.equals("binaryData");
  }

  private void sizes(String name, JsonNode data) {
    heading(0, title(name));
    for (Map.Entry<String, JsonNode> entry : data.properties()) {
      line(
          1,
          entry.getKey(),
          Base64.getDecoder().decode(entry.getValue().asText()).length + " bytes");
    }
  }

  private void fields(int depth, JsonNode object, String... except) {
    List<String> left = List.of(except);
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      if (!left.contains(field.getKey())) {
        value(depth, field.getKey(), field.getValue());
      }
    }
  }

  private void value(int depth, String name, JsonNode value) {
    if (HIDDEN.contains(name) || value.isNull() || (value.isContainerNode() && value.isEmpty())) {
      return;
    }
    String title = depth == 0 || !name.contains("/") ? title(name) : name;
    if (value.isObject() && USER_KEYS.contains(name)) {
      userKeys(depth, title, value);
    } else if (value.isObject()) {
      heading(depth, title);
      fields(depth + 1, value);
    } else if (value.isArray() && value.get(0).isContainerNode()) {
      heading(depth, title);
      items(depth + 1, value);
    } else if (value.isArray()) {
      StringBuilder words = new StringBuilder();
      value.forEach(word -> words.append(words.length() == 0 ? "" : " ").append(word.asText()));
      line(depth, title, words.toString());
    } else {
      line(depth, title, value.asText());
    }
  }

  /** Keys that users chose stay as they are. */
  private void userKeys(int depth, String title, JsonNode map) {
    List<String> shown = new ArrayList<>();
    map.fieldNames().forEachRemaining(shown::add);
    shown.removeAll(HIDDEN);
    if (!shown.isEmpty()) {
      heading(depth, title);
    }
    shown.forEach(key -> line(depth + 1, key, map.path(key).asText()));
  }

  private void items(int depth, JsonNode items) {
    for (JsonNode item : items) {
      String name = item.path("name").asText(item.path("type").asText("-"));
      heading(depth, name);
      fields(depth + 1, item, item.has("name") ? "name" : "type");
    }
  }

  private void heading(int depth, String title) {
    out.accept(" ".repeat(depth * INDENT) + title + ":");
  }

  private void line(int depth, String title, String value) {
    String start = " ".repeat(depth * INDENT) + title + ":";
    String gap = " ".repeat(Math.max(1, VALUE_COLUMN - start.length()));
    String[] lines = value.strip().split("\\R", -1);
    out.accept((start + gap + lines[0]).stripTrailing());
    for (int i = 1; i < lines.length; i++) {
      out.accept(
          (" ".repeat(Math.max(VALUE_COLUMN, start.length() + 1)) + lines[i]).stripTrailing());
    }
  }

  /** {@code nodeName} becomes {@code Node Name}. */
  private static String title(String name) {
    String spaced = name.replaceAll("([a-z])([A-Z])", "$1 $2");
    return Character.toUpperCase(spaced.charAt(0)) + spaced.substring(1);
  }
}
