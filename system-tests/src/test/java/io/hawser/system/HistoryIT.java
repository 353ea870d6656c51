package io.hawser.system;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients write and read through every gateway while nodes are killed, frozen, cut off and healed
 * at random, after the scheduler was moved as planned once. A stateful set's member is watched as a
 * process meanwhile. {@code -Dhawser.history.seconds} and {@code -Dhawser.history.seed} choose how
 * long and what; {@code ./dev soak} takes ten minutes.
 */
@Tag("system")
class HistoryIT {
  private static final long SECONDS = Long.getLong("hawser.history.seconds", 60);
  private static final long SEED = Long.getLong("hawser.history.seed", System.nanoTime());

  @Test
  void nothingAcknowledgedIsLostAndNothingReadGoesBack() throws Exception {
    System.out.printf("history of %d s, -Dhawser.history.seed=%d%n", SECONDS, SEED);
    History history = new History();
    try (PartitionedNetwork network = PartitionedNetwork.up()) {
      awaitAll(network);
      Member member = Member.apply(network);
      new PlannedMove(network).check();
      AtomicBoolean more = new AtomicBoolean(true);
      List<Thread> clients = new ArrayList<>();
      for (String name : network.names()) {
        Random random = new Random(SEED + clients.size());
        String gateway = network.gateway(name);
        Thread client =
            new Thread(() -> history.run(network.api(), gateway, random, more::get), name);
        client.start();
        clients.add(client);
      }
      Thread watch = new Thread(() -> member.watch(more::get), "member");
      watch.start();
      clients.add(watch);
      try {
        new Faults(network, new Random(SEED)).run(Duration.ofSeconds(SECONDS));
      } finally {
        more.set(false);
        for (Thread client : clients) {
          client.join();
        }
      }
      awaitAll(network);
      System.out.println(history);
      member.check();
      history.check(network.api(), network.names().stream().map(network::gateway).toList());
    }
  }

  static void awaitAll(PartitionedNetwork network) {
    for (String name : network.names()) {
      await("gateway of " + name)
          .atMost(TestCluster.PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .ignoreExceptions()
          .until(() -> isReady(network, name));
    }
  }

  private static boolean isReady(PartitionedNetwork network, String name) throws IOException {
    Api.Response answer =
        network
            .api()
            .sendTo(
                network.gateway(name),
                "GET",
                "/apis/hawser.io/v1/status",
                "application/json",
                null);
    return answer.body().path("connected").asBoolean()
        && answer.body().at("/scheduler/node").asText().startsWith("p");
  }
}
