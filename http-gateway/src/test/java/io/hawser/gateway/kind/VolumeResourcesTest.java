package io.hawser.gateway.kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest.UpdateObject;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.Manifests;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolume.ReclaimPolicy;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PersistentVolumeClaim.AccessMode;
import io.hawser.model.StatefulSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Claims, volumes and their class as the API has them. */
class VolumeResourcesTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final PersistentVolumeClaimResource CLAIMS = new PersistentVolumeClaimResource();
  private static final PersistentVolumeResource VOLUMES = new PersistentVolumeResource();
  private static final ClusterState EMPTY = ClusterState.EMPTY;
  private static final String CLAIM =
      "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n"
          + "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}";

  private static final PersistentVolumeClaim WANTED =
      new PersistentVolumeClaim(
          new ObjectMeta("default", "data", "u1", 1, 5, NOON, Map.of(), Map.of()),
          new PersistentVolumeClaim.Spec(List.of(AccessMode.READ_WRITE_ONCE), 1L << 30, null),
          PersistentVolumeClaim.Status.NONE);
  private static final PersistentVolume VOLUME = PersistentVolume.of(WANTED, "n2", "v1", NOON);
  private static final PersistentVolumeClaim BOUND =
      WANTED.withStatus(WANTED.status().boundTo(VOLUME));

  private static <T> List<Object> cells(Resource<T> resource, T object) {
    Column.Context context = new Column.Context(EMPTY, NOON.plusSeconds(600));
    return resource.columns().stream().map(c -> c.cell().apply(object, context)).toList();
  }

  private static Resource.Write create(String claim) {
    return CLAIMS.create(Manifests.yaml(claim), CLAIMS.type().target("default", Optional.empty()));
  }

  private static PersistentVolume changed(ObjectNode body) {
    Resource.Write write =
        VOLUMES.update(body, VOLUMES.type().target("", Optional.of("pvc-u1")), Optional.of(VOLUME));
    return (PersistentVolume) ((UpdateObject) write.request()).object();
  }

  @Test
  void claimThatWaitsAndOneThatIsBoundAreShownAsKubernetesShowsThem() {
    assertThat(cells(CLAIMS, WANTED))
        .containsExactly("data", "Pending", "", "", "", "local", "10m", "Filesystem", "<none>");
    assertThat(cells(CLAIMS, BOUND))
        .containsExactly(
            "data", "Bound", "pvc-u1", "1Gi", "RWO", "local", "10m", "Filesystem", "n2");
    assertThat(cells(CLAIMS, BOUND.withStatus(BOUND.status().deletedAt(NOON))))
        .contains("Terminating");

    ObjectNode node = CLAIMS.encode(BOUND, EMPTY);
    assertThat(node.at("/spec").toString())
        .isEqualTo(
            "{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":{\"storage\":\"1Gi\"}},"
                + "\"storageClassName\":\"local\",\"volumeMode\":\"Filesystem\","
                + "\"volumeName\":\"pvc-u1\"}");
    assertThat(node.at("/status").toString())
        .isEqualTo(
            "{\"phase\":\"Bound\",\"accessModes\":[\"ReadWriteOnce\"],"
                + "\"capacity\":{\"storage\":\"1Gi\"}}");
  }

  @Test
  void boundClaimIsReadAsItWasWritten() {
    Resource.Write write =
        CLAIMS.update(
            CLAIMS.encode(BOUND, EMPTY),
            CLAIMS.type().target("default", Optional.of("data")),
            Optional.of(BOUND));
    PersistentVolumeClaim read = (PersistentVolumeClaim) ((UpdateObject) write.request()).object();
    assertThat(read.spec()).isEqualTo(BOUND.spec());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[ReadWriteOnce]|[ReadWriteMany]|spec.accessModes[0]|supported values: \"ReadWriteOnce\"",
        "[ReadWriteOnce]|[]|spec.accessModes|expected a list of",
        "[ReadWriteOnce]|ReadWriteOnce|spec.accessModes|expected a list of",
        "[ReadWriteOnce]|[ReadWriteOnce, ReadWriteOncePod]|spec.accessModes|with other",
        "1Gi|0|spec.resources.requests.storage|greater than 0",
        "1Gi|much|spec.resources.requests.storage|Invalid value: \"much\": must be a quantity",
        "1Gi|[1]|spec.resources.requests.storage|Invalid value: [1]: must be a quantity",
        "storage: 1Gi|''|spec.resources.requests.storage|expected a quantity",
        "storage: 1Gi|storages: 1Gi|spec.resources.requests.storages|Unknown field",
        "{requests: {storage: 1Gi}}|{}|spec.resources.requests|expected storage",
        "resources:|storageClassName: fast, resources:|spec.storageClassName|values: \"local\"",
        "resources:|storageClassName: '', resources:|spec.storageClassName|values: \"local\"",
        "resources:|volumeMode: Block, resources:|spec.volumeMode|values: \"Filesystem\"",
        "resources:|volumeName: pvc-1, resources:|spec.volumeName|can't be chosen",
        "resources:|selector: {matchLabels: {a: b}}, resources:|spec.selector|not supported",
        "resources:|dataSource: {name: x}, resources:|spec.dataSource|not supported",
      })
  void whatALocalVolumeCannotDoIsRefusedByItsField(
      String replace, String with, String field, String says) {
    assertThat(CLAIM).contains(replace);
    StatusError refused =
        catchThrowableOfType(StatusError.class, () -> create(CLAIM.replace(replace, with)));
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.getMessage()).contains(field + ": ").contains(says);
  }

  @Test
  void volumeIsADirectoryOfOneNode() {
    assertThat(cells(VOLUMES, VOLUME))
        .containsExactly(
            "pvc-u1",
            "1Gi",
            "RWO",
            "Delete",
            "Bound",
            "default/data",
            "local",
            "10m",
            "Filesystem",
            "n2");
    ObjectNode node = VOLUMES.encode(VOLUME, EMPTY);
    assertThat(node.at("/spec/local/path").asText()).endsWith("persistent-volumes/pvc-u1");
    assertThat(node.at("/spec/claimRef/uid").asText()).isEqualTo("u1");
    assertThat(
            node.at("/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0")
                .toString())
        .isEqualTo("{\"key\":\"kubernetes.io/hostname\",\"operator\":\"In\",\"values\":[\"n2\"]}");
    assertThat(node.at("/status/phase").asText()).isEqualTo("Bound");
  }

  @Test
  void onlyAVolumesReclaimPolicyAndLabelsCanBeChanged() {
    ObjectNode body = VOLUMES.encode(VOLUME, EMPTY);
    body.withObject("/spec").put("persistentVolumeReclaimPolicy", "Retain");
    body.withObject("/metadata").putObject("labels").put("a", "b");
    PersistentVolume kept = changed(body);
    assertThat(kept.reclaimPolicy()).isEqualTo(ReclaimPolicy.RETAIN);
    assertThat(kept.meta().labels()).containsEntry("a", "b");
    assertThat(kept.claim()).isEqualTo(VOLUME.claim());

    body.withObject("/spec").withObject("/capacity").put("storage", "2Gi");
    assertThatThrownBy(() -> changed(body)).hasMessageContaining("spec.capacity: Forbidden");
    body.withObject("/spec").put("persistentVolumeReclaimPolicy", "Recycle");
    assertThatThrownBy(() -> changed(body))
        .hasMessageContaining("supported values: \"Delete\", \"Retain\"");
  }

  @Test
  void volumeIsNeitherMadeNorInvented() {
    ObjectNode body = VOLUMES.encode(VOLUME, EMPTY);
    assertThatThrownBy(() -> VOLUMES.create(body, VOLUMES.type().target("", Optional.empty())))
        .hasMessageContaining("create a PersistentVolumeClaim");
    StatusError missing =
        catchThrowableOfType(
            StatusError.class,
            () ->
                VOLUMES.update(
                    body, VOLUMES.type().target("", Optional.of("pvc-u1")), Optional.empty()));
    assertThat(missing.code()).isEqualTo(404);
  }

  @Test
  void oneClassIsThereAndIsTheDefault() {
    StorageClassResource classes = new StorageClassResource();
    StorageClassResource.Local local = classes.find(EMPTY, "", "local").orElseThrow();
    assertThat(classes.find(EMPTY, "", "fast")).isEmpty();
    assertThat(classes.all(EMPTY)).containsExactly(local);
    assertThat(cells(classes, local))
        .startsWith("local (default)", "hawser.io/local", "Delete", "WaitForFirstConsumer");
    ObjectNode node = classes.encode(local, EMPTY);
    assertThat(
            node.path("metadata")
                .path("annotations")
                .path("storageclass.kubernetes.io/is-default-class")
                .asText())
        .isEqualTo("true");
    assertThatThrownBy(() -> classes.create(node, classes.type().target("", Optional.empty())))
        .hasMessageContaining("create is not supported");
  }

  @Test
  void setsPodsMountWhatItsTemplatesName() {
    String set =
        "metadata: {name: db}\nspec: {selector: {matchLabels: {app: x}}, serviceName: db, "
            + "volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce],"
            + " resources: {requests: {storage: 1Gi}}}}], template: {metadata: {labels: {app: x}},"
            + " spec: {containers: [{name: c, image: i,"
            + " volumeMounts: [{name: data, mountPath: /data}]}]}}}";
    StatefulSetResource sets = new StatefulSetResource();
    StatefulSet read =
        (StatefulSet)
            ((io.hawser.cluster.protocol.ClientRequest.CreateObject)
                    sets.create(
                            Manifests.yaml(set), sets.type().target("default", Optional.empty()))
                        .request())
                .object();
    assertThat(read.spec().claimTemplates()).hasSize(1);
    assertThat(read.spec().claimRetention()).isEqualTo(StatefulSet.ClaimRetention.RETAIN);

    for (String[] bad :
        new String[][] {
          {"[{metadata: {name: data}", "[{metadata: {name: other}", "no volume of the pod has"},
          {"name: data}, spec", "name: Da_ta}, spec", "volumeClaimTemplates[0].metadata.name"},
          {"1Gi}}}}]", "x}}}}]", "volumeClaimTemplates[0].spec.resources.requests.storage"},
          {"1Gi}}}}]", "1Gi}}}}, {metadata: {name: data}}]", "[1].metadata.name: Duplicate"},
          {
            "serviceName: db",
            "persistentVolumeClaimRetentionPolicy: {whenScaled: Never}",
            "persistentVolumeClaimRetentionPolicy.whenScaled"
          }
        }) {
      assertThat(set).contains(bad[0]);
      assertThatThrownBy(
              () ->
                  sets.create(
                      Manifests.yaml(set.replace(bad[0], bad[1])),
                      sets.type().target("default", Optional.empty())))
          .hasMessageContaining(bad[2]);
    }
  }

  @Test
  void podsClaimIsReadAsItWasWritten() {
    String pod =
        "metadata: {name: p}\nspec: {containers: [{name: c, image: i}], volumes: [{name: data, %s}]}";
    PodResource pods = new PodResource();
    var target = pods.type().target("default", Optional.empty());
    var created =
        (io.hawser.cluster.protocol.ClientRequest.CreatePod)
            pods.create(
                    Manifests.yaml(
                        pod.formatted("persistentVolumeClaim: {claimName: d, readOnly: true}")),
                    target)
                .request();
    assertThat(created.spec().claimNames()).containsExactly("d");
    assertThat(created.spec().volumes().get(0).claim().orElseThrow().readOnly()).isTrue();
    for (String bad :
        List.of(
            "persistentVolumeClaim: {}",
            "persistentVolumeClaim: {claimName: ../x}",
            "persistentVolumeClaim: {claimName: d, sub: x}",
            "persistentVolumeClaim: {claimName: d}, emptyDir: {}")) {
      assertThatThrownBy(() -> pods.create(Manifests.yaml(pod.formatted(bad)), target))
          .isInstanceOf(StatusError.class)
          .hasMessageContaining("spec.volumes[0]");
    }
  }
}
