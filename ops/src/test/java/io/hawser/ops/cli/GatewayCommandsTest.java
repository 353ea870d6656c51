package io.hawser.ops.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.ops.client.ApplyPatch;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a gateway that only plays one. */
class GatewayCommandsTest {
  private static final String WEB = "/apis/apps/v1/namespaces/default/deployments/web";
  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String MANIFEST =
      """
      {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":2}}""";
  private static final String POD_TABLE =
      """
      {"kind":"Table","metadata":{"resourceVersion":"7"},
       "columnDefinitions":[{"name":"Name","type":"string","priority":0}],
       "rows":[{"cells":["web-1"],"object":{"metadata":{"name":"web-1","namespace":"default"}}}]}""";

  @TempDir Path dir;
  private FakeGateway gateway;

  @BeforeEach
  void start() throws IOException {
    gateway = FakeGateway.in(dir);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void getPassesOverAGatewayThatIsDownAndSendsTheToken() {
    gateway.on("GET " + PODS, 200, POD_TABLE);
    Result result = Result.of(dir, "get", "pods", "-l", "app=web");
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).isEqualTo("NAME\nweb-1\n");
    assertThat(gateway.only("GET").token()).isEqualTo("Bearer secret");
    assertThat(gateway.only("GET").query()).isEqualTo("labelSelector=app%3Dweb");
  }

  @Test
  void statusSaysInGoodTimeThatTheStateIsFilling() {
    gateway.on("GET /api/v1/pods", 200, "{\"items\":[]}");
    gateway.on("GET /api/v1/nodes", 200, "{\"columnDefinitions\":[],\"rows\":[]}");
    String status =
        """
        {"scheduler":{"node":"n1","epoch":4},"objects":{"kib":%d,"maxKib":1000}}""";
    gateway.on("GET /apis/hawser.io/v1/status", 200, status.formatted(499));
    gateway.on("GET /apis/hawser.io/v1/status", 200, status.formatted(730));
    assertThat(Result.of(dir.resolve("none"), "status", "--server", gateway.url()).out())
        .contains("scheduler: n1 (epoch 4)")
        .doesNotContain("objects");
    assertThat(Result.of(dir.resolve("none"), "status", "--server", gateway.url()).out())
        .contains("objects: 73 % of the 1000 KiB");
  }

  @Test
  void getByNameAsNames() {
    gateway.on("GET " + PODS, 200, POD_TABLE);
    assertThat(Result.of(dir, "get", "po", "-o", "name").out()).isEqualTo("pod/web-1\n");
  }

  @Test
  void getAsYaml() {
    gateway.on("GET " + WEB, 200, MANIFEST);
    assertThat(Result.of(dir, "get", "deploy/web", "-o", "yaml").out())
        .isEqualTo(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              replicas: 2
            """);
  }

  @Test
  void anEmptyListSaysSoOnStderr() {
    gateway.on("GET " + PODS, 200, "{\"columnDefinitions\":[],\"rows\":[]}");
    Result result = Result.of(dir, "get", "pods");
    assertThat(result.code()).isZero();
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).isEqualTo("No pods found in namespace default.\n");
  }

  @Test
  void aWatchGoesOnFromTheListsVersion() {
    gateway.on("GET " + PODS, 200, POD_TABLE);
    gateway.on(
        "GET " + PODS,
        200,
        "{\"type\":\"MODIFIED\",\"object\":" + POD_TABLE.replace("\n", "") + "}\n");
    Result result = Result.of(dir, "get", "pods", "-w");
    assertThat(result.out()).isEqualTo("NAME\nweb-1\nweb-1\n");
    assertThat(gateway.requests().get(1).query()).contains("watch=true", "resourceVersion=7");
  }

  @Test
  void anErrorOfTheApiIsItsMessageAndExitCode1() {
    Result result = Result.of(dir, "get", "pod", "nope");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("hawser: " + PODS + "/nope not found\n");
  }

  @Test
  void applyCreatesWhatIsNotThere() throws Exception {
    gateway.on("POST " + DEPLOYMENTS, 201, MANIFEST);
    Result result = Result.withInput(dir, MANIFEST, "apply", "-f", "-");
    assertThat(result.out()).isEqualTo("deployment.apps/web created\n");
    assertThat(gateway.only("POST").json().at("/metadata/annotations").toString())
        .contains(ApplyPatch.LAST_APPLIED);
  }

  @Test
  void applyChangesOnlyWhatDiffers() throws Exception {
    gateway.on("GET " + WEB, 200, served("\"resourceVersion\":\"4\""));
    gateway.on("PATCH " + WEB, 200, served("\"resourceVersion\":\"5\""));
    Result result =
        Result.withInput(
            dir, MANIFEST.replace("\"replicas\":2", "\"replicas\":3"), "apply", "-f", "-");
    assertThat(result.out()).isEqualTo("deployment.apps/web configured\n");
    FakeGateway.Request patch = gateway.only("PATCH");
    assertThat(patch.contentType()).isEqualTo("application/strategic-merge-patch+json");
    assertThat(patch.json().at("/spec").toString()).isEqualTo("{\"replicas\":3}");
  }

  @Test
  void applyOfTheSameSendsNothing() throws Exception {
    gateway.on("GET " + WEB, 200, served("\"resourceVersion\":\"4\""));
    Result result = Result.withInput(dir, MANIFEST, "apply", "-f", "-");
    assertThat(result.out()).isEqualTo("deployment.apps/web unchanged\n");
    assertThat(gateway.requests()).noneMatch(r -> !r.method().equals("GET"));
  }

  @Test
  void applyTriesAgainAfterAConflict() throws Exception {
    gateway.on("GET " + WEB, 200, served("\"resourceVersion\":\"4\""));
    gateway.on("PATCH " + WEB, 409, FakeGateway.status(409, "Conflict", "changed"));
    gateway.on("PATCH " + WEB, 200, served("\"resourceVersion\":\"6\""));
    Result result =
        Result.withInput(
            dir, MANIFEST.replace("\"replicas\":2", "\"replicas\":3"), "apply", "-f", "-");
    assertThat(result.out()).isEqualTo("deployment.apps/web configured\n");
  }

  @Test
  void whatTheGatewayWarnsOfIsPrintedOnceAndTheCommandIsDone() throws Exception {
    gateway.warning("299 - \"metadata.annotations[x]: has no effect here\"");
    gateway.on("GET " + WEB, 200, served("\"resourceVersion\":\"5\""));
    gateway.on("PATCH " + WEB, 200, served("\"resourceVersion\":\"6\""));
    Result result =
        Result.withInput(
            dir, MANIFEST.replace("\"replicas\":2", "\"replicas\":3"), "apply", "-f", "-");
    assertThat(result.code()).isZero();
    assertThat(result.err()).isEqualTo("Warning: metadata.annotations[x]: has no effect here\n");
  }

  @Test
  void applyOfAManifestWithoutKindSaysSo() {
    Result result = Result.withInput(dir, "apiVersion: v1\n", "apply", "-f", "-");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("hawser: a manifest has no kind (expected a string)\n");
  }

  @Test
  void aRefusedManifestIsOneSentence() {
    gateway.on(
        "POST " + DEPLOYMENTS,
        422,
        FakeGateway.status(422, "Invalid", "spec.replicas: must be 0 or more"));
    Result result = Result.withInput(dir, MANIFEST, "apply", "-f", "-");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("hawser: spec.replicas: must be 0 or more\n");
  }

  @Test
  void scalePatchesTheSubresource() throws Exception {
    gateway.on("PATCH " + WEB + "/scale", 200, "{}");
    Result result = Result.of(dir, "scale", "deployment/web", "--replicas=5");
    assertThat(result.out()).isEqualTo("deployment.apps/web scaled\n");
    assertThat(gateway.only("PATCH").body()).isEqualTo("{\"spec\":{\"replicas\":5}}");
  }

  @Test
  void deleteWaitsUntilTheObjectIsGone() {
    String object = "{\"metadata\":{\"uid\":\"u1\"}}";
    gateway.on("GET " + WEB, 200, object).on("GET " + WEB, 200, object);
    gateway.on("GET " + WEB, 404, FakeGateway.status(404, "NotFound", "gone"));
    gateway.on("DELETE " + WEB, 200, "{}");
    Result result = Result.of(dir, "delete", "deployment", "web");
    assertThat(result.out()).isEqualTo("deployment.apps/web deleted\n");
    assertThat(gateway.requests()).hasSize(4);
  }

  @Test
  void deleteIsDoneWhenAnotherObjectHasTheName() {
    gateway.on("GET " + WEB, 200, "{\"metadata\":{\"uid\":\"u1\"}}");
    gateway.on("GET " + WEB, 200, "{\"metadata\":{\"uid\":\"u2\"}}");
    gateway.on("DELETE " + WEB, 200, "{}");
    assertThat(Result.of(dir, "delete", "deployment/web").code()).isZero();
  }

  @Test
  void logsComeAsTheyAre() {
    gateway.on("GET " + PODS + "/web-1/log", 200, "one\ntwo\n");
    Result result = Result.of(dir, "logs", "web-1", "--tail", "2", "--since", "5m", "-c", "web");
    assertThat(result.out()).isEqualTo("one\ntwo\n");
    assertThat(gateway.only("GET").query()).isEqualTo("tailLines=2&sinceSeconds=300&container=web");
  }

  @Test
  void logsOfAWorkloadAreThoseOfAPodThatServes() {
    gateway.on(
        "GET " + WEB,
        200,
        """
        {"spec":{"selector":{"matchLabels":{"app":"web"},"matchExpressions":[
          {"key":"tier","operator":"NotIn","values":["a","b"]},
          {"key":"old","operator":"DoesNotExist"}]}}}""");
    gateway.on(
        "GET " + PODS,
        200,
        """
        {"items":[
          {"metadata":{"name":"web-1"},"status":{"phase":"Pending"}},
          {"metadata":{"name":"web-2","deletionTimestamp":"2026-01-01T00:00:00Z"},
           "status":{"phase":"Running","containerStatuses":[{"ready":true}]}},
          {"metadata":{"name":"web-3"},
           "status":{"phase":"Running","containerStatuses":[{"ready":true}]}}]}""");
    gateway.on("GET " + PODS + "/web-3/log", 200, "three\n");
    Result result = Result.of(dir, "logs", "deployment/web");
    assertThat(result.out()).isEqualTo("three\n");
    assertThat(result.err()).isEqualTo("Found 3 pods, using pod/web-3\n");
    assertThat(gateway.requests().stream().filter(r -> r.path().equals(PODS)))
        .singleElement()
        .satisfies(
            r ->
                assertThat(java.net.URLDecoder.decode(r.query(), UTF_8))
                    .isEqualTo("labelSelector=app=web,tier notin (a,b),!old"));
  }

  @Test
  void aWorkloadWithoutPodsHasNoLogsAndANodeNeverHas() {
    gateway.on("GET " + WEB, 200, "{\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"web\"}}}}");
    gateway.on("GET " + PODS, 200, "{\"items\":[]}");
    Result result = Result.of(dir, "exec", "deploy/web", "--", "ls");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("hawser: deployment.apps/web has no pods\n");
    gateway.on("GET /api/v1/nodes/n1", 200, "{\"spec\":{}}");
    assertThat(Result.of(dir, "logs", "node/n1").code()).isEqualTo(2);
  }

  @Test
  void drainCordonsAndEvictsAndRetriesWhenABudgetRefuses() throws Exception {
    gateway.on("GET /api/v1/nodes/n1", 200, "{\"spec\":{}}");
    gateway.on("PATCH /api/v1/nodes/n1", 200, "{}");
    gateway.on(
        "GET /api/v1/pods",
        200,
        """
        {"items":[{"metadata":{"name":"web-1","namespace":"default","uid":"u1",
          "ownerReferences":[{"kind":"ReplicaSet"}]}},{"metadata":{"name":"agent",
          "namespace":"default","uid":"u2","ownerReferences":[{"kind":"DaemonSet"}]}}]}""");
    gateway.on("GET /api/v1/pods", 200, "{\"items\":[{\"metadata\":{\"uid\":\"u1\"}}]}");
    gateway.on("GET /api/v1/pods", 200, "{\"items\":[]}");
    String eviction = "POST " + PODS + "/web-1/eviction";
    gateway.on(eviction, 429, FakeGateway.status(429, "TooManyRequests", "budget"));
    gateway.on(eviction, 201, "{}");
    Result result = Result.of(dir, "drain", "n1");
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .isEqualTo(
            """
            pod/agent stays: of a daemon set
            node/n1 cordoned
            pod/web-1 evicted
            node/n1 drained
            """);
    assertThat(gateway.requests().stream().filter(r -> r.path().endsWith("/eviction")))
        .hasSize(2)
        .allMatch(r -> r.body().contains("\"hawser.io/move-within-seconds\":"));
    assertThat(gateway.only("PATCH").body()).isEqualTo("{\"spec\":{\"unschedulable\":true}}");
  }

  @Test
  void drainSaysWhatRemainedAtItsDeadline() {
    gateway.on("GET /api/v1/nodes/n1", 200, "{\"spec\":{}}");
    gateway.on("PATCH /api/v1/nodes/n1", 200, "{}");
    gateway.on(
        "GET /api/v1/pods",
        200,
        """
        {"items":[
          {"metadata":{"name":"web-1","namespace":"default","uid":"u1","ownerReferences":[{}]},
           "status":{"conditions":[{"type":"DisruptionTarget"}]}},
          {"metadata":{"name":"web-2","namespace":"default","uid":"u2","ownerReferences":[{}]}}]}""");
    gateway.on("POST " + PODS + "/web-1/eviction", 201, "{}");
    String refused = FakeGateway.status(429, "TooManyRequests", "the budget b needs 2");
    gateway.on("POST " + PODS + "/web-2/eviction", 429, refused);
    Result result = Result.of(dir, "drain", "n1", "--deadline", "1s");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("node n1 is not drained after 1 s")
        .contains("pod web-1: waits for another pod to serve in its place")
        .contains("pod web-2:")
        .contains("the budget b needs 2");
  }

  @Test
  void drainRefusesPodsThatNothingReplaces() {
    gateway.on("GET /api/v1/nodes/n1", 200, "{\"spec\":{}}");
    gateway.on("GET /api/v1/pods", 200, "{\"items\":[{\"metadata\":{\"name\":\"alone\"}}]}");
    Result result = Result.of(dir, "drain", "n1");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("alone").contains("--force");
    assertThat(gateway.requests()).allMatch(r -> r.method().equals("GET"));
  }

  @Test
  void uncordonTakesTheFieldAway() {
    gateway.on("GET /api/v1/nodes/n1", 200, "{\"spec\":{\"unschedulable\":true}}");
    gateway.on("PATCH /api/v1/nodes/n1", 200, "{}");
    assertThat(Result.of(dir, "uncordon", "n1").out()).isEqualTo("node/n1 uncordoned\n");
    assertThat(gateway.only("PATCH").body()).isEqualTo("{\"spec\":{\"unschedulable\":null}}");
  }

  @Test
  void rolloutStatusFollowsUntilAllIsNew() {
    gateway.on("GET " + WEB, 200, deployment(1, 2, 1, 2, 1));
    gateway.on("GET " + WEB, 200, deployment(2, 2, 2, 3, 1));
    gateway.on("GET " + WEB, 200, deployment(2, 2, 2, 2, 1));
    gateway.on("GET " + WEB, 200, deployment(2, 2, 2, 2, 2));
    assertThat(Result.of(dir, "rollout", "status", "deployment/web").out())
        .isEqualTo(
            """
            waiting: the change has not been seen yet
            waiting: 1 old pods still to go
            waiting: 1 of 2 new pods available
            deployment.apps/web successfully rolled out
            """);
  }

  @Test
  void aStatefulSetsRolloutIsFollowedAndUndone() {
    String set = "/apis/apps/v1/namespaces/default/statefulsets/db";
    String body =
        """
        {"metadata":{"uid":"u","generation":2},"spec":{"replicas":2},
         "status":{"observedGeneration":2,"updatedReplicas":%d,"availableReplicas":%d}}""";
    gateway.on("GET " + set, 200, body.formatted(1, 1));
    gateway.on("GET " + set, 200, body.formatted(2, 1));
    gateway.on("GET " + set, 200, body.formatted(2, 2));
    assertThat(Result.of(dir, "rollout", "status", "sts/db").out())
        .isEqualTo(
            """
            waiting: 1 of 2 pods have the new template
            waiting: 1 of 2 pods available
            statefulset.apps/db successfully rolled out
            """);
    gateway.on(
        "GET /apis/apps/v1/namespaces/default/controllerrevisions",
        200,
        """
        {"items":[
          {"metadata":{"ownerReferences":[{"uid":"u"}]},"revision":1,
           "data":{"spec":{"template":{"$patch":"replace","spec":{"containers":[{"image":"a:1"}]}}}}},
          {"metadata":{"ownerReferences":[{"uid":"u"}]},"revision":2,
           "data":{"spec":{"template":{"spec":{"containers":[{"image":"a:2"}]}}}}},
          {"metadata":{"ownerReferences":[{"uid":"other"}]},"revision":7,"data":{}}]}""");
    assertThat(Result.of(dir, "rollout", "history", "sts/db").out())
        .isEqualTo("REVISION   IMAGES\n1          a:1\n2          a:2\n");
    gateway.on("PATCH " + set, 200, "{}");
    assertThat(Result.of(dir, "rollout", "undo", "sts/db").out()).contains("revision 1");
    assertThat(gateway.only("PATCH").body()).contains("a:1").doesNotContain("$patch");
  }

  private static String deployment(
      int observed, int generation, int updated, int all, int available) {
    return """
        {"metadata":{"generation":%d},"spec":{"replicas":2},"status":{"observedGeneration":%d,
         "updatedReplicas":%d,"replicas":%d,"availableReplicas":%d}}"""
        .formatted(generation, observed, updated, all, available);
  }

  private static String served(String metadata) throws IOException {
    String placed =
        MANIFEST.replace("\"name\":\"web\"", "\"name\":\"web\",\"namespace\":\"default\"");
    String object = ApplyPatch.annotated(new ObjectMapper().readTree(placed)).toString();
    return object.replaceFirst("\"name\":\"web\"", "\"name\":\"web\"," + metadata);
  }
}
