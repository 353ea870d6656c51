package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.GatewayFixture.Reply;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every kind without requests of its own, through the same life over HTTP. */
class ObjectKindsTest {
  private static GatewayFixture gateway;

  /**
   * @param fields lines of the manifest beside apiVersion, kind and metadata; what is read back
   *     holds them all
   */
  private record Kind(String path, String apiVersion, String kind, String columns, String fields) {}

  private static final String TEMPLATE =
      "template: {metadata: {labels: {app: x}}, spec: {restartPolicy: Always, "
          + "nodeSelector: {no: such}, containers: [{name: main, image: 'demo:1'}]}}";

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "/api/v1/namespaces/default/configmaps",
              "v1",
              "ConfigMap",
              "Name,Data,Age",
              "data: {a: '1', b.txt: two}\nbinaryData: {c: AAEC}\nimmutable: true"),
          new Kind(
              "/api/v1/namespaces/default/secrets",
              "v1",
              "Secret",
              "Name,Type,Data,Age",
              "type: kubernetes.io/ssh-auth\ndata: {ssh-privatekey: aHVudGVyMg==}"),
          new Kind(
              "/apis/scheduling.k8s.io/v1/priorityclasses",
              "scheduling.k8s.io/v1",
              "PriorityClass",
              "Name,Value,Global-Default,Age,PreemptionPolicy",
              "value: 1000\ndescription: high\npreemptionPolicy: Never"),
          new Kind(
              "/apis/node.k8s.io/v1/runtimeclasses",
              "node.k8s.io/v1",
              "RuntimeClass",
              "Name,Handler,Age",
              "handler: sandboxed\noverhead: {podFixed: {cpu: 50m, memory: 16Mi}}\n"
                  + "scheduling: {nodeSelector: {kvm: 'true'}}"),
          new Kind(
              "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
              "autoscaling/v2",
              "HorizontalPodAutoscaler",
              "Name,Reference,Targets,MinPods,MaxPods,Replicas,Age",
              "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}, "
                  + "minReplicas: 2, maxReplicas: 5, metrics: ["
                  + "{type: Resource, resource: {name: cpu, "
                  + "target: {type: Utilization, averageUtilization: 60}}}, "
                  + "{type: ContainerResource, containerResource: {name: memory, container: main, "
                  + "target: {type: AverageValue, averageValue: 64Mi}}}], "
                  + "behavior: {scaleUp: {stabilizationWindowSeconds: 10, selectPolicy: Min, "
                  + "policies: [{type: Pods, value: 1, periodSeconds: 60}]}, "
                  + "scaleDown: {stabilizationWindowSeconds: 0, selectPolicy: Disabled}}}"),
          new Kind(
              "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers",
              "autoscaling/v1",
              "HorizontalPodAutoscaler",
              "Name,Reference,Targets,MinPods,MaxPods,Replicas,Age",
              "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}, "
                  + "minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 60}"),
          new Kind(
              "/apis/apps/v1/namespaces/default/replicasets",
              "apps/v1",
              "ReplicaSet",
              "Name,Desired,Current,Ready,Age",
              "spec: {replicas: 2, minReadySeconds: 3, selector: {matchLabels: {app: x}}, "
                  + TEMPLATE
                  + "}"),
          new Kind(
              "/apis/batch/v1/namespaces/default/jobs",
              "batch/v1",
              "Job",
              "Name,Status,Completions,Duration,Age",
              "spec: {parallelism: 2, completions: 3, completionMode: Indexed, suspend: true, "
                  + "backoffLimit: 1, activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 5, "
                  + "podFailurePolicy: {rules: [{action: FailJob, "
                  + "onExitCodes: {operator: In, values: [42]}}]}, "
                  + TEMPLATE.replace("Always", "Never")
                  + "}"),
          new Kind(
              "/apis/batch/v1/namespaces/default/cronjobs",
              "batch/v1",
              "CronJob",
              "Name,Schedule,Timezone,Suspend,Active,Last Schedule,Age",
              "spec: {schedule: '*/5 * * * *', timeZone: Europe/Berlin, concurrencyPolicy: Forbid, "
                  + "suspend: true, startingDeadlineSeconds: 100, jobTemplate: {spec: {"
                  + TEMPLATE.replace("Always", "OnFailure")
                  + "}}}"),
          new Kind(
              "/apis/apps/v1/namespaces/default/daemonsets",
              "apps/v1",
              "DaemonSet",
              "Name,Desired,Current,Ready,Up-to-date,Available,Node Selector,Age",
              "spec: {selector: {matchLabels: {app: x}}, minReadySeconds: 1, "
                  + "updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 2}}, "
                  + TEMPLATE
                  + "}"),
          new Kind(
              "/apis/apps/v1/namespaces/default/statefulsets",
              "apps/v1",
              "StatefulSet",
              "Name,Ready,Age",
              "spec: {replicas: 0, serviceName: db, selector: {matchLabels: {app: x}}, "
                  + "podManagementPolicy: Parallel, "
                  + "updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}, "
                  + "persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}, "
                  + "volumeClaimTemplates: [{metadata: {name: data, labels: {a: b}}, spec: {"
                  + "accessModes: [ReadWriteOncePod], storageClassName: local, "
                  + "resources: {requests: {storage: 1Gi}}}}], "
                  + TEMPLATE
                  + "}"),
          new Kind(
              "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
              "policy/v1",
              "PodDisruptionBudget",
              "Name,Min Available,Max Unavailable,Allowed Disruptions,Age",
              "spec: {minAvailable: 50%, selector: {matchLabels: {app: x}}}"),
          new Kind(
              "/apis/test.hawser.io/v1/namespaces/default/flocks",
              "test.hawser.io/v1",
              "Flock",
              "Name,Pods,Problem,Age",
              "spec: {size: 0, colours: [white, {of: 7, half: 0.5, no: false}], " + TEMPLATE + "}"),
          new Kind(
              "/api/v1/namespaces/default/resourcequotas",
              "v1",
              "ResourceQuota",
              "Name,Request,Limit,Age",
              "spec: {hard: {pods: '4', requests.cpu: '2', limits.memory: 1Gi, "
                  + "persistentvolumeclaims: '3', requests.storage: 5Gi}}"),
          new Kind(
              "/api/v1/namespaces/default/persistentvolumeclaims",
              "v1",
              "PersistentVolumeClaim",
              "Name,Status,Volume,Capacity,Access Modes,StorageClass,Age",
              "spec: {accessModes: [ReadWriteOnce], volumeMode: Filesystem, "
                  + "storageClassName: local, resources: {requests: {storage: 64Mi}}}"),
          new Kind(
              "/api/v1/namespaces/default/limitranges",
              "v1",
              "LimitRange",
              "Name,Age",
              "spec: {limits: [{type: Container, default: {cpu: 500m}, "
                  + "defaultRequest: {cpu: 100m}, max: {cpu: '2'}}]}"));

  @BeforeAll
  static void start() {
    gateway = new GatewayFixture();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @TestFactory
  Stream<DynamicTest> aKindIsCreatedReadListedUpdatedAndDeleted() {
    return KINDS.stream().map(kind -> dynamicTest(kind.kind(), () -> live(kind)));
  }

  private static void live(Kind kind) {
    ObjectNode manifest =
        Manifests.yaml(
            "apiVersion: %s\nkind: %s\nmetadata: {name: one, labels: {a: b}}\n%s"
                .formatted(kind.apiVersion(), kind.kind(), kind.fields()));
    assertThat(gateway.post(kind.path(), manifest.toString()).code()).isEqualTo(201);
    assertThat(gateway.post(kind.path(), manifest.toString()).code()).isEqualTo(409);

    if (kind.kind().equals("HorizontalPodAutoscaler")) {
      // Its first look, soon after its making, makes a new version.
      await()
          .atMost(GatewayFixture.PATIENCE)
          .until(
              () ->
                  gateway.get(kind.path() + "/one").json().at("/status/observedGeneration").asInt()
                      == 1);
    }
    ObjectNode read = (ObjectNode) gateway.get(kind.path() + "/one").json();
    Manifests.yaml(kind.fields())
        .properties()
        .forEach(field -> assertHolds(field.getKey(), read.get(field.getKey()), field.getValue()));
    assertThat(gateway.get(kind.path() + "?labelSelector=a%3Db").json().path("items")).hasSize(1);

    Reply again = gateway.send("PUT", kind.path() + "/one", "application/json", read.toString());
    assertThat(again.code()).as(again.text()).isEqualTo(200);
    assertThat(again.json().path("metadata").path("generation"))
        .as("nothing changed")
        .isEqualTo(read.path("metadata").path("generation"));
    assertThat(columns(kind)).isEqualTo(kind.columns());

    assertThat(gateway.send("DELETE", kind.path() + "/one", "", "").code()).isEqualTo(200);
    assertThat(gateway.get(kind.path() + "/one").code()).isEqualTo(404);
  }

  /** What was written is there; what the server adds, such as a status, may be beside it. */
  private static void assertHolds(String path, JsonNode got, JsonNode wanted) {
    assertThat(got).as(path).isNotNull();
    if (wanted.isObject()) {
      wanted
          .properties()
          .forEach(f -> assertHolds(path + "." + f.getKey(), got.get(f.getKey()), f.getValue()));
    } else if (wanted.isArray() && wanted.path(0).isObject()) {
      for (int i = 0; i < wanted.size(); i++) {
        assertHolds(path + "[" + i + "]", got.get(i), wanted.get(i));
      }
    } else {
      assertThat(got).as(path).isEqualTo(wanted);
    }
  }

  private static String columns(Kind kind) {
    JsonNode table =
        gateway
            .send(
                gateway
                    .authorized(kind.path())
                    .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
                    .build())
            .json();
    Stream.Builder<String> names = Stream.builder();
    table
        .path("columnDefinitions")
        .forEach(
            c -> {
              if (c.path("priority").asInt() == 0) {
                names.add(c.path("name").asText());
              }
            });
    return String.join(",", names.build().toList());
  }

  @Test
  void aKindFromAJarHasPodsThatNameItAndItsOwnRefusals() {
    String path = "/apis/test.hawser.io/v1/namespaces/default/flocks";
    String spec =
        "apiVersion: test.hawser.io/v1\nkind: Flock\nmetadata: {name: birds}\nspec: {%s, %s}";
    Reply refused =
        gateway.post(path, Manifests.yaml(spec.formatted("size: x", TEMPLATE)).toString());
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text()).contains("spec.size: expected a whole number");

    Reply made = gateway.post(path, Manifests.yaml(spec.formatted("size: 2", TEMPLATE)).toString());
    assertThat(made.code()).as(made.text()).isEqualTo(201);
    assertThat(gateway.get(path + "/birds").json().at("/status/pods").asInt()).isEqualTo(2);
    JsonNode owner =
        gateway
            .get("/api/v1/namespaces/default/pods/birds-1")
            .json()
            .at("/metadata/ownerReferences/0");
    assertThat(owner.path("apiVersion").asText()).isEqualTo("test.hawser.io/v1");
    assertThat(owner.path("kind").asText()).isEqualTo("Flock");
    assertThat(gateway.send("DELETE", path + "/birds", "", "").code()).isEqualTo(200);
  }

  @Test
  void everyKindIsInTheDiscovery() {
    for (Kind kind : KINDS) {
      String root = kind.apiVersion().contains("/") ? "/apis/" : "/api/";
      assertThat(gateway.get(root + kind.apiVersion()).text()).contains('"' + kind.kind() + '"');
    }
    assertThat(gateway.get("/apis").text()).contains("scheduling.k8s.io/v1").contains("apps/v1");
  }

  @Test
  void aWrongSecretIsRefusedWithoutRepeatingItsValue() {
    Reply reply =
        gateway.post(
            "/api/v1/namespaces/default/secrets",
            "{\"metadata\":{\"name\":\"s\"},\"data\":{\"a\":\"hunter2!\",\"b/c\":\"aGk=\"}}");
    assertThat(reply.code()).isEqualTo(422);
    assertThat(reply.text()).contains("data.a").contains("b/c").doesNotContain("hunter2");
  }
}
