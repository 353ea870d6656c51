package io.hawser.gateway.kind;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.Manifests;
import io.hawser.gateway.decode.PodDecoder;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code kubectl get pods} shows of a pod. */
class PodTableTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final PodResource PODS = new PodResource();

  @Test
  void aPodThatWaitsForANodeIsPending() {
    assertThat(cells(pod(PodPhase.PENDING, List.of(), List.of())))
        .containsExactly("p", "0/1", "Pending", "0", "10m", "<none>", "<none>", "<none>", "<none>");
  }

  @Test
  void aWaitingContainersReasonIsTheStatus() {
    ContainerStatus waiting =
        container(ContainerState.waiting("CrashLoopBackOff", Optional.empty()), false, 4);
    assertThat(word(pod(PodPhase.RUNNING, List.of(), List.of(waiting))))
        .isEqualTo("CrashLoopBackOff");
  }

  @Test
  void restartsTellWhenTheLastOneWas() {
    ContainerStatus running = container(ContainerState.running(NOON), true, 2);
    ContainerStatus restarted =
        new ContainerStatus(
            "c",
            "i",
            "",
            "x",
            running.state(),
            Optional.of(
                ContainerState.terminated(Optional.of(NOON), NOON.plusSeconds(300), 1, "Error")),
            true,
            true,
            2);
    assertThat(cells(pod(PodPhase.RUNNING, List.of(), List.of(restarted)))).contains("2 (5m ago)");
  }

  @Test
  void anEndedContainersReasonOrCodeIsTheStatus() {
    ContainerState killed = ContainerState.terminated(Optional.of(NOON), NOON, 137, "OOMKilled");
    assertThat(word(pod(PodPhase.FAILED, List.of(), List.of(container(killed, false, 0)))))
        .isEqualTo("OOMKilled");
    ContainerState bare = ContainerState.terminated(Optional.of(NOON), NOON, 3, "");
    assertThat(word(pod(PodPhase.FAILED, List.of(), List.of(container(bare, false, 0)))))
        .isEqualTo("ExitCode:3");
  }

  @Test
  void initContainersAreCountedUntilTheyAreDone() {
    ContainerStatus running = container(ContainerState.running(NOON), false, 0);
    assertThat(word(pod(PodPhase.PENDING, List.of(running), List.of()))).isEqualTo("Init:0/1");
    ContainerStatus failed =
        container(ContainerState.terminated(Optional.of(NOON), NOON, 1, "Error"), false, 0);
    assertThat(word(pod(PodPhase.PENDING, List.of(failed), List.of()))).isEqualTo("Init:Error");
  }

  @Test
  void aDeletedPodIsTerminating() {
    Pod pod = pod(PodPhase.RUNNING, List.of(), List.of());
    assertThat(word(pod.withDeletion(new Pod.Deletion(NOON, 30)))).isEqualTo("Terminating");
  }

  @Test
  void anEvictedPodsReasonIsTheStatus() {
    PodStatus evicted =
        new PodStatus(
            PodPhase.FAILED,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            Optional.of("Evicted"),
            Optional.empty());
    assertThat(word(pod(PodPhase.FAILED, List.of(), List.of()).withStatus(evicted)))
        .isEqualTo("Evicted");
  }

  @Test
  void aTableCarriesAsMuchOfTheObjectAsAsked() {
    Pod pod = pod(PodPhase.PENDING, List.of(), List.of());
    Column.Context context = new Column.Context(ClusterState.EMPTY, NOON);
    JsonNode none = Tables.table(PODS, List.of(pod), context, Tables.Include.NONE, "v1");
    JsonNode meta = Tables.table(PODS, List.of(pod), context, Tables.Include.METADATA, "v1beta1");
    JsonNode whole = Tables.table(PODS, List.of(pod), context, Tables.Include.OBJECT, "v1");
    assertThat(none.at("/rows/0").has("object")).isFalse();
    assertThat(meta.at("/rows/0/object/kind").asText()).isEqualTo("PartialObjectMetadata");
    assertThat(meta.path("apiVersion").asText()).isEqualTo("meta.k8s.io/v1beta1");
    assertThat(whole.at("/rows/0/object/kind").asText()).isEqualTo("Pod");
  }

  private static List<String> cells(Pod pod) {
    Column.Context context = new Column.Context(ClusterState.EMPTY, NOON.plusSeconds(600));
    return PODS.columns().stream().map(c -> c.cell().apply(pod, context).toString()).toList();
  }

  private static String word(Pod pod) {
    return cells(pod).get(2);
  }

  private static ContainerStatus container(ContainerState state, boolean ready, int restarts) {
    return new ContainerStatus("c", "i", "", "x", state, Optional.empty(), ready, ready, restarts);
  }

  private static Pod pod(
      PodPhase phase, List<ContainerStatus> inits, List<ContainerStatus> containers) {
    ObjectNode manifest =
        Manifests.yaml(
            "metadata: {name: p}\n"
                + "spec: {containers: [{name: c, image: i}], initContainers: [{name: d, image: i}]}");
    PodDecoder.Decoded decoded =
        PodDecoder.decode(manifest, PODS.type().target("default", Optional.empty()));
    PodStatus status =
        new PodStatus(
            phase,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            inits,
            containers,
            Optional.empty(),
            Optional.empty());
    ObjectMeta meta = new ObjectMeta("default", "p", "u", 1, 1, NOON, Map.of(), Map.of());
    return Pod.created(meta, decoded.spec(), Optional.empty()).withStatus(status);
  }
}
