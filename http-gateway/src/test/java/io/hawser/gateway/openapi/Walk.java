package io.hawser.gateway.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Node;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Refusal.Cause;
import io.hawser.model.ResourceAmounts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Goes through all objects that a kind's schema consists of, each where it stands, and asks the
 * kind's decoder about it.
 */
final class Walk {
  static final String STRANGER = "zzz";
  private static final Pattern KNOWN = Pattern.compile("Unknown field: expected one of (.*)");
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final Resource<?> resource;
  private final ObjectNode schemas;
  private final Consumer<Place> visitor;

  /**
   * An object of a kind, at one place.
   *
   * @param component its schema's name in the document
   * @param path as errors name it; empty for the whole
   * @param reached whether its decoder was asked at all: some objects are passed over
   */
  final class Place {
    final String component;
    final String path;
    final boolean reached;
    private final ObjectNode root;
    private final List<String> steps;

    private Place(
        String component, String path, boolean reached, ObjectNode root, List<String> steps) {
      this.component = component;
      this.path = path;
      this.reached = reached;
      this.root = root;
      this.steps = steps;
    }

    String kind() {
      return resource.type().kind();
    }

    ObjectNode schema() {
      return (ObjectNode) schemas.get(component);
    }

    String path(String field) {
      return path.isEmpty() ? field : path + "." + field;
    }

    /** What is wrong when the object says this, and nothing else. */
    List<Cause> causes(Map<String, JsonNode> fields) {
      ObjectNode body = root.deepCopy();
      fields.forEach(object(body)::set);
      return decode(body);
    }

    /** What the decoder says that it knows here; empty when it passes this object over. */
    Set<String> known() {
      Set<String> known = new TreeSet<>();
      for (Map<String, JsonNode> variant : variants()) {
        causes(variant).stream()
            .filter(c -> c.field().equals(path(STRANGER)))
            .map(c -> KNOWN.matcher(c.message()))
            .filter(m -> m.matches())
            .forEach(m -> known.addAll(List.of(m.group(1).split(", "))));
      }
      return known;
    }

    /** A stranger alone, and beside each value that decides what else may be said. */
    private List<Map<String, JsonNode>> variants() {
      JsonNode stranger = Json.MAPPER.getNodeFactory().numberNode(1);
      List<Map<String, JsonNode>> all = new ArrayList<>();
      all.add(Map.of(STRANGER, stranger));
      schema()
          .path("properties")
          .properties()
          .forEach(
              p ->
                  p.getValue()
                      .path("enum")
                      .forEach(v -> all.add(Map.of(STRANGER, stranger, p.getKey(), v))));
      return all;
    }

    private ObjectNode object(ObjectNode body) {
      ObjectNode at = body;
      for (String step : steps) {
        JsonNode next = at.get(step);
        at = (ObjectNode) (next instanceof ArrayNode list ? list.get(0) : next);
      }
      return at;
    }

    private Place child(String field, boolean list, String childComponent) {
      List<String> childSteps = new ArrayList<>(steps);
      childSteps.add(field);
      String childPath = path(field) + (list ? "[0]" : "");
      Place first = null;
      for (Map<String, JsonNode> variant : variants()) {
        ObjectNode body = root.deepCopy();
        ObjectNode parent = object(body);
        variant.forEach((name, value) -> parent.set(name, value));
        parent.remove(STRANGER);
        if (list) {
          parent.putArray(field).addObject();
        } else if (!parent.has(field)) {
          parent.putObject(field);
        }
        Place child = new Place(childComponent, childPath, true, body, childSteps);
        if (!child.known().isEmpty()) {
          return child;
        }
        first =
            first == null ? new Place(childComponent, childPath, false, body, childSteps) : first;
      }
      return first;
    }
  }

  private Walk(Resource<?> resource, ObjectNode schemas, Consumer<Place> visitor) {
    this.resource = resource;
    this.schemas = schemas;
    this.visitor = visitor;
  }

  /**
   * @param schemas of the kind's document
   * @param component the kind's own
   */
  static void through(
      Resource<?> resource, ObjectNode schemas, String component, Consumer<Place> visitor) {
    Walk walk = new Walk(resource, schemas, visitor);
    ObjectNode body = Json.object(resource.type().kind(), resource.type().apiVersion());
    body.putObject("metadata").put("name", "x");
    walk.visit(walk.new Place(component, "", true, body, List.of()));
  }

  private void visit(Place place) {
    visitor.accept(place);
    for (Map.Entry<String, JsonNode> property : place.schema().path("properties").properties()) {
      boolean list = property.getValue().path("type").asText().equals("array");
      JsonNode value = list ? property.getValue().path("items") : property.getValue();
      String reference =
          value.path("allOf").path(0).path("$ref").asText(value.path("$ref").asText());
      String component = reference.substring(reference.lastIndexOf('/') + 1);
      if (schemas.path(component).has("properties")) {
        visit(place.child(property.getKey(), list, component));
      }
    }
  }

  private List<Cause> decode(ObjectNode body) {
    try {
      read(resource, body);
      return List.of();
    } catch (StatusError refused) {
      return refused.causes();
    }
  }

  /** What only the cluster makes is changed; all else is made. */
  @SuppressWarnings("unchecked")
  private static <T> void read(Resource<T> resource, ObjectNode body) {
    switch (resource.type().kind()) {
      case "Node" ->
          resource.update(
              body, resource.type().target("", Optional.of("x")), Optional.of((T) node()));
      case "PersistentVolume" ->
          resource.update(
              body, resource.type().target("", Optional.of("x")), Optional.of((T) volume()));
      default -> resource.create(body, resource.type().target("", Optional.empty()));
    }
  }

  private static Node node() {
    NodeInfo info =
        new NodeInfo(
            "x",
            "r",
            "",
            "10.0.0.1",
            "",
            Set.of(),
            "10.1.0.0/24",
            new ResourceAmounts(2000, 1L << 30, 0, Map.of()),
            10,
            "amd64",
            "6",
            "Debian",
            "1");
    return new Node(meta(), info, false, List.of(), Node.State.READY, "", NOON);
  }

  private static PersistentVolume volume() {
    PersistentVolumeClaim claim =
        new PersistentVolumeClaim(
            meta(),
            new PersistentVolumeClaim.Spec(
                List.of(PersistentVolumeClaim.AccessMode.READ_WRITE_ONCE), 1L << 30, null),
            PersistentVolumeClaim.Status.NONE);
    return PersistentVolume.of(claim, "n1", "v1", NOON);
  }

  private static ObjectMeta meta() {
    return new ObjectMeta("", "x", "u1", 1, 5, NOON, Map.of(), Map.of());
  }
}
