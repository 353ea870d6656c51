package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The clock of the node that hosts the scheduler is set forward by an hour and then back by two,
 * while it runs; the others' stay. No node is lost, no pod replaced or restarted, no scheduler
 * moves, a job with half an hour's deadline runs on, a cron job that is due in half an hour does
 * not begin, and deployments roll out, also on that node.
 */
final class ClockJump {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration HALF = HOUR.dividedBy(2);

  /** What only happens when something was lost, or thought to be. */
  private static final Set<String> LOSSES =
      Set.of("SchedulerStarted", "NodeLost", "NodeRemoved", "NodeRegistered", "PodRemoved");

  private final PartitionedNetwork network;
  private final NodeClocks clocks;

  ClockJump(PartitionedNetwork network) {
    this.network = network;
    this.clocks = network.clocks().orElseThrow();
  }

  void check() throws IOException {
    String jumping =
        network.api().get("/apis/hawser.io/v1/status").body().at("/scheduler/node").asText();
    final Map<String, Long> podsBefore = restartsByPod("app=web");
    apply("waits", waiting());
    await("the job's pod")
        .atMost(TestCluster.PATIENCE)
        .until(() -> restartsByPod("job-name=waits").size(), pods -> pods == 1);
    long from = newestEntry().path("sequenceNr").asLong() + 1;

    rollsOut(jumping, "ahead", HOUR);
    rollsOut(jumping, "behind", HOUR.negated());

    assertThat(losses(from)).as(network.logs()).isEmpty();
    assertThat(restartsByPod("app=web")).isEqualTo(podsBefore);
    assertThat(get("/apis/batch/v1/namespaces/default/jobs"))
        .as("jobs: the cron job's time has not come")
        .hasSize(1)
        .allMatch(job -> job.at("/status/active").asInt() == 1);
    removeAll();
    clocks.set(jumping, Duration.ZERO);
  }

  /** And the node's clock really is off: it dates what the scheduler writes to the journal. */
  private void rollsOut(String node, String name, Duration offset) throws IOException {
    clocks.set(node, offset);
    await("the clock of " + node)
        .atMost(TestCluster.PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              apply("mark", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mark}\n" + mark());
              Instant at = Instant.parse(newestEntry().path("at").asText());
              Duration off = Duration.between(Instant.now(), at);
              return off.minus(offset).abs().compareTo(HALF) < 0;
            });
    apply(name, deployment(name));
    network.hawser("rollout", "status", "deployment/" + name).ok();
    assertThat(
            get("/api/v1/namespaces/default/pods?labelSelector=app%3D" + name).stream()
                .map(pod -> pod.at("/spec/nodeName").asText()))
        .containsExactlyInAnyOrderElementsOf(network.names());
  }

  private static String mark() {
    return "data: {at: \"" + System.nanoTime() + "\"}\n";
  }

  /** Its pods' grace and deadlines are those of a cluster whose clocks are right. */
  private void removeAll() {
    for (String what :
        List.of("deployment/ahead", "deployment/behind", "job/waits", "cronjob/later")) {
      network.hawser("delete", what).ok();
    }
    await("their pods to end")
        .atMost(TestCluster.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(get("/api/v1/namespaces/default/pods"))
                    .allMatch(pod -> pod.at("/metadata/labels/app").asText().equals("web")));
  }

  private void apply(String name, String yaml) throws IOException {
    Path file = network.dir().resolve(name + ".yaml");
    Files.writeString(file, yaml);
    network.hawser("apply", "-f", file.toString()).ok();
  }

  /** One pod on each node. */
  private static String deployment(String name) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s}
        spec:
          replicas: 3
          minReadySeconds: 1
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata:
              labels: {app: %1$s}
              annotations: {hawser.io/max-per-node: "1"}
            spec:
              terminationGracePeriodSeconds: 2
              containers:
                - {name: c, image: "hawser/web:1", command: [/bin/sleep, "3600"]}
        """
        .formatted(name);
  }

  private static String waiting() {
    ZonedDateTime due = ZonedDateTime.now(ZoneOffset.UTC).plus(HALF);
    String pod =
        "{restartPolicy: Never, terminationGracePeriodSeconds: 2,"
            + " containers: [{name: c, image: \"hawser/web:1\", command: [/bin/sleep, \"3600\"]}]}";
    return """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: waits}
        spec:
          activeDeadlineSeconds: %1$d
          template: {spec: %2$s}
        ---
        apiVersion: batch/v1
        kind: CronJob
        metadata: {name: later}
        spec:
          schedule: "%3$d %4$d * * *"
          timeZone: Etc/UTC
          jobTemplate: {spec: {template: {spec: %2$s}}}
        """
        .formatted(HALF.toSeconds(), pod, due.getMinute(), due.getHour());
  }

  /** Pods' uids and how often their containers were restarted. */
  private Map<String, Long> restartsByPod(String selector) {
    String path = "/api/v1/namespaces/default/pods?labelSelector=" + selector.replace("=", "%3D");
    return get(path).stream()
        .collect(
            Collectors.toMap(
                pod -> pod.at("/metadata/uid").asText(),
                pod ->
                    Api.items(pod.at("/status/containerStatuses")).stream()
                        .mapToLong(c -> c.path("restartCount").asLong())
                        .sum()));
  }

  private List<JsonNode> get(String path) {
    return Api.items(network.api().get(path).body());
  }

  private JsonNode newestEntry() {
    long highest =
        get("/apis/hawser.io/v1/journal").stream()
            .filter(log -> log.path("id").asText().equals("scheduler"))
            .mapToLong(log -> log.path("highest").asLong())
            .findFirst()
            .orElseThrow();
    List<JsonNode> entries = get("/apis/hawser.io/v1/journal/scheduler?limit=1&from=" + highest);
    return entries.get(entries.size() - 1);
  }

  private List<String> losses(long from) {
    return get("/apis/hawser.io/v1/journal/scheduler?limit=1000&from=" + from).stream()
        .filter(entry -> LOSSES.contains(entry.path("type").asText()))
        .map(JsonNode::toString)
        .toList();
  }
}
