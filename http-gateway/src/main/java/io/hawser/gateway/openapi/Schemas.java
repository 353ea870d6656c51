package io.hawser.gateway.openapi;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.openapi.Descriptions.Word;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.ProtobufSchema.Field;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/** Writes messages as the {@code components.schemas} of one document. */
final class Schemas {
  static final String PREFIX = "#/components/schemas/";
  private static final String OPEN = "x-kubernetes-preserve-unknown-fields";

  private final ObjectNode components;
  private final Descriptions descriptions;
  private final Deque<String> wanted = new ArrayDeque<>();

  /**
   * @param components gets a schema for each message that is asked for, and those they consist of
   */
  Schemas(ObjectNode components, Descriptions descriptions) {
    this.components = components;
    this.descriptions = descriptions;
  }

  /**
   * An object that clients name by its kind.
   *
   * @param component what the schema is called in the document
   * @return the schema
   */
  ObjectNode kind(String component, String message, String description) {
    ObjectNode schema = schema(message);
    if (!description.isEmpty()) {
      schema.put("description", description);
    }
    components.set(component, schema);
    identify(schema);
    rest();
    return schema;
  }

  private static void identify(ObjectNode schema) {
    ObjectNode properties = (ObjectNode) schema.get("properties");
    properties
        .putObject("apiVersion")
        .put("type", "string")
        .put("description", "Group and version of this form of the object, such as apps/v1.");
    properties
        .putObject("kind")
        .put("type", "string")
        .put("description", "What the object is, in camel case.");
  }

  private void rest() {
    while (!wanted.isEmpty()) {
      String message = wanted.pop();
      if (!components.has(message)) {
        components.set(message, component(message));
      }
    }
  }

  private ObjectNode component(String message) {
    return switch (message) {
      case "Quantity" ->
          either("string", "number")
              .put("description", "An amount, such as 500m, 2 or 64Mi; a plain number, too.");
      case "IntOrString" ->
          either("integer", "string").put("description", "A number, or text such as 25%.");
      // The one kind that is part of another: a stateful set's templates say what they are.
      case "PersistentVolumeClaim" -> {
        ObjectNode schema = schema(message);
        identify(schema);
        yield schema;
      }
      default -> schema(message);
    };
  }

  /** Without a type, as Kubernetes has them: kubectl shows their name instead. */
  private static ObjectNode either(String one, String other) {
    ObjectNode schema = Json.object();
    ArrayNode types = schema.putArray("oneOf");
    types.addObject().put("type", one);
    types.addObject().put("type", other);
    return schema;
  }

  private ObjectNode schema(String message) {
    ObjectNode schema = Json.object().put("type", "object");
    Json.putIfSet(schema, "description", descriptions.message(message).text());
    ObjectNode properties = schema.putObject("properties");
    List<Field> fields =
        Messages.fields(message).stream().sorted(Comparator.comparing(Field::name)).toList();
    for (Field field : fields) {
      Word word = descriptions.field(message, field.name());
      properties.set(field.name(), property(field, word));
      if (word.required()) {
        schema.withArray("/required").add(field.name());
      }
    }
    if (Messages.OPEN.contains(message)) {
      schema.put(OPEN, true);
    }
    return schema;
  }

  private ObjectNode property(Field field, Word word) {
    ObjectNode value = value(field.type());
    ObjectNode property = value;
    if (field.repeated()) {
      property = Json.object().put("type", "array");
      property.set("items", value);
    } else if (value.has("$ref")) {
      // Beside a reference nothing counts, so that it stands in a list of its own.
      property = Json.object();
      property.putArray("allOf").add(value);
    }
    Json.putIfSet(field.repeated() ? value : property, "enum", word.values());
    Json.putIfSet(property, "description", word.text());
    return property;
  }

  private ObjectNode value(String type) {
    ObjectNode node = Json.object();
    return switch (type) {
      case "s" -> node.put("type", "string");
      case "n", "z" -> node.put("type", "integer");
      case "b" -> node.put("type", "boolean");
      case "bytes" -> node.put("type", "string").put("format", "byte");
      case "time" -> node.put("type", "string").put("format", "date-time");
      case "any" -> node.put("type", "object").put(OPEN, true);
      case "map" -> map("s");
      case "byteMap" -> map("bytes");
      case "quantities" -> map("quantity");
      case "quantity" -> reference("Quantity");
      case "intOrString" -> reference("IntOrString");
      default -> reference(type);
    };
  }

  private ObjectNode map(String type) {
    ObjectNode node = Json.object().put("type", "object");
    node.set("additionalProperties", value(type));
    return node;
  }

  private ObjectNode reference(String message) {
    wanted.add(message);
    return Json.object().put("$ref", PREFIX + message);
  }
}
