package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Plans and explanations over HTTP, with the real scheduler behind them. */
class ForesightTest {
  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String PLAN = "/apis/hawser.io/v1/plan";
  private static final String EXPLAIN = "/apis/hawser.io/v1/explain/default/";

  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    gateway = new GatewayFixture();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void whatIsPlannedIsOnlyDoneWhenItIsApplied() {
    JsonNode plan = gateway.post(PLAN, "{\"manifests\":[" + Manifests.web() + "]}").json();

    assertThat(plan.path("refusals")).isEmpty();
    assertThat(plan.path("changes")).hasSize(2);
    assertThat(plan.path("changes"))
        .allMatch(c -> c.path("what").asText().equals("placed"))
        .allMatch(c -> c.path("owner").asText().equals("Deployment web"));
    assertThat(gateway.get(DEPLOYMENTS).json().path("items")).as("nothing was done").isEmpty();

    gateway.post(DEPLOYMENTS, Manifests.web().toString());
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(() -> gateway.get(PODS).json().path("items").size() == 2);
    JsonNode again = gateway.post(PLAN, "{\"manifests\":[" + Manifests.web() + "]}").json();
    assertThat(again.path("changes")).as("applied twice changes nothing").isEmpty();

    String pod = gateway.get(PODS).json().at("/items/0/metadata/name").asText();
    JsonNode explained = gateway.get(EXPLAIN + pod).json();
    assertThat(explained.path("nodes")).hasSize(1);
    assertThat(explained.at("/nodes/0/fits").asBoolean()).isTrue();
    assertThat(explained.at("/nodes/0/parts/free").asLong()).isPositive();
  }

  @Test
  void whatCanNotBeForeseenIsRefused() {
    assertThat(gateway.get(EXPLAIN + "nobody").code()).isEqualTo(404);
    assertThat(gateway.post(PLAN, "{\"manifests\":[{\"kind\":\"Nothing\"}]}").code())
        .isEqualTo(400);
    JsonNode without = gateway.post(PLAN, "{\"without\":[\"nowhere\"]}").json();
    assertThat(without.at("/refusals/0").asText()).contains("nowhere");
  }

  @Test
  void aHintThatMakesNoSenseIsRefused() {
    ObjectNode manifest = Manifests.web();
    manifest
        .withObject("/spec/template/metadata/annotations")
        .put("hawser.io/placement", "best")
        .put("hawser.io/gang", "g");

    var reply = gateway.post(DEPLOYMENTS, manifest.toString());

    assertThat(reply.code()).isEqualTo(422);
    assertThat(reply.json().at("/details/causes").findValuesAsText("field"))
        .containsExactlyInAnyOrder(
            "spec.template.metadata.annotations[hawser.io/placement]",
            "spec.template.metadata.annotations[hawser.io/gang]");
  }
}
