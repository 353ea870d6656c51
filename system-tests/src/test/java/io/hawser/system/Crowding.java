package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Real pods that are in each other's way: a more important one has a victim moved, a gang waits
 * until all of it has room, and a workload until the one before it is ready.
 */
final class Crowding {
  private static final String WORKLOAD =
      """
      apiVersion: apps/v1
      kind: KIND
      metadata: {name: NAME}
      spec:
        replicas: REPLICAS
        selector: {matchLabels: {app: NAME}}
        template:
          metadata: {labels: {app: NAME}, annotations: {ANNOTATIONS}}
          spec:
            terminationGracePeriodSeconds: 1
            containers:
            - name: main
              image: hawser/web:1
              imagePullPolicy: Never
              command: [sleep, "100000"]
              resources: {requests: {cpu: SIZEm}}
      """;

  private final TestCluster cluster;

  /** More than half of a node, in thousandths of a core. */
  private final long size;

  Crowding(TestCluster cluster) {
    this.cluster = cluster;
    String cpu =
        cluster.api().get("/api/v1/nodes").body().at("/items/0/status/allocatable/cpu").asText();
    long millis =
        cpu.endsWith("m")
            ? Long.parseLong(cpu.substring(0, cpu.length() - 1))
            : 1_000 * Long.parseLong(cpu);
    this.size = millis * 6 / 10;
  }

  void check() throws IOException {
    until("an empty cluster", () -> cluster.api().pods().isEmpty());
    aVictimMovesBeforeTheImportantOneComes();
    aGangWaitsForAllOfItsRoomAndWhatComesAfterForTheGang();
  }

  private String workload(String kind, String name, int replicas, String annotations) {
    return WORKLOAD
        .replace("KIND", kind)
        .replace("NAME", name)
        .replace("REPLICAS", Integer.toString(replicas))
        .replace("ANNOTATIONS", annotations)
        .replace("SIZE", Long.toString(size));
  }

  private void apply(String yaml) throws IOException {
    Path file = cluster.dir().resolve("crowding.yaml");
    Files.writeString(file, yaml);
    cluster.hawser("apply", "-f", file.toString()).ok();
  }

  private void until(String what, Callable<Boolean> holds) {
    try {
      await(what)
          .atMost(TestCluster.PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .ignoreExceptionsInstanceOf(Api.NotReachable.class)
          .until(holds);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(what + " did not come true\n" + cluster.story(), e);
    }
  }

  private List<JsonNode> pods(String owner) {
    return cluster.api().pods().stream()
        .filter(p -> p.at("/metadata/labels/app").asText().equals(owner))
        .toList();
  }

  private List<JsonNode> ready(String owner) {
    return pods(owner).stream().filter(Api::isReady).toList();
  }

  private static String node(JsonNode pod) {
    return pod.at("/spec/nodeName").asText();
  }

  private void aVictimMovesBeforeTheImportantOneComes() throws IOException {
    apply(workload("ReplicaSet", "small", 1, ""));
    until("a small pod", () -> ready("small").size() == 1);
    JsonNode victim = ready("small").get(0);
    apply(
        """
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata: {name: important}
        value: 1000
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: large, labels: {app: large}}
        spec:
          priorityClassName: important
          nodeSelector: {kubernetes.io/hostname: NODE}
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: hawser/web:1
            imagePullPolicy: Never
            command: [sleep, "100000"]
            resources: {requests: {cpu: SIZEm}}
        """
            .replace("NODE", node(victim))
            .replace("SIZE", Long.toString(size)));
    until(
        "the important pod, while one of the others serves",
        () -> {
          assertThat(ready("small")).as("one serves at any time").isNotEmpty();
          return !ready("large").isEmpty();
        });
    until("one small pod", () -> pods("small").size() == 1);
    assertThat(node(ready("large").get(0))).isEqualTo(node(victim));
    assertThat(node(ready("small").get(0))).isNotEqualTo(node(victim));
    String events = cluster.hawser("events").ok().out();
    assertThat(events)
        .contains("Goes once another pod serves: preempted by default/large;")
        .contains(node(ready("small").get(0)) + " has room for the next one");
  }

  private void aGangWaitsForAllOfItsRoomAndWhatComesAfterForTheGang() throws IOException {
    String gang = "hawser.io/gang: crew, hawser.io/gang-size: '3'";
    apply(
        workload("Deployment", "crew", 3, gang)
            + "---\n"
            + workload("Deployment", "after", 1, "hawser.io/start-after: deployment/crew")
                .replace(size + "m", "1m"));
    until("three of the gang", () -> pods("crew").size() == 3);
    assertThat(pods("crew"))
        .as("one would fit, none is placed")
        .allMatch(p -> node(p).isEmpty() && p.toString().contains("1 of 3 pods have a place"));
    assertThat(pods("after"))
        .allMatch(p -> p.toString().contains("waits for deployment/crew to be ready"));
    cluster.hawser("delete", "replicaset/small", "pod/large").ok();
    until(
        "the gang, then what comes after it",
        () -> {
          long placed = pods("crew").stream().filter(p -> !node(p).isEmpty()).count();
          assertThat(placed).as("all or none").isIn(0L, 3L);
          return ready("after").size() == 1;
        });
    Instant last =
        ready("crew").stream().map(p -> since(p, "Ready")).max(Instant::compareTo).orElseThrow();
    assertThat(ready("crew")).hasSize(3);
    assertThat(since(ready("after").get(0), "PodScheduled")).isAfterOrEqualTo(last);
    cluster.hawser("delete", "deployment/crew", "deployment/after", "priorityclass/important").ok();
  }

  private static Instant since(JsonNode pod, String condition) {
    return Api.items(pod.at("/status/conditions")).stream()
        .filter(c -> c.path("type").asText().equals(condition))
        .map(c -> Instant.parse(c.path("lastTransitionTime").asText()))
        .findFirst()
        .orElseThrow();
  }
}
