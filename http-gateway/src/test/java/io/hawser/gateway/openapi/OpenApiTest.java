package io.hawser.gateway.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.encode.PodEncoder;
import io.hawser.gateway.kind.Reports;
import io.hawser.gateway.kind.ResourceType;
import io.hawser.gateway.kind.Resources;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.ProtobufSchema.Field;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PodPhase;
import io.hawser.model.QosClass;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents are whole, small, and say something of everything. */
class OpenApiTest {
  private static final Set<String> PLAIN =
      Set.of(
          "any",
          "b",
          "byteMap",
          "bytes",
          "intOrString",
          "map",
          "n",
          "quantities",
          "quantity",
          "s",
          "time",
          "z");
  private static final int MOST_BYTES = 200_000;

  private static List<String> paths() throws IOException {
    List<String> paths = new ArrayList<>();
    Json.MAPPER
        .readTree(OpenApi.get().index().bytes())
        .path("paths")
        .fieldNames()
        .forEachRemaining(paths::add);
    return paths;
  }

  private static JsonNode document(String path) throws IOException {
    byte[] bytes = OpenApi.get().document(path).orElseThrow().bytes();
    assertThat(bytes.length).as(path).isLessThan(MOST_BYTES);
    return Json.MAPPER.readTree(bytes);
  }

  @Test
  void eachKindHasItsSchemaAndItsPaths() throws IOException {
    assertThat(paths()).contains("api/v1", "apis/apps/v1", "apis/test.hawser.io/v1");
    List<ResourceType> types = new ArrayList<>(Reports.all());
    Resources.all().forEach(r -> types.add(r.type()));
    for (ResourceType type : types) {
      String core = type.group().isEmpty() ? "api/" : "apis/";
      JsonNode document = document(core + type.apiVersion());
      JsonNode gvk =
          Json.object()
              .put("group", type.group())
              .put("version", type.version())
              .put("kind", type.kind());
      List<JsonNode> schemas = new ArrayList<>();
      document.at("/components/schemas").forEach(schemas::add);
      assertThat(schemas)
          .filteredOn(s -> s.path("x-kubernetes-group-version-kind").path(0).equals(gvk))
          .as(type.kind())
          .hasSize(1);
      String path =
          "/"
              + core
              + type.apiVersion()
              + (type.namespaced() ? "/namespaces/{namespace}/" : "/")
              + type.plural();
      JsonNode all = document.path("paths").path(path);
      JsonNode list = all.path(type.verbs().contains("get") ? "get" : "post");
      assertThat(list.path("x-kubernetes-group-version-kind")).as(path).isEqualTo(gvk);
      JsonNode one = document.path("paths").path(path + "/{name}");
      assertThat(one.has("patch")).isEqualTo(type.verbs().contains("patch"));
      if (one.has("patch")) {
        assertThat(one.at("/patch/parameters/0/name").asText()).isEqualTo("fieldValidation");
      }
    }
  }

  @Test
  void whatIsReferredToIsInTheSameDocument() throws IOException {
    for (String path : paths()) {
      JsonNode document = document(path);
      assertThat(document.findValuesAsText("$ref"))
          .isNotEmpty()
          .allSatisfy(
              reference ->
                  assertThat(document.at(reference.substring(1)).isObject())
                      .as(path + " " + reference)
                      .isTrue());
    }
  }

  @Test
  void everyFieldThatIsShownIsDescribed() throws IOException {
    List<String> silent = new ArrayList<>();
    for (String path : paths()) {
      document(path)
          .at("/components/schemas")
          .properties()
          .forEach(
              schema -> {
                if (!schema.getValue().has("description")) {
                  silent.add(schema.getKey());
                }
                schema
                    .getValue()
                    .path("properties")
                    .properties()
                    .forEach(
                        property -> {
                          if (!property.getValue().has("description")) {
                            silent.add(schema.getKey() + "." + property.getKey());
                          }
                        });
              });
    }
    assertThat(silent).isEmpty();
  }

  @Test
  void everyDescriptionIsOfSomething() {
    Set<String> things = new TreeSet<>(Messages.names());
    for (String message : Messages.names()) {
      Messages.fields(message).forEach(f -> things.add(message + "." + f.name()));
    }
    assertThat(things).containsAll(new Descriptions().names());
  }

  @Test
  void everyTypeIsPlainOrAMessage() {
    for (String message : Messages.names()) {
      assertThat(Messages.fields(message).stream().map(Field::type).filter(t -> !PLAIN.contains(t)))
          .as(message)
          .allMatch(Messages::has);
    }
  }

  @Test
  void wordsOfAStatusAreThoseOfTheModel() {
    Map.of(
            "PodStatus.phase", PodPhase.values(),
            "PodStatus.qosClass", QosClass.values(),
            "PersistentVolumeClaimStatus.phase", PersistentVolumeClaim.Phase.values(),
            "PersistentVolumeStatus.phase", PersistentVolume.Phase.values(),
            "PersistentVolumeSpec.persistentVolumeReclaimPolicy",
                PersistentVolume.ReclaimPolicy.values())
        .forEach(
            (field, values) ->
                assertThat(
                        new Descriptions()
                            .field(
                                field.substring(0, field.indexOf('.')),
                                field.substring(field.indexOf('.') + 1))
                            .values())
                    .as(field)
                    .containsExactlyInAnyOrderElementsOf(
                        Stream.of(values).map(PodEncoder::word).toList()));
  }

  @Test
  void sameKindsMakeTheSameDocuments() {
    OpenApi again = new OpenApi(Resources.all(), Reports.all());
    assertThat(again.index().hash()).isEqualTo(OpenApi.get().index().hash());
    OpenApi fewer = new OpenApi(Resources.all().subList(0, 3), List.of());
    assertThat(fewer.document("api/v1").orElseThrow().hash())
        .isNotEqualTo(again.document("api/v1").orElseThrow().hash());
    assertThat(fewer.index().hash()).isNotEqualTo(again.index().hash());
  }
}
