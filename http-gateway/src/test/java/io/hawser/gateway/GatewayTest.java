package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.gateway.GatewayFixture.Reply;
import io.hawser.gateway.wire.Json;
import io.hawser.model.DrillReport;
import io.hawser.model.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway over HTTP, with the real scheduler behind it. */
class GatewayTest {
  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String STRATEGIC = "application/strategic-merge-patch+json";
  private static final String MERGE = "application/merge-patch+json";

  private static GatewayFixture gateway;

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

  // --- Who may ask ---

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Bearer wrong", "Bearer ", "Basic dGVzdA==", "Bearer test-token-012345678"})
  void aRequestWithoutTheTokenIsUnauthorized(String authorization) {
    HttpRequest.Builder request = HttpRequest.newBuilder(gateway.uri("/api/v1/nodes"));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    Reply reply = gateway.send(request.build());
    assertStatus(reply, 401, "Unauthorized");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/readyz", "/healthz"})
  void healthIsToldToEveryone(String path) {
    assertThat(gateway.send(HttpRequest.newBuilder(gateway.uri(path)).build()).code())
        .isEqualTo(200);
  }

  // --- Bad input ---

  static List<BadManifest> badManifests() {
    return BadManifest.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badManifests")
  void badInputIsRefusedAndChangesNothing(BadManifest bad) {
    String before = revision();
    Reply reply = gateway.send("POST", DEPLOYMENTS, "application/yaml", bad.manifest());
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().at("/details/causes").findValuesAsText("field")).contains(bad.field());
    assertThat(reply.json().at("/details/kind").asText()).isEqualTo("Deployment");
    assertThat(items(DEPLOYMENTS)).isEmpty();
    assertThat(revision()).isEqualTo(before);
  }

  @Test
  void aBodyBeyondTheLimitIsRefusedByName() {
    String huge = Manifests.WEB + "#" + "x".repeat(2 * 1024 * 1024);
    Reply reply = gateway.send("POST", DEPLOYMENTS, "application/yaml", huge);
    assertStatus(reply, 413, "RequestEntityTooLarge");
    assertThat(reply.json().path("message").asText()).contains("1048576 bytes");
    assertThat(items(DEPLOYMENTS)).isEmpty();
  }

  @Test
  void anUnannouncedBodyBeyondTheLimitIsRefusedByName() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      OutputStream out = socket.getOutputStream();
      String head =
          "POST "
              + DEPLOYMENTS
              + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
              + GatewayFixture.TOKEN
              + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      String chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
      for (int i = 0; i < 17; i++) {
        out.write(chunk.getBytes(StandardCharsets.US_ASCII));
      }
      out.flush();
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
      assertThat(in.readLine()).contains("413");
    }
  }

  @Test
  void aYamlBombIsRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i));
      bomb.append("*a%d,".formatted(i - 1).repeat(10)).append("]\n");
    }
    assertStatus(
        gateway.send("POST", DEPLOYMENTS, "application/yaml", bomb.toString()), 400, "BadRequest");
  }

  @Test
  void brokenUtf8IsRefused() {
    byte[] broken = "{\"kind\":\"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
    HttpRequest request =
        gateway
            .authorized(DEPLOYMENTS)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(broken))
            .build();
    Reply reply = gateway.send(request);
    assertStatus(reply, 400, "BadRequest");
    assertThat(reply.json().path("message").asText()).contains("UTF-8");
  }

  @Test
  void anUnknownContentTypeIsRefused() {
    assertStatus(
        gateway.send("POST", DEPLOYMENTS, "application/x-www-form-urlencoded", "a=b"),
        415,
        "UnsupportedMediaType");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nope",
        "/api/v2/pods",
        "/api/v1/persistentvolumes",
        "/apis/apps/v1/nosuchthings",
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1",
        "/api/v1/namespaces/default/pods/a/b/c",
        "/api/v1/pods/web"
      })
  void anUnknownPathIsNotFound(String path) {
    assertStatus(gateway.get(path), 404, "NotFound");
  }

  @Test
  void anUnknownMethodIsNotAllowed() {
    assertStatus(gateway.send("PUT", DEPLOYMENTS, "", ""), 405, "MethodNotAllowed");
    assertStatus(
        gateway.send(
            "POST",
            "/apis/apps/v1/namespaces/default/controllerrevisions",
            "application/json",
            "{}"),
        405,
        "MethodNotAllowed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?labelSelector=a%3Db%3Dc",
        "?fieldSelector=spec.color%3Dred",
        "?resourceVersion=x",
        "?watch=maybe",
        "?timeoutSeconds=-1&watch=1"
      })
  void aWrongParameterIsRefusedByName(String query) {
    Reply reply = gateway.get(PODS + query);
    assertStatus(reply, 400, "BadRequest");
    String name = query.substring(1, query.indexOf('='));
    assertThat(reply.json().path("message").asText()).contains(name);
  }

  @Test
  void aNamespaceThatIsNotThereIsNamed() {
    Reply reply =
        gateway.send(
            "POST",
            "/apis/apps/v1/namespaces/nowhere/deployments",
            "application/yaml",
            Manifests.WEB);
    assertThat(reply.code()).isEqualTo(404);
    assertThat(reply.json().path("message").asText()).contains("nowhere");
  }

  @Test
  void aDryRunIsRefusedAndNotIgnored() {
    Reply reply =
        gateway.send("POST", DEPLOYMENTS + "?dryRun=All", "application/yaml", Manifests.WEB);
    assertStatus(reply, 400, "BadRequest");
    assertThat(reply.json().path("message").asText()).contains("dryRun");
    assertThat(items(DEPLOYMENTS)).isEmpty();
  }

  @Test
  void serverSideApplyIsRefusedWithWhatToDoInstead() {
    createWeb();
    Reply reply = gateway.send("PATCH", DEPLOYMENTS + "/web", "application/apply-patch+yaml", "{}");
    assertStatus(reply, 415, "UnsupportedMediaType");
    assertThat(reply.json().path("message").asText()).contains("--server-side");
  }

  // --- Objects ---

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

  // --- Reading ---

  @Test
  void listsAreSelectedByLabelsAndFields() {
    createWeb();
    awaitReady(2);
    String first = names(PODS).get(0);
    assertThat(names("/api/v1/pods?fieldSelector=metadata.name%3D" + first)).containsExactly(first);
    assertThat(names("/api/v1/pods?fieldSelector=spec.nodeName%3Dn1,status.phase!%3DFailed"))
        .hasSize(2);
    assertThat(names("/api/v1/pods?fieldSelector=spec.nodeName%3Dn2")).isEmpty();
    assertThat(names(PODS + "?labelSelector=app%20in%20(web,api)")).hasSize(2);
    assertThat(names(PODS + "?labelSelector=!app")).isEmpty();
    assertThat(names("/api/v1/namespaces/other/pods")).isEmpty();
  }

  @Test
  void aTableHasKubectlsColumns() {
    createWeb();
    awaitReady(2);
    JsonNode pods = table(PODS);
    assertThat(pods.path("columnDefinitions").findValuesAsText("name"))
        .containsExactly(
            "Name",
            "Ready",
            "Status",
            "Restarts",
            "Age",
            "IP",
            "Node",
            "Nominated Node",
            "Readiness Gates");
    assertThat(pods.at("/rows/0/cells/1").asText()).isEqualTo("1/1");
    assertThat(pods.at("/rows/0/cells/2").asText()).isEqualTo("Running");
    assertThat(pods.at("/rows/0/object/kind").asText()).isEqualTo("PartialObjectMetadata");
    assertThat(table(DEPLOYMENTS).at("/rows/0/cells/1").asText()).isEqualTo("2/2");
  }

  @Test
  void yamlIsWrittenWhenAsked() {
    createWeb();
    Reply reply =
        gateway.send(
            gateway.authorized(DEPLOYMENTS + "/web").header("Accept", "application/yaml").build());
    assertThat(reply.text()).contains("kind: Deployment").contains("image: demo:1");
  }

  @Test
  void anAnswerNobodyCanMakeIsNotAcceptable() {
    Reply reply = gateway.send(gateway.authorized(PODS).header("Accept", "text/html").build());
    assertStatus(reply, 406, "NotAcceptable");
  }

  @Test
  void eventsAreFoundByTheirObject() {
    createWeb();
    awaitReady(2);
    String pod = names(PODS).get(0);
    List<JsonNode> events =
        items("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D" + pod);
    assertThat(events).extracting(e -> e.path("reason").asText()).contains("Scheduled", "Started");
  }

  @Test
  void theHistoryIsShownAsReplicaSets() {
    createWeb();
    patch(
        STRATEGIC,
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"demo:2\"}]}}}}");
    List<JsonNode> sets =
        items("/apis/apps/v1/namespaces/default/replicasets?labelSelector=app%3Dweb");
    assertThat(sets)
        .extracting(s -> s.at("/metadata/annotations/deployment.kubernetes.io~1revision").asText())
        .containsExactlyInAnyOrder("1", "2");
    assertThat(sets).allMatch(s -> s.at("/metadata/ownerReferences/0/name").asText().equals("web"));
    String name = name(sets.get(0));
    assertThat(gateway.get("/apis/apps/v1/namespaces/default/replicasets/" + name).code())
        .isEqualTo(200);
  }

  @Test
  void aVersionNotYetThereIsWaitedForAndThenRefused() {
    Reply reply = gateway.get(PODS + "?resourceVersion=999999999");
    assertStatus(reply, 504, "Timeout");
  }

  // --- Watching ---

  @Test
  void aWatchTellsEveryChangeInOrder() throws Exception {
    String from = revision();
    try (Watch watch = new Watch(DEPLOYMENTS + "?watch=1&resourceVersion=" + from)) {
      createWeb();
      gateway.send("DELETE", DEPLOYMENTS + "/web", "", "");
      List<JsonNode> frames = watch.until(f -> f.path("type").asText().equals("DELETED"));
      assertThat(frames.get(0).path("type").asText()).isEqualTo("ADDED");
      assertThat(frames.subList(1, frames.size() - 1))
          .allMatch(f -> f.path("type").asText().equals("MODIFIED"));
      assertThat(frames.stream().map(f -> f.at("/object/metadata/resourceVersion").asLong()))
          .isSorted()
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void aWatchWithoutAVersionBeginsWithWhatIsThere() throws Exception {
    createWeb();
    try (Watch watch = new Watch(DEPLOYMENTS + "?watch=1")) {
      assertThat(name(watch.next().path("object"))).isEqualTo("web");
    }
  }

  @Test
  void anObjectThatLeavesTheSelectionIsDeletedForTheWatcher() throws Exception {
    createWeb();
    String query =
        DEPLOYMENTS + "?watch=1&labelSelector=tier%3Dfront&resourceVersion=" + revision();
    try (Watch watch = new Watch(query)) {
      patch(MERGE, "{\"metadata\":{\"labels\":{\"tier\":\"front\"}}}");
      assertThat(watch.next().path("type").asText()).isEqualTo("ADDED");
      patch(MERGE, "{\"metadata\":{\"labels\":{\"tier\":\"back\"}}}");
      List<JsonNode> frames = watch.until(f -> !f.path("type").asText().equals("MODIFIED"));
      assertThat(frames.get(frames.size() - 1).path("type").asText()).isEqualTo("DELETED");
    }
  }

  @Test
  void aWatchFromAVersionThatIsGoneHasExpired() throws Exception {
    Reply list = gateway.get(PODS + "?watch=1&resourceVersion=0&timeoutSeconds=1");
    assertThat(list.code()).isEqualTo(200);
    // The replica began with a snapshot: what was before it is not at hand.
    try (Watch watch = new Watch(PODS + "?watch=1&resourceVersion=1")) {
      JsonNode frame = watch.next();
      if (frame.path("type").asText().equals("ERROR")) {
        assertThat(frame.at("/object/code").asInt()).isEqualTo(410);
        assertThat(frame.at("/object/reason").asText()).isEqualTo("Expired");
      }
    }
  }

  @Test
  void aWatchEndsAfterItsTimeout() {
    Reply reply = gateway.get(PODS + "?watch=1&timeoutSeconds=1&resourceVersion=" + revision());
    assertThat(reply.code()).isEqualTo(200);
    assertThat(reply.text()).isEmpty();
  }

  @Test
  void aWatchSendsTablesWhenAsked() throws Exception {
    createWeb();
    try (Watch watch =
        new Watch(DEPLOYMENTS + "?watch=1", "application/json;as=Table;v=v1;g=meta.k8s.io")) {
      JsonNode frame = watch.next();
      assertThat(frame.at("/object/kind").asText()).isEqualTo("Table");
      assertThat(frame.at("/object/rows/0/cells/0").asText()).isEqualTo("web");
    }
  }

  @Test
  void aStreamingListIsRefusedClearly() {
    Reply reply = gateway.get(PODS + "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true");
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().at("/details/causes/0/field").asText()).isEqualTo("sendInitialEvents");
  }

  // --- Logs ---

  @Test
  void aPodsLogComesFromItsNode() {
    createWeb();
    awaitReady(2);
    String pod = names(PODS).get(0);
    assertThat(gateway.get(PODS + "/" + pod + "/log").text())
        .isEqualTo("hello\nfrom " + pod + "\n");
    assertStatus(gateway.get(PODS + "/" + pod + "/log?previous=true"), 400, "BadRequest");
    assertStatus(gateway.get(PODS + "/" + pod + "/log?container=nope"), 400, "BadRequest");
    assertStatus(gateway.get(PODS + "/" + pod + "/log?tailLines=-1"), 400, "BadRequest");
    assertStatus(gateway.get(PODS + "/nope/log"), 404, "NotFound");
  }

  @Test
  void aPodIsResizedWhereItIs() {
    createWeb();
    awaitReady(2);
    String pod = PODS + "/" + names(PODS).get(0);
    JsonNode before = gateway.get(pod + "/resize").json();
    Reply reply =
        gateway.send(
            "PATCH",
            pod + "/resize",
            STRATEGIC,
            """
            {"spec":{"containers":[{"name":"web","resources":{"limits":{"cpu":"1"}}}]}}""");
    assertThat(reply.code()).as(reply.text()).isEqualTo(200);
    JsonNode after = gateway.get(pod).json();
    assertThat(after.at("/spec/containers/0/resources/limits/cpu").asText()).isEqualTo("1");
    assertThat(after.at("/spec/containers/0/resources/limits/memory").asText()).isEqualTo("64Mi");
    assertThat(after.at("/metadata/uid")).isEqualTo(before.at("/metadata/uid"));
    assertThat(after.at("/status/containerStatuses/0/restartCount").asInt()).isZero();

    ObjectNode image = after.deepCopy();
    ((ObjectNode) image.at("/spec/containers/0")).put("image", "other:1");
    Reply refused = gateway.send("PUT", pod + "/resize", "application/json", image.toString());
    assertStatus(refused, 422, "Invalid");
    assertThat(refused.text()).contains("only the cpu and memory of containers can be resized");
    Reply plain =
        gateway.send(
            "PATCH",
            pod,
            STRATEGIC,
            """
            {"spec":{"containers":[{"name":"web","resources":{"limits":{"cpu":"2"}}}]}}""");
    assertStatus(plain, 422, "Invalid");
    assertThat(plain.text()).contains("a pod's spec can't be changed");
    assertThat(items(PODS)).hasSize(2);
  }

  @Test
  void aPodsLaunchIsAskedOfItsNode() {
    createWeb();
    awaitReady(2);
    String launch = "/apis/hawser.io/v1/launch/default/";
    String pod = names(PODS).get(0);
    JsonNode told = gateway.get(launch + pod).json();
    assertThat(told.path("node").asText()).isEqualTo("n1");
    JsonNode container = told.at("/containers/0");
    assertThat(container.path("attempt").asInt()).isEqualTo(2);
    assertThat(container.at("/calls/0/step").asText())
        .isEqualTo("execve(" + container.path("name").asText() + ")");
    assertThat(container.at("/calls/0/arguments/0").asText()).isEqualTo("\"/bin/web\"");
    assertStatus(gateway.get(launch + "nobody"), 404, "NotFound");
    assertStatus(gateway.get(launch + pod + "?container=nope"), 400, "BadRequest");
  }

  @Test
  void execNeedsAWebSocket() {
    createWeb();
    awaitReady(2);
    Reply reply = gateway.post(PODS + "/" + names(PODS).get(0) + "/exec?command=ls", "");
    assertStatus(reply, 400, "BadRequest");
    assertThat(reply.json().path("message").asText()).contains("v5.channel.k8s.io");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v5.channel.k8s.io", "v4.channel.k8s.io"})
  void aCommandsStreamsComeOverAWebSocket(String protocol) throws Exception {
    createWeb();
    awaitReady(2);
    String path = PODS + "/" + names(PODS).get(0) + "/exec?command=echo&command=a%20b&stdout=true";
    Channels channels = new Channels();
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .header("Authorization", "Bearer " + GatewayFixture.TOKEN)
            .subprotocols(protocol)
            .buildAsync(URI.create("ws" + gateway.uri(path).toString().substring(4)), channels)
            .get();
    channels.closed.get(GatewayFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(socket.getSubprotocol()).isEqualTo(protocol);
    assertThat(channels.messages.get(0)).isEqualTo("\u0001echo a b\n");
    assertThat(channels.messages.get(1)).startsWith("\u0003").contains("Success");
  }

  /** What came over a WebSocket, the channel's number first. */
  private static final class Channels implements WebSocket.Listener {
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      messages.add(StandardCharsets.UTF_8.decode(data).toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(null);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }

  // --- Hawser's own ---

  @Test
  void theStatusNamesTheSchedulerAndTheNodes() {
    JsonNode status = gateway.get("/apis/hawser.io/v1/status").json();
    assertThat(status.at("/scheduler/node").asText()).isEqualTo("n1");
    assertThat(status.at("/scheduler/epoch").asLong()).isPositive();
    assertThat(status.path("connected").asBoolean()).isTrue();
    assertThat(status.at("/nodes/0/name").asText()).isEqualTo("n1");
  }

  @Test
  void aDrillIsStartedByTheDrillActor() throws Exception {
    HttpRequest request =
        gateway
            .authorized("/apis/hawser.io/v1/drills")
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"kind\":\"node-kill\",\"node\":\"n2\",\"probePort\":80}"))
            .build();
    var answer =
        HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    DrillProtocol.StartNodeKill start =
        gateway.drills.expectMessageClass(DrillProtocol.StartNodeKill.class);
    assertThat(start.node()).isEqualTo("n2");
    assertThat(start.probePort()).contains(80);
    start.replyTo().tell(new DrillProtocol.Started(Optional.of(report()), Optional.empty()));
    assertThat(answer.get().statusCode()).isEqualTo(201);
    assertThat(Json.MAPPER.readTree(answer.get().body()).path("id").asText()).isEqualTo("d1");
  }

  @Test
  void aRefusedDrillSaysWhy() throws Exception {
    HttpRequest request =
        gateway
            .authorized("/apis/hawser.io/v1/drills")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"kind\":\"node-kill\",\"node\":\"n9\"}"))
            .build();
    var answer =
        HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    DrillProtocol.StartNodeKill start =
        gateway.drills.expectMessageClass(DrillProtocol.StartNodeKill.class);
    start
        .replyTo()
        .tell(
            new DrillProtocol.Started(
                Optional.empty(),
                Optional.of(Refusal.of(Refusal.Reason.NOT_FOUND, "no node is called n9"))));
    assertThat(answer.get().statusCode()).isEqualTo(404);
    assertThat(answer.get().body()).contains("no node is called n9");
  }

  @Test
  void aWrongDrillIsRefusedByField() {
    Reply reply = gateway.post("/apis/hawser.io/v1/drills", "{\"kind\":\"flood\",\"nod\":\"n1\"}");
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().at("/details/causes").findValuesAsText("field"))
        .containsExactlyInAnyOrder("kind", "node", "nod");
  }

  private static DrillReport report() {
    return new DrillReport(
        "d1",
        "node-kill",
        "n2",
        "running",
        Optional.empty(),
        false,
        Instant.now(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        new DrillReport.Requests(0, 0, 0),
        List.of());
  }

  // --- Words of these tests ---

  private static JsonNode createWeb() {
    Reply reply = gateway.send("POST", DEPLOYMENTS, "application/yaml", Manifests.WEB);
    assertThat(reply.code()).as(reply.text()).isEqualTo(201);
    return reply.json();
  }

  private static void patch(String type, String body) {
    Reply reply = gateway.send("PATCH", DEPLOYMENTS + "/web", type, body);
    assertThat(reply.code()).as(reply.text()).isEqualTo(200);
  }

  private static void awaitReady(int pods) {
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(
            () ->
                gateway.get(DEPLOYMENTS + "/web").json().at("/status/availableReplicas").asInt()
                        == pods
                    && items(PODS).size() == pods);
  }

  private static JsonNode table(String path) {
    return gateway
        .send(
            gateway
                .authorized(path)
                .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
                .build())
        .json();
  }

  private static List<JsonNode> items(String path) {
    Reply reply = gateway.get(path);
    assertThat(reply.code()).as(reply.text()).isEqualTo(200);
    List<JsonNode> items = new ArrayList<>();
    reply.json().path("items").forEach(items::add);
    return items;
  }

  private static List<String> names(String path) {
    return items(path).stream().map(GatewayTest::name).toList();
  }

  private static String name(JsonNode object) {
    return object.at("/metadata/name").asText();
  }

  private static String revision() {
    return gateway.get(DEPLOYMENTS).json().at("/metadata/resourceVersion").asText();
  }

  private static void assertStatus(Reply reply, int code, String reason) {
    assertThat(reply.code()).as(reply.text()).isEqualTo(code);
    assertThat(reply.json().path("kind").asText()).isEqualTo("Status");
    assertThat(reply.json().path("code").asInt()).isEqualTo(code);
    assertThat(reply.json().path("reason").asText()).isEqualTo(reason);
    assertThat(reply.json().path("message").asText()).isNotEmpty();
  }

  /** A watch's frames, one line each. */
  private static final class Watch implements AutoCloseable {
    private final Stream<String> lines;
    private final Iterator<String> iterator;

    Watch(String path) throws IOException, InterruptedException {
      this(path, "application/json");
    }

    Watch(String path, String accept) throws IOException, InterruptedException {
      HttpRequest request = gateway.authorized(path).header("Accept", accept).build();
      HttpResponse<Stream<String>> response =
          HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofLines());
      assertThat(response.statusCode()).isEqualTo(200);
      lines = response.body();
      iterator = lines.iterator();
    }

    JsonNode next() throws IOException {
      return Json.MAPPER.readTree(iterator.next());
    }

    List<JsonNode> until(java.util.function.Predicate<JsonNode> last) throws IOException {
      List<JsonNode> frames = new ArrayList<>();
      do {
        frames.add(next());
      } while (!last.test(frames.get(frames.size() - 1)));
      return frames;
    }

    @Override
    public void close() {
      lines.close();
    }
  }
}
