package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.GatewayFixture.Reply;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ObjectMeta;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Server-side apply over HTTP. */
class GatewayApplyTest extends OverHttp {
  private static final String APPLY = "application/apply-patch+yaml";
  private static final String WEB = DEPLOYMENTS + "/web";
  private static final String JSON_PATCH = "application/json-patch+json";

  private static Reply apply(String path, String manager, String body) {
    return gateway.send("PATCH", path + "?fieldManager=" + manager, APPLY, body);
  }

  private static JsonNode applied(String path, String manager, String body) {
    Reply reply = apply(path, manager, body);
    assertThat(reply.code()).as(reply.text()).isIn(200, 201);
    return reply.json();
  }

  private static List<String> managers(JsonNode object) {
    List<String> managers = new ArrayList<>();
    object
        .at("/metadata/managedFields")
        .forEach(
            e ->
                managers.add(
                    (e.path("manager").asText()
                            + " "
                            + e.path("operation").asText()
                            + " "
                            + e.path("subresource").asText())
                        .strip()));
    return managers;
  }

  @Test
  void anObjectIsMadeChangedAndLosesWhatIsNoLongerApplied() {
    String config = Manifests.WEB.replace("replicas: 2", "replicas: 2\n  minReadySeconds: 1");
    Reply made = apply(WEB, "ci", config);
    assertThat(made.code()).as(made.text()).isEqualTo(201);
    assertThat(managers(made.json())).containsExactly("ci Apply");

    Reply again = apply(WEB, "ci", config);
    assertThat(again.code()).isEqualTo(200);
    assertThat(again.json().path("metadata").path("managedFields"))
        .isEqualTo(made.json().path("metadata").path("managedFields"));
    assertThat(again.json().path("metadata").path("generation").asInt()).isEqualTo(1);

    JsonNode less = applied(WEB, "ci", Manifests.WEB);
    assertThat(less.path("spec").has("minReadySeconds")).isFalse();
    assertThat(less.path("metadata").path("annotations").has(ObjectMeta.MANAGED_FIELDS)).isFalse();
  }

  @Test
  void whoScalesOwnsTheNumberOfPodsFromThenOn() {
    applied(WEB, "ci", Manifests.WEB);
    Reply scaled = gateway.send("PATCH", WEB + "/scale", MERGE, "{\"spec\":{\"replicas\":3}}");
    assertThat(scaled.code()).as(scaled.text()).isEqualTo(200);
    assertThat(managers(gateway.get(WEB).json()))
        .containsExactly("ci Apply", "Java-http-client Update scale");

    Reply refused = apply(WEB, "ci", Manifests.WEB);
    assertStatus(refused, 409, "Conflict");
    assertThat(refused.json().at("/details/causes/0"))
        .isEqualTo(
            Json.object()
                .put("reason", "FieldManagerConflict")
                .put(
                    "message",
                    "conflict with \"Java-http-client\" with subresource \"scale\" using apps/v1")
                .put("field", ".spec.replicas"));
    assertThat(gateway.get(WEB).json().at("/spec/replicas").asInt()).isEqualTo(3);

    Reply forced = gateway.send("PATCH", WEB + "?fieldManager=ci&force=true", APPLY, Manifests.WEB);
    assertThat(forced.code()).as(forced.text()).isEqualTo(200);
    assertThat(forced.json().at("/spec/replicas").asInt()).isEqualTo(2);
    assertThat(managers(forced.json())).containsExactly("ci Apply");
  }

  @Test
  void otherWritesKeepOwnersAndBecomeOwners() {
    applied(WEB, "ci", Manifests.WEB);
    Reply patched =
        gateway.send(
            "PATCH",
            WEB + "?fieldManager=kubectl-label",
            MERGE,
            "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
    assertThat(managers(patched.json())).containsExactly("ci Apply", "kubectl-label Update");

    // A client that knows nothing of owners, and whose manifest has no defaults.
    Reply put =
        gateway.send(
            "PUT",
            WEB + "?fieldManager=old",
            "application/yaml",
            Manifests.WEB.replace("replicas: 2", "replicas: 4"));
    assertThat(put.code()).as(put.text()).isEqualTo(200);
    assertThat(managers(put.json())).containsExactly("ci Apply", "old Update");
    assertThat(put.json().at("/metadata/managedFields/1/fieldsV1"))
        .isEqualTo(Json.MAPPER.createObjectNode().set("f:spec", spec("f:replicas")));

    Reply other = apply(WEB, "ci", Manifests.WEB);
    assertStatus(other, 409, "Conflict");
    assertThat(other.text()).contains("\\\"old\\\" using apps/v1: .spec.replicas");
  }

  private static JsonNode spec(String field) {
    return Json.object().set(field, Json.object());
  }

  @Test
  void ownersCanBeGivenUpAndNamedAnew() {
    createWeb();
    JsonNode first = applied(WEB, "ci", Manifests.WEB);
    assertThat(managers(first)).containsExactly("before-first-apply Update", "ci Apply");

    String without =
        """
        [{"op": "remove", "path": "/metadata/managedFields/0"}]""";
    Reply removed = gateway.send("PATCH", WEB, JSON_PATCH, without);
    assertThat(removed.code()).as(removed.text()).isEqualTo(200);
    assertThat(managers(removed.json())).containsExactly("ci Apply");

    Reply ignored = gateway.send("PATCH", WEB, MERGE, "{\"metadata\":{\"managedFields\":null}}");
    assertThat(managers(ignored.json())).containsExactly("ci Apply");
    Reply reset = gateway.send("PATCH", WEB, MERGE, "{\"metadata\":{\"managedFields\":[{}]}}");
    assertThat(managers(reset.json())).isEmpty();
    assertThat(managers(gateway.get(WEB).json())).isEmpty();
  }

  @Test
  void theHiddenAnnotationIsNotTheClients() {
    applied(WEB, "ci", Manifests.WEB);
    String annotation =
        "{\"metadata\":{\"annotations\":{\"" + ObjectMeta.MANAGED_FIELDS + "\":\"[]\"}}}";
    assertStatus(gateway.send("PATCH", WEB, MERGE, annotation), 422, "Invalid");
    Reply forgets = gateway.send("PATCH", WEB, MERGE, "{\"metadata\":{\"annotations\":null}}");
    assertThat(managers(forgets.json())).contains("ci Apply");
  }

  @Test
  void aDryRunAnswersAndChangesNothing() {
    Reply made = gateway.send("PATCH", WEB + "?fieldManager=ci&dryRun=All", APPLY, Manifests.WEB);
    assertThat(made.code()).as(made.text()).isEqualTo(201);
    assertThat(made.json().at("/spec/strategy/type").asText()).isEqualTo("RollingUpdate");
    assertThat(gateway.get(WEB).code()).isEqualTo(404);

    applied(WEB, "ci", Manifests.WEB);
    Reply changed =
        gateway.send(
            "PATCH",
            WEB + "?fieldManager=ci&dryRun=All",
            APPLY,
            Manifests.WEB.replace("replicas: 2", "replicas: 3"));
    assertThat(changed.json().at("/spec/replicas").asInt()).isEqualTo(3);
    assertThat(gateway.get(WEB).json().at("/spec/replicas").asInt()).isEqualTo(2);

    Reply refused =
        gateway.send("POST", DEPLOYMENTS + "?dryRun=All", "application/yaml", Manifests.WEB);
    assertStatus(refused, 409, "AlreadyExists");
    Reply patched =
        gateway.send("PATCH", WEB + "?dryRun=All", MERGE, "{\"spec\":{\"paused\":true}}");
    assertThat(patched.json().at("/spec/paused").asBoolean()).isTrue();
    assertThat(gateway.get(WEB).json().path("spec").has("paused")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "|{}|422|fieldManager: Required value: is required for apply patch",
        "?fieldManager=|{}|422|fieldManager",
        "?fieldManager=a%07|{}|422|printable",
        "?fieldManager=a&force=maybe|{}|400|force",
        "?fieldManager=a|{}|400|apiVersion: Required value",
        "?fieldManager=a|{apiVersion: apps/v1}|400|kind: Required value",
        "?fieldManager=a|{apiVersion: apps/v2, kind: Deployment}|400|apps/v2",
        "?fieldManager=a|{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}}"
            + "|400|metadata.name",
        "?fieldManager=a|{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: x}}"
            + "|400|metadata.namespace",
        "?fieldManager=a|{apiVersion: apps/v1, kind: Deployment, metadata: {managedFields: [{}]}}"
            + "|400|metadata.managedFields must be nil",
        "?fieldManager=a|{apiVersion: apps/v1, kind: Deployment, metadata: {uid: x}}"
            + "|409|uid mismatch",
        "?fieldManager=a|{apiVersion: apps/v1, kind: Deployment, metadata: {resourceVersion: '1'}}"
            + "|409|there is no object",
        "?fieldManager=a|{apiVersion: apps/v1, kind: Deployment, spec: {replicas: x}}"
            + "|422|spec.replicas",
        "?fieldManager=a|[|400|not valid YAML",
      })
  void aWrongApplyIsRefusedByName(String query, String body, int code, String message) {
    Reply reply = gateway.send("PATCH", WEB + (query == null ? "" : query), APPLY, body);
    assertThat(reply.code()).as(reply.text()).isEqualTo(code);
    assertThat(reply.json().path("message").asText()).contains(message);
    assertThat(items(DEPLOYMENTS)).isEmpty();
  }

  @Test
  void whatNamesAnOlderStateOrAnotherObjectIsRefused() {
    applied(WEB, "ci", Manifests.WEB);
    String named = "{apiVersion: apps/v1, kind: Deployment, metadata: {%s}}";
    Reply old = apply(WEB, "ci", named.formatted("resourceVersion: '1'"));
    assertStatus(old, 409, "Conflict");
    assertThat(old.text()).contains("deployments.apps").contains("has been modified");
    assertStatus(apply(WEB, "ci", named.formatted("uid: other")), 409, "Conflict");
  }

  @Test
  void otherPatchesHaveNoForceAndOtherPathsNoApply() {
    createWeb();
    Reply force = gateway.send("PATCH", WEB + "?force=true", MERGE, "{}");
    assertStatus(force, 422, "Invalid");
    assertThat(force.text()).contains("may not be specified for non-apply patch");
    assertStatus(apply(WEB + "/scale", "a", "{}"), 415, "UnsupportedMediaType");
    Reply cbor =
        gateway.send("PATCH", WEB + "?fieldManager=a", "application/apply-patch+cbor", "{}");
    assertStatus(cbor, 415, "UnsupportedMediaType");
    assertThat(cbor.text()).contains(APPLY);
  }

  /** One of each kind that can be written, twice, and then without its label. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "api/v1|configmaps|ConfigMap|data: {a: b}",
        "api/v1|secrets|Secret|stringData: {pw: x}",
        "api/v1|pods|Pod|spec: {containers: [{name: c, image: 'demo:1'}]}",
        "apis/batch/v1|jobs|Job|spec: {suspend: true, template: {spec: {restartPolicy: Never,"
            + " containers: [{name: c, image: 'demo:1'}]}}}",
        "apis/batch/v1|cronjobs|CronJob|spec: {schedule: '0 0 1 1 *', jobTemplate: {spec:"
            + " {template: {spec: {restartPolicy: Never, containers: [{name: c, image: 'demo:1'}]}}}}}",
        "apis/apps/v1|statefulsets|StatefulSet|spec: {replicas: 0, selector: {matchLabels: {a: b}},"
            + " template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}",
        "apis/apps/v1|replicasets|ReplicaSet|spec: {replicas: 0, selector: {matchLabels: {a: b}},"
            + " template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}",
        "apis/apps/v1|daemonsets|DaemonSet|spec: {selector: {matchLabels: {a: b}},"
            + " template: {metadata: {labels: {a: b}}, spec: {nodeSelector: {no: where},"
            + " containers: [{name: c, image: i}]}}}",
        "apis/autoscaling/v2|horizontalpodautoscalers|HorizontalPodAutoscaler|spec:"
            + " {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}, maxReplicas: 3}",
        "apis/policy/v1|poddisruptionbudgets|PodDisruptionBudget|spec: {minAvailable: 1,"
            + " selector: {matchLabels: {a: b}}}",
        "api/v1|resourcequotas|ResourceQuota|spec: {hard: {cpu: '0.5', pods: '100'}}",
        "api/v1|limitranges|LimitRange|spec: {limits: [{type: Container, max: {cpu: 2}}]}",
        "api/v1|persistentvolumeclaims|PersistentVolumeClaim|spec: {accessModes: [ReadWriteOnce],"
            + " resources: {requests: {storage: 1024Mi}}}",
        "apis/test.hawser.io/v1|flocks|Flock|spec: {size: 0, template: {spec: {containers:"
            + " [{name: c, image: i}]}}}",
      })
  void everyKindCanBeApplied(String group, String plural, String kind, String rest) {
    applyTwice(group, "namespaces/default/" + plural, kind, rest);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "apis/scheduling.k8s.io/v1|priorityclasses|PriorityClass|value: 7",
        "apis/node.k8s.io/v1|runtimeclasses|RuntimeClass|handler: runc",
      })
  void everyKindWithoutNamespacesCanBeApplied(
      String group, String plural, String kind, String rest) {
    applyTwice(group, plural, kind, rest);
  }

  private static void applyTwice(String group, String collection, String kind, String rest) {
    String path = "/" + group + "/" + collection + "/applied";
    String config =
        "{apiVersion: %s, kind: %s, metadata: {name: applied%s}, %s}"
            .formatted(group.substring(group.indexOf('/') + 1), kind, "%s", rest);
    String labelled = config.formatted(", labels: {x: y}");
    JsonNode made = applied(path, "ci", labelled);
    assertThat(managers(made)).containsExactly("ci Apply");
    assertThat(managers(gateway.get(path).json())).containsExactly("ci Apply");

    JsonNode again = applied(path, "ci", labelled);
    assertThat(again.at("/metadata/managedFields")).isEqualTo(made.at("/metadata/managedFields"));
    JsonNode shared = applied(path, "other", labelled);
    assertThat(managers(shared)).containsExactly("ci Apply", "other Apply");
    assertThat(applied(path, "ci", config.formatted("")).at("/metadata/labels/x").asText())
        .isEqualTo("y");
    JsonNode without = applied(path, "other", config.formatted(""));
    assertThat(without.path("metadata").has("labels")).isFalse();
    assertThat(without.path("spec")).isEqualTo(made.path("spec"));
    assertThat(without.path("data")).isEqualTo(made.path("data"));
    gateway.send("DELETE", path, "", "");
  }

  @Test
  void theNumberOfPodsIsLeftToAnAutoscalerOnceItIsGivenUp() {
    applied(WEB, "ci", Manifests.WEB.replace("replicas: 2", "replicas: 4"));
    String scaler = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web";
    applied(
        scaler,
        "ci",
        """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
          minReplicas: 4
          maxReplicas: 5
        """);
    String without = Manifests.WEB.replace("  replicas: 2\n", "");
    assertThat(applied(WEB, "ci", without).at("/spec/replicas").asInt()).isEqualTo(4);
    gateway.send("DELETE", scaler, "", "");
    applied(WEB, "ci", Manifests.WEB.replace("replicas: 2", "replicas: 4"));
    assertThat(applied(WEB, "ci", without).at("/spec/replicas").asInt()).isEqualTo(1);
  }

  @Test
  void aNamespaceIsMadeAndAppliedAgain() {
    String config = "{apiVersion: v1, kind: Namespace, metadata: {name: made, labels: {a: b}}}";
    assertThat(apply("/api/v1/namespaces/made", "ci", config).code()).isEqualTo(201);
    assertThat(apply("/api/v1/namespaces/made", "ci", config).code()).isEqualTo(200);
    assertThat(apply("/api/v1/namespaces/made", "other", config).code()).isEqualTo(200);
    Reply changed = apply("/api/v1/namespaces/made", "ci", config.replace("b}", "c}"));
    assertStatus(changed, 405, "MethodNotAllowed");
    gateway.send("DELETE", "/api/v1/namespaces/made", "", "");
  }

  @Test
  void aNodeIsAppliedButNotMade() {
    String node = "{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {disk: ssd}}}";
    JsonNode labelled = applied("/api/v1/nodes/n1", "ci", node);
    assertThat(labelled.at("/metadata/labels/disk").asText()).isEqualTo("ssd");
    JsonNode bare = applied("/api/v1/nodes/n1", "ci", "{apiVersion: v1, kind: Node}");
    assertThat(bare.path("metadata").path("labels").has("disk")).isFalse();
    assertThat(bare.at("/metadata/labels").has("kubernetes.io/hostname")).isTrue();
    assertStatus(
        apply("/api/v1/nodes/n9", "ci", "{apiVersion: v1, kind: Node}"), 405, "MethodNotAllowed");
  }

  @Test
  void aSecretsTextsAreOwnedAsItsData() {
    String path = "/api/v1/namespaces/default/secrets/s";
    applied(path, "ci", "{apiVersion: v1, kind: Secret, stringData: {a: x, b: y}}");
    JsonNode less = applied(path, "ci", "{apiVersion: v1, kind: Secret, stringData: {a: x}}");
    assertThat(less.path("data")).isEqualTo(Json.object().put("a", "eA=="));
    gateway.send("DELETE", path, "", "");
  }

  @Test
  void aSetsScaleHasAnOwnerToo() {
    String path = "/apis/apps/v1/namespaces/default/statefulsets/kept";
    String config =
        "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 0, selector: {matchLabels:"
            + " {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c,"
            + " image: i}]}}}}";
    applied(path, "ci", config);
    gateway.send("PATCH", path + "/scale", MERGE, "{\"spec\":{\"replicas\":1}}");
    Reply refused = apply(path, "ci", config);
    assertStatus(refused, 409, "Conflict");
    assertThat(refused.text()).contains(".spec.replicas").contains("scale");
    gateway.send("DELETE", path, "", "");
  }
}
