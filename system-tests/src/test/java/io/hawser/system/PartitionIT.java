package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A node whose clock is set, and one cut off from the others, by a real network that is really cut.
 * Each leaves the cluster as it found it.
 */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PartitionIT {
  private PartitionedNetwork network;

  @BeforeAll
  void sixPodsOnThreeNodes() throws IOException {
    network = PartitionedNetwork.upWithClocks();
    String example = Shell.home().resolve("examples/web.yaml").toString();
    await("the cluster")
        .atMost(TestCluster.PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> network.hawser("apply", "-f", example).code() == 0);
    awaitReady(network, network.names(), 6);
  }

  @AfterAll
  void down() throws IOException {
    if (network != null) {
      network.close();
    }
  }

  @Test
  @Order(1)
  void aClockThatIsSetOnTheSchedulersNodeChangesNothing() throws IOException {
    assumeTrue(network.clocks().isPresent(), "Debian's faketime is not installed");
    new ClockJump(network).check();
  }

  @Test
  @Order(2)
  void theCutOffNodeStopsItsContainersAndTheOthersReplaceThem() throws IOException {
    // The hardest one: the node whose scheduler everybody listens to.
    String cut = schedulerNode(network);
    List<String> others = network.names().stream().filter(n -> !n.equals(cut)).toList();
    assertThat(network.containerProcesses(cut)).isPositive();
    network.cut(cut);

    awaitReady(network, others, 6);
    await("the cut-off node to stop its containers")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(network.containerProcesses(cut)).isZero());
    assertThat(podsOn(network.apiOf(others), cut)).isZero();

    network.heal(cut);
    await("the node to be back")
        .atMost(TestCluster.PATIENCE)
        .ignoreExceptionsInstanceOf(Api.NotReachable.class)
        .untilAsserted(
            () ->
                assertThat(
                        Api.items(network.apiOf(others).get("/api/v1/nodes").body()).stream()
                            .filter(Api::isReady))
                    .as(network.logs())
                    .hasSize(3));
    assertThat(network.apiOf(others).readyPods()).hasSize(6);
    long running = network.names().stream().mapToLong(network::containerProcesses).sum();
    assertThat(running).as("each pod runs once").isEqualTo(6);
  }

  private static void awaitReady(PartitionedNetwork network, List<String> asked, int pods) {
    await(pods + " ready pods")
        .atMost(TestCluster.PATIENCE)
        .ignoreExceptionsInstanceOf(Api.NotReachable.class)
        .untilAsserted(
            () ->
                assertThat(
                        network.apiOf(asked).readyPods().stream()
                            .filter(p -> asked.contains(p.at("/spec/nodeName").asText())))
                    .as(network.logs())
                    .hasSize(pods));
  }

  private static String schedulerNode(PartitionedNetwork network) {
    return network.api().get("/apis/hawser.io/v1/status").body().at("/scheduler/node").asText();
  }

  private static long podsOn(Api api, String node) {
    return api.pods().stream().filter(p -> p.at("/spec/nodeName").asText().equals(node)).count();
  }
}
