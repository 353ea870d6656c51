package io.hawser.gateway.openapi;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.kind.ResourceType;
import io.hawser.gateway.wire.Json;

/**
 * Writes the document of one group and version: what its kinds consist of, and the paths of its
 * resources, where kubectl looks up a resource's kind and whether a patch checks fields.
 */
final class GroupDocument {
  private static final String GVK = "x-kubernetes-group-version-kind";
  private static final String JSON = "application/json";

  private final ObjectNode document = Json.object().put("openapi", "3.0.0");
  private final ObjectNode paths;
  private final Schemas schemas;

  GroupDocument(Descriptions descriptions) {
    document.putObject("info").put("title", "Hawser").put("version", "v1");
    this.paths = document.putObject("paths");
    this.schemas = new Schemas(document.putObject("components").putObject("schemas"), descriptions);
  }

  ObjectNode json() {
    return document;
  }

  /**
   * @param custom whether a jar added it
   */
  void add(ResourceType type, boolean custom) {
    String component = custom ? "custom." + type.kind() : message(type);
    ObjectNode schema =
        schemas.kind(
            component,
            custom ? Messages.CUSTOM : component,
            custom ? type.kind() + ": a kind of workload that a jar has added." : "");
    schema.putArray(GVK).add(gvk(type));
    String all =
        (type.group().isEmpty() ? "/api/" : "/apis/")
            + type.apiVersion()
            + (type.namespaced() ? "/namespaces/{namespace}/" : "/")
            + type.plural();
    ObjectNode collection = path(all, type, false);
    boolean single = !type.verbs().contains("list");
    operation(collection, "get", single ? "get" : "list", type)
        .set("responses", single ? answer(reference(component)) : listed(component));
    operation(collection, "post", "create", type, component);
    operation(collection, "delete", "deletecollection", type);
    if (single) {
      return;
    }
    ObjectNode one = path(all + "/{name}", type, true);
    operation(one, "get", "get", type).set("responses", answer(reference(component)));
    operation(one, "put", "update", type, component);
    patch(one, type, component);
    operation(one, "delete", "delete", type);
  }

  /** Of this kind alone two versions are served whose fields differ. */
  private static String message(ResourceType type) {
    boolean oldForm = type.apiVersion().equals("autoscaling/v1");
    return oldForm ? type.kind() + "V1" : type.kind();
  }

  private static ObjectNode gvk(ResourceType type) {
    return Json.object()
        .put("group", type.group())
        .put("version", type.version())
        .put("kind", type.kind());
  }

  private ObjectNode path(String path, ResourceType type, boolean named) {
    ObjectNode node = paths.putObject(path);
    ArrayNode parameters = node.putArray("parameters");
    if (type.namespaced()) {
      parameter(parameters, "namespace", "path");
    }
    if (named) {
      parameter(parameters, "name", "path");
    }
    return node;
  }

  private static ObjectNode parameter(ArrayNode parameters, String name, String in) {
    ObjectNode parameter = parameters.addObject().put("name", name).put("in", in);
    parameter.putObject("schema").put("type", "string");
    return in.equals("path") ? parameter.put("required", true) : parameter;
  }

  /** A dead end when the kind has not got the verb. */
  private static ObjectNode operation(
      ObjectNode path, String method, String verb, ResourceType type) {
    ObjectNode operation = Json.object();
    if (type.verbs().contains(verb)) {
      path.set(method, operation);
    }
    operation.put("operationId", verb + "-" + type.plural());
    operation.put("x-kubernetes-action", verb);
    operation.set(GVK, gvk(type));
    operation.putObject("responses").putObject("200").put("description", "OK");
    return operation;
  }

  private static void operation(
      ObjectNode path, String method, String verb, ResourceType type, String component) {
    ObjectNode operation = operation(path, method, verb, type);
    writing(operation);
    operation.set("requestBody", content(reference(component), JSON));
    operation.set("responses", answer(reference(component)));
  }

  /**
   * Strategic merge patches are read but not named: a kubectl that saw them here would make them
   * from this document instead of by the merge keys of Kubernetes' types, which it has inside.
   */
  private static void patch(ObjectNode path, ResourceType type, String component) {
    ObjectNode operation = operation(path, "patch", "patch", type);
    parameter(writing(operation), "force", "query")
        .put("description", "Of an apply: takes fields over from their other managers.");
    operation.set(
        "requestBody",
        content(
            Json.object().put("type", "object"),
            "application/apply-patch+yaml",
            "application/json-patch+json",
            "application/merge-patch+json"));
    operation.set("responses", answer(reference(component)));
  }

  /** Without fieldValidation kubectl would check fields itself, by the document of version 2. */
  private static ArrayNode writing(ObjectNode operation) {
    ArrayNode parameters = operation.putArray("parameters");
    parameter(parameters, "fieldValidation", "query")
        .put("description", "Read as Strict, whatever it says: an unknown field is refused.");
    parameter(parameters, "dryRun", "query")
        .put("description", "All: the answer that the write would get, and nothing is done.");
    parameter(parameters, "fieldManager", "query")
        .put("description", "Who owns what is written, once an object has been applied.");
    return parameters;
  }

  private static ObjectNode reference(String component) {
    return Json.object().put("$ref", Schemas.PREFIX + component);
  }

  private static ObjectNode content(ObjectNode schema, String... types) {
    ObjectNode node = Json.object();
    ObjectNode content = node.putObject("content");
    for (String type : types) {
      content.putObject(type).set("schema", schema);
    }
    return node;
  }

  private static ObjectNode answer(ObjectNode schema) {
    ObjectNode responses = Json.object();
    responses.set("200", content(schema, JSON).put("description", "OK"));
    return responses;
  }

  private static ObjectNode listed(String component) {
    ObjectNode list = Json.object().put("type", "object");
    ObjectNode items = list.putObject("properties").putObject("items").put("type", "array");
    items.set("items", reference(component));
    return answer(list);
  }
}
