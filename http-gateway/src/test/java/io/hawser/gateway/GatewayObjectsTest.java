package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.GatewayFixture.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Objects are made, changed, scaled and deleted over HTTP as Kubernetes' clients do. */
class GatewayObjectsTest extends OverHttp {
  @Test
  void aDeploymentIsCreatedAndItsPodsCome() {
    JsonNode made = createWeb();

    assertThat(made.at("/metadata/uid").asText()).isNotEmpty();
    assertThat(made.at("/metadata/resourceVersion").asLong()).isPositive();
    assertThat(made.at("/spec/replicas").asInt()).isEqualTo(2);
    awaitReady(2);
    JsonNode pod = items(PODS).get(0);
    assertThat(pod.at("/metadata/ownerReferences/0/kind").asText()).isEqualTo("ReplicaSet");
    assertThat(pod.at("/spec/nodeName").asText()).isEqualTo("n1");
    assertThat(pod.at("/status/phase").asText()).isEqualTo("Running");
    assertThat(pod.at("/status/qosClass").asText()).isEqualTo("Burstable");
    assertThat(pod.at("/status/conditions").findValuesAsText("status")).containsOnly("True");
    assertThat(gateway.get(DEPLOYMENTS + "/web").json().at("/status/observedGeneration").asInt())
        .isEqualTo(1);
  }

  @Test
  void aSecondOneOfTheSameNameAlreadyExists() {
    createWeb();
    Reply reply = gateway.send("POST", DEPLOYMENTS, "application/yaml", Manifests.WEB);
    assertStatus(reply, 409, "AlreadyExists");
    assertThat(reply.json().at("/details/name").asText()).isEqualTo("web");
  }

  @Test
  void whatIsNotThereIsNotFound() {
    for (String method : List.of("GET", "DELETE")) {
      Reply reply = gateway.send(method, DEPLOYMENTS + "/nope", "", "");
      assertStatus(reply, 404, "NotFound");
      assertThat(reply.json().path("message").asText())
          .isEqualTo("deployments.apps \"nope\" not found");
    }
    assertStatus(gateway.send("PATCH", DEPLOYMENTS + "/nope", MERGE, "{}"), 404, "NotFound");
  }

  @Test
  void anUpdateOfAnOldVersionIsAConflict() {
    createWeb();
    awaitReady(2);
    ObjectNode web = (ObjectNode) gateway.get(DEPLOYMENTS + "/web").json();
    web.withObject("/spec").put("replicas", 3);
    Reply first = put(web);
    assertThat(first.code()).as(first.text()).isEqualTo(200);
    assertStatus(put(web), 409, "Conflict");
    web.withObject("/metadata").remove("resourceVersion");
    assertThat(put(web).code()).as("without a version").isEqualTo(200);
  }

  private static Reply put(ObjectNode web) {
    return gateway.send("PUT", DEPLOYMENTS + "/web", "application/json", web.toString());
  }

  @Test
  void everyKindOfPatchChangesTheObject() {
    createWeb();
    patch(
        STRATEGIC,
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"demo:2\"}]}}}}");
    patch(MERGE, "{\"metadata\":{\"labels\":{\"tier\":\"front\"}}}");
    patch(
        "application/json-patch+json",
        "[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":4}]");

    JsonNode web = gateway.get(DEPLOYMENTS + "/web").json();
    assertThat(web.at("/spec/template/spec/containers/0/image").asText()).isEqualTo("demo:2");
    assertThat(web.at("/spec/template/spec/containers/0/ports/0/containerPort").asInt())
        .isEqualTo(8080);
    assertThat(web.at("/metadata/labels/tier").asText()).isEqualTo("front");
    assertThat(web.at("/metadata/labels/app").asText()).isEqualTo("web");
    assertThat(web.at("/spec/replicas").asInt()).isEqualTo(4);
    assertThat(web.at("/metadata/annotations/deployment.kubernetes.io~1revision").asText())
        .isEqualTo("2");
  }

  @Test
  void aPatchWithAWrongFieldIsRefusedAndChangesNothing() {
    createWeb();
    Reply reply = gateway.send("PATCH", DEPLOYMENTS + "/web", MERGE, "{\"spec\":{\"replica\":9}}");
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().at("/details/causes/0/field").asText()).isEqualTo("spec.replica");
    assertThat(gateway.get(DEPLOYMENTS + "/web").json().at("/spec/replicas").asInt()).isEqualTo(2);
  }

  @Test
  void aPatchThatNamesAnOldVersionIsAConflict() {
    createWeb();
    Reply reply =
        gateway.send(
            "PATCH",
            DEPLOYMENTS + "/web",
            MERGE,
            "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"replicas\":9}}");
    assertStatus(reply, 409, "Conflict");
  }

  @Test
  void theSelectorCantBeChanged() {
    createWeb();
    Reply reply =
        gateway.send(
            "PATCH",
            DEPLOYMENTS + "/web",
            MERGE,
            "{\"spec\":{\"selector\":{\"matchLabels\":{\"x\":\"y\"}},"
                + "\"template\":{\"metadata\":{\"labels\":{\"x\":\"y\"}}}}}");
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().path("message").asText())
        .contains("spec.selector")
        .contains("immutable");
  }

  @Test
  void aDeploymentIsScaledByItsSubresource() {
    createWeb();
    String scale = DEPLOYMENTS + "/web/scale";
    assertThat(gateway.get(scale).json().at("/status/selector").asText()).isEqualTo("app=web");
    Reply reply = gateway.send("PATCH", scale, MERGE, "{\"spec\":{\"replicas\":3}}");
    assertThat(reply.json().at("/spec/replicas").asInt()).isEqualTo(3);
    awaitReady(3);
    assertStatus(
        gateway.send("PATCH", scale, MERGE, "{\"spec\":{\"replicas\":-3}}"), 422, "Invalid");
    ObjectNode old = (ObjectNode) gateway.get(scale).json();
    old.withObject("/metadata").put("resourceVersion", "1");
    assertStatus(gateway.send("PUT", scale, "application/json", old.toString()), 409, "Conflict");
  }

  @Test
  void aDeletedDeploymentTakesItsPodsAlong() {
    createWeb();
    awaitReady(2);
    Reply reply =
        gateway.send(
            "DELETE",
            DEPLOYMENTS + "/web",
            "application/json",
            "{\"kind\":\"DeleteOptions\",\"propagationPolicy\":\"Background\"}");
    assertThat(reply.code()).isEqualTo(200);
    assertThat(reply.json().path("status").asText()).isEqualTo("Success");
    assertThat(reply.json().at("/details/uid").asText()).isNotEmpty();
    await().atMost(GatewayFixture.PATIENCE).until(() -> items(PODS).isEmpty());
  }

  @Test
  void aDeletionOfAnotherIncarnationIsAConflict() {
    createWeb();
    Reply reply =
        gateway.send(
            "DELETE",
            DEPLOYMENTS + "/web",
            "application/json",
            "{\"preconditions\":{\"uid\":\"another\"}}");
    assertStatus(reply, 409, "Conflict");
    assertThat(items(DEPLOYMENTS)).hasSize(1);
  }

  @Test
  void aCollectionIsDeletedBySelector() {
    createWeb();
    awaitReady(2);
    List<String> old = names(PODS);
    assertThat(gateway.send("DELETE", PODS + "?labelSelector=app%3Dnone", "", "").code())
        .isEqualTo(200);
    assertThat(names(PODS)).isEqualTo(old);
    assertThat(gateway.send("DELETE", PODS + "?labelSelector=app%3Dweb", "", "").code())
        .isEqualTo(200);
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(() -> names(PODS).stream().noneMatch(old::contains));
  }

  @Test
  void anEvictedPodIsReplaced() {
    createWeb();
    awaitReady(2);
    String victim = names(PODS).get(0);
    Reply reply =
        gateway.post(
            PODS + "/" + victim + "/eviction",
            "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\""
                + victim
                + "\"},\"deleteOptions\":{\"gracePeriodSeconds\":1}}");
    assertThat(reply.code()).as(reply.text()).isEqualTo(201);
    await().atMost(GatewayFixture.PATIENCE).until(() -> !names(PODS).contains(victim));
    awaitReady(2);
  }

  @Test
  void dryRunsOfDeletionsScalesAndEvictionsAnswerAndChangeNothing() {
    createWeb();
    awaitReady(2);
    List<String> pods = names(PODS);
    String web = DEPLOYMENTS + "/web";
    String set = "/apis/apps/v1/namespaces/default/statefulsets";
    String manifest =
        """
        {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {replicas: 0,
          selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}},
          spec: {containers: [{name: c, image: i}]}}}}""";
    assertThat(gateway.send("POST", set, "application/yaml", manifest).code()).isEqualTo(201);

    String options = "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"dryRun\":[\"All\"]}";
    Reply deleted = gateway.send("DELETE", web, "application/json", options);
    assertThat(deleted.json().path("status").asText()).as(deleted.text()).isEqualTo("Success");
    assertThat(deleted.json().at("/details/name").asText()).isEqualTo("web");
    String other =
        "{\"kind\":\"DeleteOptions\",\"dryRun\":[\"All\"],\"preconditions\":{\"uid\":\"other\"}}";
    assertStatus(gateway.send("DELETE", web, "application/json", other), 409, "Conflict");
    assertThat(gateway.send("DELETE", PODS + "?dryRun=All", "", "").code()).isEqualTo(200);
    for (String owner : List.of(web, set + "/web")) {
      int before = gateway.get(owner).json().at("/spec/replicas").asInt();
      Reply scaled =
          gateway.send("PATCH", owner + "/scale?dryRun=All", MERGE, "{\"spec\":{\"replicas\":7}}");
      assertThat(scaled.json().at("/spec/replicas").asInt()).as(scaled.text()).isEqualTo(7);
      assertThat(gateway.get(owner).json().at("/spec/replicas").asInt()).isEqualTo(before);
    }
    Reply evicted =
        gateway.post(
            PODS + "/" + pods.get(0) + "/eviction",
            "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\""
                + pods.get(0)
                + "\"},\"deleteOptions\":{\"dryRun\":[\"All\"]}}");
    assertThat(evicted.code()).as(evicted.text()).isEqualTo(201);
    assertThat(names(PODS)).containsAll(pods);
    for (String pod : pods) {
      assertThat(gateway.get(PODS + "/" + pod).json().path("metadata").has("deletionTimestamp"))
          .isFalse();
    }
  }

  @Test
  void aPodsSpecCantBeChangedButItsLabelsCan() {
    createWeb();
    awaitReady(2);
    String pod = PODS + "/" + names(PODS).get(0);
    Reply labelled =
        gateway.send("PATCH", pod, MERGE, "{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}");
    assertThat(labelled.json().at("/metadata/annotations/a").asText()).isEqualTo("b");
    Reply reply =
        gateway.send(
            "PATCH",
            pod,
            STRATEGIC,
            "{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"other\"}]}}");
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().at("/details/causes/0/field").asText()).isEqualTo("spec");
  }

  @Test
  void aCordonedNodeSaysSo() {
    String node = "/api/v1/nodes/n1";
    gateway.send("PATCH", node, STRATEGIC, "{\"spec\":{\"unschedulable\":true}}");
    assertThat(gateway.get(node).json().at("/spec/unschedulable").asBoolean()).isTrue();
    assertThat(table("/api/v1/nodes").at("/rows/0/cells/1").asText())
        .isEqualTo("Ready,SchedulingDisabled");
    gateway.send("PATCH", node, STRATEGIC, "{\"spec\":{\"unschedulable\":null}}");
    assertThat(gateway.get(node).json().at("/spec/unschedulable").isMissingNode()).isTrue();
  }

  @Test
  void aNamespaceComesAndGoes() {
    Reply made = gateway.post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"blue\"}}");
    assertThat(made.code()).isEqualTo(201);
    assertThat(names("/api/v1/namespaces")).contains("blue", "default");
    gateway.send("DELETE", "/api/v1/namespaces/blue", "", "");
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(() -> !names("/api/v1/namespaces").contains("blue"));
  }
}
