package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.GatewayFixture.Reply;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** A gateway over HTTP, with the real scheduler behind it, and the words of its tests. */
abstract class OverHttp {
  static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  static final String PODS = "/api/v1/namespaces/default/pods";
  static final String STRATEGIC = "application/strategic-merge-patch+json";
  static final String MERGE = "application/merge-patch+json";

  static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    gateway = new GatewayFixture();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @AfterEach
  void deleteAll() {
    gateway
        .get(DEPLOYMENTS)
        .json()
        .path("items")
        .forEach(d -> gateway.send("DELETE", DEPLOYMENTS + "/" + name(d), "", ""));
    gateway
        .get(PODS)
        .json()
        .path("items")
        .forEach(p -> gateway.send("DELETE", PODS + "/" + name(p), "", ""));
    await().atMost(GatewayFixture.PATIENCE).until(() -> items(PODS).isEmpty());
  }

  static JsonNode createWeb() {
    Reply reply = gateway.send("POST", DEPLOYMENTS, "application/yaml", Manifests.WEB);
    assertThat(reply.code()).as(reply.text()).isEqualTo(201);
    return reply.json();
  }

  static void patch(String type, String body) {
    Reply reply = gateway.send("PATCH", DEPLOYMENTS + "/web", type, body);
    assertThat(reply.code()).as(reply.text()).isEqualTo(200);
  }

  static void awaitReady(int pods) {
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(
            () ->
                gateway.get(DEPLOYMENTS + "/web").json().at("/status/availableReplicas").asInt()
                        == pods
                    && items(PODS).size() == pods);
  }

  static JsonNode table(String path) {
    return gateway
        .send(
            gateway
                .authorized(path)
                .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
                .build())
        .json();
  }

  static List<JsonNode> items(String path) {
    Reply reply = gateway.get(path);
    assertThat(reply.code()).as(reply.text()).isEqualTo(200);
    List<JsonNode> items = new ArrayList<>();
    reply.json().path("items").forEach(items::add);
    return items;
  }

  static List<String> names(String path) {
    return items(path).stream().map(OverHttp::name).toList();
  }

  static String name(JsonNode object) {
    return object.at("/metadata/name").asText();
  }

  static String revision() {
    return gateway.get(DEPLOYMENTS).json().at("/metadata/resourceVersion").asText();
  }

  static void assertStatus(Reply reply, int code, String reason) {
    assertThat(reply.code()).as(reply.text()).isEqualTo(code);
    assertThat(reply.json().path("kind").asText()).isEqualTo("Status");
    assertThat(reply.json().path("code").asInt()).isEqualTo(code);
    assertThat(reply.json().path("reason").asText()).isEqualTo(reason);
    assertThat(reply.json().path("message").asText()).isNotEmpty();
  }
}
