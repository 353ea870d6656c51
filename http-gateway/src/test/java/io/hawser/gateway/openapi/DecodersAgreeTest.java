package io.hawser.gateway.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.Resources;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Refusal.Cause;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The schema that is told and the decoders that check are one. */
class DecodersAgreeTest {
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;
  private static final String REFUSED = "Forbidden: this field is not supported by Hawser";
  private static final Pattern VALUES =
      Pattern.compile("Unsupported value: .*: supported values: (.*)");

  /** Values of any shape that say something. */
  private static final List<JsonNode> SAYING =
      List.of(
          MAKE.textNode("x"),
          MAKE.numberNode(1),
          MAKE.booleanNode(true),
          MAKE.objectNode().put("a", "b"),
          MAKE.arrayNode().add(1));

  /** The server's own, or read whole: nothing in them is looked at. */
  private static final Set<String> NOT_DECODED =
      Set.of(
          "ConditionPattern",
          "CustomSpec",
          "LocalVolume",
          "ObjectReference",
          "PersistentVolumeSpec",
          "VolumeNodeAffinity");

  /** Whose error lists values, but which may have others: elsewhere, or of a form. */
  private static final Set<String> OPEN_LISTS =
      Set.of(
          "FieldRef.fieldPath",
          "NameValue.name",
          "NodeRequirement.key",
          "OwnerReference.apiVersion",
          "OwnerReference.kind",
          "PersistentVolumeClaim.apiVersion",
          "PersistentVolumeClaim.kind");

  private static final List<Walk.Place> PLACES = new ArrayList<>();

  @BeforeAll
  static void walk() throws IOException {
    for (Resource<?> resource : Resources.all()) {
      if (resource.type().verbs().contains("create")
          || resource.type().verbs().contains("update")) {
        Walk.through(resource, schemas(resource), component(resource), PLACES::add);
      }
    }
  }

  private static ObjectNode schemas(Resource<?> resource) throws IOException {
    String prefix = resource.type().group().isEmpty() ? "api/" : "apis/";
    byte[] bytes =
        OpenApi.get().document(prefix + resource.type().apiVersion()).orElseThrow().bytes();
    return (ObjectNode) Json.MAPPER.readTree(bytes).at("/components/schemas");
  }

  private static String component(Resource<?> resource) throws IOException {
    for (Map.Entry<String, JsonNode> schema : schemas(resource).properties()) {
      for (JsonNode gvk : schema.getValue().path("x-kubernetes-group-version-kind")) {
        if (gvk.path("kind").asText().equals(resource.type().kind())) {
          return schema.getKey();
        }
      }
    }
    throw new AssertionError("no schema of " + resource.type().kind());
  }

  private static Set<String> properties(Walk.Place place) {
    Set<String> names = new TreeSet<>();
    place.schema().path("properties").fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static String where(Walk.Place place) {
    return place.kind() + " " + place.path;
  }

  @Test
  void everyObjectOfTheSchemaIsDecodedOrPassedOverWhole() {
    Set<String> reached = new TreeSet<>();
    Set<String> others = new TreeSet<>();
    PLACES.forEach(p -> (p.reached ? reached : others).add(p.component));
    others.removeAll(reached);
    others.removeIf(name -> PLACES.stream().anyMatch(p -> p.component.equals(name) && isStatus(p)));
    assertThat(others).isEqualTo(new TreeSet<>(NOT_DECODED));
    assertThat(PLACES.stream().filter(p -> p.reached)).hasSizeGreaterThan(500);
  }

  private static boolean isStatus(Walk.Place place) {
    return (place.path + ".").contains("status.");
  }

  @Test
  void whatTheSchemaNamesIsKnownToTheDecoder() {
    List<String> unknown = new ArrayList<>();
    for (Walk.Place place : PLACES) {
      if (place.reached) {
        Set<String> left = properties(place);
        left.removeAll(place.known());
        left.forEach(name -> unknown.add(where(place) + ": " + name));
      }
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void whatTheDecoderKnowsIsInTheSchemaUnlessItIsRefusedByName() {
    List<String> missing = new ArrayList<>();
    for (Walk.Place place : PLACES) {
      Set<String> left = place.reached ? place.known() : new TreeSet<>();
      left.removeAll(properties(place));
      if (place.path.isEmpty()) {
        // Of kinds that have none: passed over for all of them alike.
        left.remove("status");
      }
      left.removeIf(name -> SAYING.stream().allMatch(value -> isRefused(place, name, value)));
      left.forEach(name -> missing.add(where(place) + ": " + name));
    }
    assertThat(missing).isEmpty();
  }

  private static boolean isRefused(Walk.Place place, String name, JsonNode value) {
    return place.causes(Map.of(name, value)).stream()
        .anyMatch(c -> c.field().equals(place.path(name)) && c.message().startsWith(REFUSED));
  }

  @Test
  void whatIsRefusedEverywhereIsNotInTheSchema() {
    Map<String, Boolean> refused = new TreeMap<>();
    for (Walk.Place place : PLACES) {
      for (String name : properties(place)) {
        List<JsonNode> values = new ArrayList<>(SAYING);
        place.schema().path("properties").path(name).path("enum").forEach(values::add);
        boolean here = values.stream().allMatch(value -> isRefused(place, name, value));
        refused.merge(place.component + "." + name, here, Boolean::logicalAnd);
      }
    }
    assertThat(refused.entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey))
        .isEmpty();
  }

  @Test
  void whatMustBeGivenIsTheSame() {
    Map<String, Boolean> required = new TreeMap<>();
    for (Walk.Place place : PLACES) {
      if (!place.reached || place.component.equals("ObjectMeta")) {
        // A name or generateName: that can't be said field by field.
        continue;
      }
      List<Cause> causes = place.causes(place.path.isEmpty() ? without("metadata") : Map.of());
      for (String name : properties(place)) {
        boolean here =
            causes.stream()
                .anyMatch(
                    c ->
                        c.field().equals(place.path(name))
                            && c.reason().equals("FieldValueRequired"));
        required.merge(place.component + "." + name, here, Boolean::logicalAnd);
      }
    }
    List<String> told = new ArrayList<>();
    for (Walk.Place place : PLACES) {
      place
          .schema()
          .path("required")
          .forEach(name -> told.add(place.component + "." + name.asText()));
    }
    assertThat(
            required.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList())
        .isEqualTo(told.stream().distinct().sorted().toList());
  }

  private static Map<String, JsonNode> without(String field) {
    return Map.of(field, MAKE.nullNode());
  }

  @Test
  void valuesThatAreListedAreTheSame() {
    Map<String, Set<String>> taken = new TreeMap<>();
    Map<String, Set<String>> told = new TreeMap<>();
    for (Walk.Place place : PLACES) {
      for (String name : properties(place)) {
        String key = place.component + "." + name;
        JsonNode property = place.schema().path("properties").path(name);
        if (place.reached && property.path("type").asText().equals("string")) {
          property
              .path("enum")
              .forEach(v -> told.computeIfAbsent(key, k -> new TreeSet<>()).add(v.asText()));
          // An empty text counts as absent, everywhere.
          told.getOrDefault(key, new TreeSet<>()).remove("");
          values(place, name).forEach(v -> taken.computeIfAbsent(key, k -> new TreeSet<>()).add(v));
        }
      }
    }
    taken.keySet().removeAll(OPEN_LISTS);
    assertThat(taken).isEqualTo(told);
  }

  private static List<String> values(Walk.Place place, String name) {
    List<String> all = new ArrayList<>();
    for (Cause cause : place.causes(Map.of(name, MAKE.textNode("§")))) {
      Matcher matcher = VALUES.matcher(cause.message());
      if (cause.field().equals(place.path(name)) && matcher.matches()) {
        for (String value : matcher.group(1).split(", ")) {
          all.add(value.replace("\"", ""));
        }
      }
    }
    return all;
  }

  @Test
  void typesAreTheSame() {
    Map<String, String> words = new LinkedHashMap<>();
    words.put("string", "a string");
    words.put("integer", "a whole number");
    words.put("boolean", "true or false");
    words.put("array", "a list");
    words.put("object", "an object");
    List<String> different = new ArrayList<>();
    int compared = 0;
    for (Walk.Place place : PLACES) {
      for (String name : properties(place)) {
        JsonNode property = place.schema().path("properties").path(name);
        String word =
            words.get(property.path("type").asText(property.has("allOf") ? "object" : ""));
        for (JsonNode wrong : SAYING) {
          for (Cause cause : place.causes(Map.of(name, wrong))) {
            if (cause.field().equals(place.path(name))
                && cause.reason().equals("FieldValueTypeInvalid")) {
              compared++;
              if (!cause.message().contains("expected " + word + ",")) {
                different.add(where(place) + "." + name + ": " + cause.message());
              }
            }
          }
        }
      }
    }
    assertThat(different).isEmpty();
    assertThat(compared).isGreaterThan(5_000);
  }
}
