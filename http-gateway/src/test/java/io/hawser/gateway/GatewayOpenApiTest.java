package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.gateway.GatewayFixture.Reply;
import io.hawser.gateway.wire.Json;
import io.hawser.model.DrillReport;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** OpenAPI's documents over HTTP, as clients cache them, and what the gateway answers beside it. */
class GatewayOpenApiTest extends OverHttp {
  private static final String ROOT = "/openapi/v3";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final DrillReport DRILL =
      new DrillReport(
          "d1",
          "node-kill",
          "n2",
          "failed",
          Optional.of("a pod was not ready again"),
          true,
          Instant.EPOCH,
          Optional.of(Instant.EPOCH),
          Optional.of(Instant.EPOCH),
          Optional.of(1L),
          Optional.of(2L),
          Optional.of(3L),
          List.of("default/web-1"),
          new DrillReport.Requests(3, 2, 1),
          List.of(new DrillReport.Step(1, "lost")));

  private static HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = gateway.authorized(path);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static String address(String groupVersion) {
    return gateway
        .get(ROOT)
        .json()
        .path("paths")
        .path(groupVersion)
        .path("serverRelativeURL")
        .asText();
  }

  @Test
  void anAddressWithTheDocumentsHashMayBeKeptForEver() throws Exception {
    String address = address("apis/apps/v1");
    assertThat(address).startsWith(ROOT + "/apis/apps/v1?hash=");
    HttpResponse<String> document = get(address, "Accept", "application/json");
    assertThat(document.statusCode()).isEqualTo(200);
    assertThat(header(document, "Cache-Control")).contains("immutable");
    assertThat(
            Json.MAPPER.readTree(document.body()).at("/components/schemas/Deployment").isObject())
        .isTrue();
    HttpResponse<String> old = get(ROOT + "/apis/apps/v1?hash=0123");
    assertThat(old.statusCode()).isEqualTo(301);
    assertThat(header(old, "Location")).isEqualTo(address);
  }

  @Test
  void whatIsKnownIsNotSentAgain() throws Exception {
    for (String path : List.of(ROOT, ROOT + "/", ROOT + "/api/v1")) {
      HttpResponse<String> first = get(path);
      assertThat(header(first, "Cache-Control")).contains("no-cache");
      HttpResponse<String> second = get(path, "If-None-Match", header(first, "ETag"));
      assertThat(second.statusCode()).isEqualTo(304);
      assertThat(second.body()).isEmpty();
      assertThat(get(path, "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void onlyJsonIsServed() throws Exception {
    String protobuf = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
    assertThat(get(ROOT + "/api/v1", "Accept", protobuf).statusCode()).isEqualTo(406);
    assertThat(get(ROOT + "/api/v1", "Accept", "application/yaml").statusCode()).isEqualTo(406);
    HttpResponse<String> either = get(ROOT + "/api/v1", "Accept", protobuf + ", application/json");
    assertThat(either.statusCode()).isEqualTo(200);
    assertThat(header(either, "Content-Type")).startsWith("application/json");
  }

  @Test
  void othersAreNotFoundAndStrangersNotServed() throws Exception {
    assertStatus(gateway.get(ROOT + "/apis/nothing/v1"), 404, "NotFound");
    assertStatus(gateway.get("/openapi/v3x"), 404, "NotFound");
    HttpRequest stranger = HttpRequest.newBuilder(gateway.uri(ROOT)).build();
    assertThat(CLIENT.send(stranger, HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(401);
  }

  @Test
  void whatTheGatewayAnswersIsInTheSchema() throws Exception {
    createWeb();
    awaitReady(2);
    List<String> strange = new ArrayList<>();
    int compared = 0;
    try {
      for (Made made : Made.ALL) {
        Reply reply = gateway.send("POST", made.path(), "application/yaml", made.manifest());
        assertThat(reply.code()).as(made.path() + reply.text()).isEqualTo(201);
      }
      for (JsonNode group : gateway.get(ROOT).json().path("paths")) {
        String address = group.path("serverRelativeURL").asText();
        compared += compareAll(Json.MAPPER.readTree(get(address).body()), strange);
      }
    } finally {
      Made.ALL.forEach(m -> gateway.send("DELETE", m.path() + "/made", "", ""));
    }
    assertThat(strange).isEmpty();
    assertThat(compared).isGreaterThan(500);
  }

  private static int compareAll(JsonNode document, List<String> strange) {
    int compared = 0;
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      String address = path.getKey().replace("{namespace}", "default");
      if (!address.contains("{name}") && path.getValue().has("get")) {
        String schema = path.getValue().at("/get/responses/200/content").findValue("$ref").asText();
        for (JsonNode item : answered(address)) {
          compared += compare(document, document.at(schema.substring(1)), item, address, strange);
        }
      }
    }
    return compared;
  }

  private static List<JsonNode> answered(String address) {
    if (address.endsWith("/status")) {
      return List.of(gateway.get(address).json());
    }
    CompletableFuture<List<JsonNode>> items = CompletableFuture.supplyAsync(() -> items(address));
    if (address.endsWith("/drills")) {
      gateway
          .drills
          .expectMessageClass(DrillProtocol.ListReports.class)
          .replyTo()
          .tell(List.of(DRILL));
    }
    return items.join();
  }

  /** How many values were held against their schemas; those that are not as told are noted. */
  private static int compare(
      JsonNode document, JsonNode schema, JsonNode value, String where, List<String> strange) {
    String reference =
        schema.path("allOf").path(0).path("$ref").asText(schema.path("$ref").asText());
    if (!reference.isEmpty()) {
      return compare(document, document.at(reference.substring(1)), value, where, strange);
    }
    if (!fits(schema, value)) {
      strange.add(where + ": " + value + " is not " + schema);
    }
    int compared = 1;
    boolean open = schema.has("x-kubernetes-preserve-unknown-fields");
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      JsonNode property =
          schema.path("properties").path(field.getKey()).isMissingNode()
              ? schema.path("additionalProperties")
              : schema.path("properties").path(field.getKey());
      String at = where + "." + field.getKey();
      if (!property.isMissingNode()) {
        compared += compare(document, property, field.getValue(), at, strange);
      } else if (!open) {
        strange.add(at);
      }
    }
    if (value.isArray()) {
      for (JsonNode item : value) {
        compared += compare(document, schema.path("items"), item, where + "[]", strange);
      }
    }
    return compared;
  }

  private static boolean fits(JsonNode schema, JsonNode value) {
    if (value.isTextual() && schema.has("enum")) {
      List<String> values = new ArrayList<>();
      schema.path("enum").forEach(v -> values.add(v.asText()));
      return values.contains(value.textValue());
    }
    return switch (schema.path("type").asText()) {
      case "object" -> value.isObject();
      case "array" -> value.isArray() || value.isNull();
      case "integer" -> value.isIntegralNumber();
      case "boolean" -> value.isBoolean();
      case "string" -> value.isTextual() || value.isNull();
      default -> value.isTextual() || value.isNumber();
    };
  }
}
