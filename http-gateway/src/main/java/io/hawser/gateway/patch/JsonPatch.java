package io.hawser.gateway.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import java.util.ArrayList;
import java.util.List;

/** JSON Patch, RFC 6902. */
public final class JsonPatch {
  /** Most operations of one patch. */
  public static final int MAX_OPERATIONS = 1_000;

  /** Most values of the document at any step: copies can double it. */
  public static final int MAX_VALUES = 50_000;

  private JsonNode document;

  private JsonPatch(JsonNode document) {
    this.document = document;
  }

  /**
   * The patched document; neither argument is changed.
   *
   * @throws StatusError 400 for a malformed patch, 422 when an operation does not fit the document
   */
  public static JsonNode apply(JsonNode target, JsonNode patch) {
    if (!patch.isArray()) {
      throw StatusError.badRequest("a JSON patch is a list of operations");
    }
    if (patch.size() > MAX_OPERATIONS) {
      throw StatusError.badRequest("a JSON patch has at most " + MAX_OPERATIONS + " operations");
    }
    JsonPatch work = new JsonPatch(target.deepCopy());
    int index = 0;
    for (JsonNode operation : patch) {
      work.carryOut(operation, "operation " + index++);
    }
    return work.document;
  }

  private void carryOut(JsonNode operation, String where) {
    String op = text(operation, "op", where);
    List<String> path = pointer(text(operation, "path", where), where);
    switch (op) {
      case "add" -> add(path, value(operation, where).deepCopy(), where);
      case "remove" -> remove(path, where);
      case "replace" -> {
        JsonNode value = value(operation, where).deepCopy();
        if (path.isEmpty()) {
          document = value;
        } else {
          remove(path, where);
          add(path, value, where);
        }
      }
      case "move" -> {
        List<String> from = pointer(text(operation, "from", where), where);
        if (path.size() > from.size() && path.subList(0, from.size()).equals(from)) {
          throw unfit(where, "can't move a value into itself");
        }
        JsonNode value = find(from, where);
        remove(from, where);
        add(path, value, where);
      }
      case "copy" -> {
        add(path, find(pointer(text(operation, "from", where), where), where).deepCopy(), where);
        if (count(document, 0) > MAX_VALUES) {
          throw StatusError.badRequest(
              where + ": the document grew beyond " + MAX_VALUES + " values");
        }
      }
      case "test" -> {
        if (!Json.same(find(path, where), value(operation, where))) {
          throw unfit(where, "the value at " + operation.get("path").asText() + " is another");
        }
      }
      default ->
          throw StatusError.badRequest(
              where + ": op: expected add, remove, replace, move, copy or test, got " + op);
    }
  }

  private void add(List<String> path, JsonNode value, String where) {
    if (path.isEmpty()) {
      document = value;
      return;
    }
    JsonNode parent = find(path.subList(0, path.size() - 1), where);
    String last = path.get(path.size() - 1);
    if (parent instanceof ObjectNode object) {
      object.set(last, value);
    } else if (parent instanceof ArrayNode array) {
      int index = last.equals("-") ? array.size() : index(last, array.size(), where);
      array.insert(index, value);
    } else {
      throw unfit(where, "nothing can be added below a plain value");
    }
  }

  private void remove(List<String> path, String where) {
    if (path.isEmpty()) {
      throw unfit(where, "the whole object can't be removed");
    }
    find(path, where);
    JsonNode parent = find(path.subList(0, path.size() - 1), where);
    String last = path.get(path.size() - 1);
    if (parent instanceof ObjectNode object) {
      object.remove(last);
    } else if (parent instanceof ArrayNode array) {
      array.remove(index(last, array.size() - 1, where));
    }
  }

  private JsonNode find(List<String> path, String where) {
    JsonNode at = document;
    for (String step : path) {
      JsonNode next = null;
      if (at instanceof ObjectNode object) {
        next = object.get(step);
      } else if (at instanceof ArrayNode array) {
        next = array.get(index(step, array.size() - 1, where));
      }
      if (next == null) {
        throw unfit(where, "the object has no value at /" + String.join("/", path));
      }
      at = next;
    }
    return at;
  }

  private static int index(String step, int max, String where) {
    if (!step.matches("0|[1-9]\\d{0,8}") || Integer.parseInt(step) > max) {
      throw unfit(where, "the list has no index " + step);
    }
    return Integer.parseInt(step);
  }

  private static int count(JsonNode node, int soFar) {
    int sum = soFar + 1;
    for (JsonNode child : node) {
      if (sum > MAX_VALUES) {
        return sum;
      }
      sum = count(child, sum);
    }
    return sum;
  }

  private static List<String> pointer(String text, String where) {
    if (text.isEmpty()) {
      return List.of();
    }
    if (!text.startsWith("/")) {
      throw StatusError.badRequest(where + ": a path begins with '/', got " + text);
    }
    List<String> steps = new ArrayList<>();
    for (String step : text.substring(1).split("/", -1)) {
      steps.add(step.replace("~1", "/").replace("~0", "~"));
    }
    return steps;
  }

  private static String text(JsonNode operation, String field, String where) {
    JsonNode value = operation.path(field);
    if (!value.isTextual()) {
      throw StatusError.badRequest(where + ": " + field + ": expected a string");
    }
    return value.textValue();
  }

  private static JsonNode value(JsonNode operation, String where) {
    JsonNode value = operation.get("value");
    if (value == null) {
      throw StatusError.badRequest(where + ": value: required");
    }
    return value;
  }

  private static StatusError unfit(String where, String why) {
    return StatusError.of(422, "Invalid", "the JSON patch does not fit: " + where + ": " + why);
  }
}
