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
  private static final String FLOCKS = "/apis/test.hawser.io/v1/namespaces/default/flocks";
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
  void aKindFromAJarIsPlannedLikeAnyOther() {
    String flock =
        """
        {"apiVersion": "test.hawser.io/v1", "kind": "Flock", "metadata": {"name": "birds"},
         "spec": {"size": %s, "template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}}
        """;
    String planned = "{\"manifests\":[" + flock + "]}";

    JsonNode plan = gateway.post(PLAN, planned.formatted("2")).json();
    assertThat(plan.path("refusals")).isEmpty();
    assertThat(plan.path("changes"))
        .hasSize(2)
        .allMatch(c -> c.path("what").asText().equals("placed"))
        .allMatch(c -> c.path("owner").asText().equals("Flock birds"));
    assertThat(plan.path("changes").findValuesAsText("pod")).containsExactly("birds-0", "birds-1");
    assertThat(gateway.get(FLOCKS).json().path("items")).as("nothing was done").isEmpty();

    assertThat(gateway.post(FLOCKS, flock.formatted("2")).code()).isEqualTo(201);
    JsonNode more = gateway.post(PLAN, planned.formatted("3")).json();
    assertThat(more.path("changes").findValuesAsText("pod")).containsExactly("birds-2");
    JsonNode fewer = gateway.post(PLAN, planned.formatted("1")).json();
    assertThat(fewer.at("/changes/0/what").asText()).isIn("stopped", "removed");
    assertThat(fewer.path("changes")).hasSize(1);

    var refused = gateway.post(PLAN, planned.formatted("\"x\""));
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text()).contains("spec.size: expected a whole number");
    assertThat(gateway.send("DELETE", FLOCKS + "/birds", "", "").code()).isEqualTo(200);
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(() -> !gateway.get(PODS).text().contains("\"birds-"));
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
  void aHintBesideTheTemplateIsWarnedOf() {
    ObjectNode manifest = Manifests.web();
    manifest.withObject("/metadata").put("name", "hinted");
    manifest.withObject("/metadata/annotations").put("hawser.io/placement", "binpack");
    assertThat(gateway.post(DEPLOYMENTS, manifest.toString()).warnings())
        .containsExactly(
            "299 - \"metadata.annotations[hawser.io/placement]: has no effect here, only in"
                + " spec.template.metadata.annotations\"");

    manifest
        .withObject("/spec/template/metadata/annotations")
        .put("hawser.io/placement", "binpack");
    var both =
        gateway.send("PUT", DEPLOYMENTS + "/hinted", "application/json", manifest.toString());
    assertThat(both.code()).isEqualTo(200);
    assertThat(both.warnings()).isEmpty();

    ObjectNode cron =
        Manifests.yaml(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c, annotations: {hawser.io/max-per-node: '1'}}\n"
                + "spec: {schedule: '0 0 1 1 *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never,"
                + " containers: [{name: c, image: i}]}}}}}");
    assertThat(
            gateway.post("/apis/batch/v1/namespaces/default/cronjobs", cron.toString()).warnings())
        .singleElement()
        .asString()
        .contains("only in spec.jobTemplate.spec.template.metadata.annotations");
    assertThat(gateway.send("DELETE", DEPLOYMENTS + "/hinted", "", "").code()).isEqualTo(200);
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
