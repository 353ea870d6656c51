package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Faults of a real three-node cluster, and what a user then sees. */
@Tag("system")
class ClusterIT {

  @Test
  void podsOfAKilledNodeComeBackElsewhereAndTheNodeReturnsClean() throws IOException {
    try (TestCluster cluster = TestCluster.up(3)) {
      cluster.applyWeb(6);
      cluster.awaitReady(6);
      String victim = otherThan(cluster.schedulerNode());
      assertThat(nodesOf(cluster)).contains(victim);

      cluster.kill(victim);
      await("the lost pods to be ready elsewhere")
          .atMost(TestCluster.PATIENCE)
          .ignoreExceptionsInstanceOf(Api.NotReachable.class)
          .untilAsserted(
              () -> {
                assertThat(cluster.api().readyPods()).hasSize(6);
                assertThat(nodesOf(cluster)).doesNotContain(victim);
              });
      // On a busy machine a probe may fail now and then, and pass again.
      await("a page from every pod")
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(() -> assertThat(fetchFromEveryPod(cluster)).hasSize(6));
      assertThatTheJournalTellsWhy(cluster, victim);

      cluster.hawser("up").ok();
      await("the node to be ready again")
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(() -> assertThat(readyNodes(cluster)).contains(victim));
      cluster.applyWeb(9);
      cluster.awaitReady(9);
      assertThat(nodesOf(cluster)).contains(victim);
    }
  }

  private static void assertThatTheJournalTellsWhy(TestCluster cluster, String victim) {
    String newest =
        cluster.api().readyPods().stream()
            .max(java.util.Comparator.comparing(p -> p.at("/metadata/creationTimestamp").asText()))
            .orElseThrow()
            .at("/metadata/name")
            .asText();
    assertThat(cluster.hawser("why", newest).ok().out())
        .contains("deployment web created", "node " + victim + " lost", "in place of web-")
        .contains("now: on node");
    assertThat(cluster.hawser("why", "node/" + victim).ok().out()).contains("now: lost");
  }

  @Test
  void aRolloutGoesOnWhenItsSchedulerIsKilled() throws IOException {
    try (TestCluster cluster = TestCluster.up(3)) {
      cluster.applyWeb(6);
      cluster.awaitReady(6);
      Set<String> old = podNames(cluster);

      String patch =
          """
          {"spec":{"template":{"metadata":{"annotations":{"rolled":"yes"}}}}}""";
      String deployment = "/apis/apps/v1/namespaces/default/deployments/web";
      Api.Response patched =
          cluster
              .api()
              .send(
                  "PATCH",
                  deployment,
                  "application/merge-patch+json",
                  patch.getBytes(StandardCharsets.UTF_8));
      assertThat(patched.code()).as(patched.body().toString()).isEqualTo(200);
      cluster.kill(cluster.schedulerNode());

      await("the rollout to be complete")
          .atMost(TestCluster.PATIENCE)
          .ignoreExceptionsInstanceOf(Api.NotReachable.class)
          .untilAsserted(
              () -> {
                JsonNode status = cluster.api().get(deployment).body().path("status");
                assertThat(status.path("updatedReplicas").asInt()).isEqualTo(6);
                assertThat(status.path("readyReplicas").asInt()).isEqualTo(6);
                assertThat(status.path("replicas").asInt()).isEqualTo(6);
                assertThat(podNames(cluster)).hasSize(6).doesNotContainAnyElementsOf(old);
              });
    }
  }

  @Test
  void whatWasAcknowledgedSurvivesTheKillingOfEveryNode() throws IOException {
    try (TestCluster cluster = TestCluster.up(3)) {
      cluster.applyWeb(3);
      cluster.awaitReady(3);
      cluster.hawser("scale", "deployment/web", "--replicas=4").ok();
      Map<String, Long> pids = cluster.pids();
      assertThat(pids).hasSize(3);
      List<String> kill = new java.util.ArrayList<>(List.of("kill", "-9"));
      pids.values().forEach(pid -> kill.add(pid.toString()));
      Shell.run(Duration.ofSeconds(10), kill).ok();
      await().atMost(TestCluster.PATIENCE).until(() -> cluster.pids().isEmpty());

      cluster.hawser("up").ok();
      cluster.awaitReady(4);
      JsonNode deployment =
          cluster.api().get("/apis/apps/v1/namespaces/default/deployments/web").body();
      assertThat(deployment.at("/spec/replicas").asInt()).isEqualTo(4);
    }
  }

  @Test
  void containersOfADeadAgentAreStoppedWithinTheRestartWindow() throws IOException {
    try (TestCluster cluster = TestCluster.up(1)) {
      cluster.applyWeb(2);
      cluster.awaitReady(2);
      Set<Long> running = cluster.containerProcesses();
      assertThat(running).isNotEmpty();
      cluster.kill("n1");
      await("the guard")
          .atMost(Duration.ofSeconds(60))
          .until(() -> running.stream().noneMatch(pid -> ProcessHandle.of(pid).isPresent()));
    }
  }

  @Test
  void containersOutliveAnAgentThatIsBackWithinTheRestartWindow() throws IOException {
    try (TestCluster cluster = TestCluster.up(1)) {
      cluster.applyWeb(2);
      cluster.awaitReady(2);
      Set<Long> before = cluster.containerProcesses();
      cluster.kill("n1");
      cluster.hawser("up").ok();
      cluster.awaitReady(2);
      assertThat(cluster.containerProcesses()).isEqualTo(before);
      cluster
          .api()
          .pods()
          .forEach(
              p ->
                  assertThat(p.at("/status/containerStatuses/0/restartCount").asInt())
                      .as("restarts of " + p.at("/metadata/name").asText())
                      .isZero());
    }
  }

  private static String otherThan(String scheduler) {
    return scheduler.equals("n3") ? "n2" : "n3";
  }

  private static Set<String> nodesOf(TestCluster cluster) {
    return cluster.api().readyPods().stream()
        .map(p -> p.at("/spec/nodeName").asText())
        .collect(Collectors.toSet());
  }

  private static Set<String> podNames(TestCluster cluster) {
    return cluster.api().pods().stream()
        .map(p -> p.at("/metadata/name").asText())
        .collect(Collectors.toSet());
  }

  private static Set<String> readyNodes(TestCluster cluster) {
    return Api.items(cluster.api().get("/api/v1/nodes").body()).stream()
        .filter(Api::isReady)
        .map(n -> n.at("/metadata/name").asText())
        .collect(Collectors.toSet());
  }

  private static Set<String> fetchFromEveryPod(TestCluster cluster) {
    return cluster.api().readyPods().stream()
        .map(p -> p.at("/status/podIP").asText())
        .map(
            ip ->
                Shell.run(
                        Duration.ofSeconds(20),
                        "/bin/busybox",
                        "wget",
                        "-q",
                        "-O",
                        "-",
                        "http://" + ip + ":8080/")
                    .ok()
                    .out())
        .collect(Collectors.toSet());
  }
}
