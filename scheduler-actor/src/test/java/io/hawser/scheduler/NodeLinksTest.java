package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.scheduler.core.Samples;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodeLinksTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final List<String> asked = new ArrayList<>();
  private final NodeLinks links =
      new NodeLinks(
          address ->
              message -> {
                if (message instanceof NodeProtocol.RegisterAgain) {
                  asked.add(address);
                }
              });
  private final ClusterState state =
      ClusterState.EMPTY
          .evolve(registered("n1"))
          .evolve(registered("n2"))
          .evolve(registered("n3"))
          .evolve(lost("n2"))
          .evolve(lost("n3"));

  @Test
  void aMemberThatWasTakenForLostIsAskedToRegister() {
    links.check(state, Set.of(address("n1"), address("n2")));

    assertThat(asked).containsExactly(address("n2"));
  }

  private static SchedulerEvent registered(String name) {
    return new SchedulerEvent.NodeRegistered(
        Samples.node(name, "run-1", "pekko://hawser@" + name + ":7351"), "uid-" + name, NOW);
  }

  private static SchedulerEvent lost(String name) {
    return new SchedulerEvent.NodeLost(name, "it was unreachable", NOW);
  }

  private String address(String node) {
    return state.node(node).orElseThrow().info().address();
  }
}
