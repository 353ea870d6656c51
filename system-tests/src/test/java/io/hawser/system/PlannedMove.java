package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The scheduler's node is asked to stop (SIGTERM) while clients write and read through the other
 * gateways: no request fails, and none takes longer than {@link #LONGEST}. The goal is {@link
 * #GOAL}; twice that is allowed because two clusters share the processors in the build. What it was
 * is printed.
 */
final class PlannedMove {
  private static final Duration GOAL = Duration.ofSeconds(2);
  private static final Duration LONGEST = GOAL.multipliedBy(2);
  private static final int TRIES = 3;
  private static final String PATH = "/api/v1/namespaces/default/configmaps";
  private static final int BEFORE = 20;

  private final PartitionedNetwork network;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Queue<Long> millis = new ConcurrentLinkedQueue<>();
  private final AtomicInteger names = new AtomicInteger();

  PlannedMove(PartitionedNetwork network) {
    this.network = network;
  }

  /** Other tests' clusters can hold this machine up for seconds, but hardly at each try. */
  void check() throws IOException, InterruptedException {
    List<Long> longest = new ArrayList<>();
    do {
      millis.clear();
      longest.add(move());
      HistoryIT.awaitAll(network);
    } while (longest.get(longest.size() - 1) >= LONGEST.toMillis() && longest.size() < TRIES);
    assertThat(longest).as("longest request of each try, ms").anyMatch(l -> l < LONGEST.toMillis());
  }

  private long move() throws IOException, InterruptedException {
    String leaving = schedulerNode(network.api());
    List<String> others = network.names().stream().filter(n -> !n.equals(leaving)).toList();
    AtomicBoolean more = new AtomicBoolean(true);
    List<Thread> clients = new ArrayList<>();
    for (String other : others) {
      for (boolean writes : List.of(true, false)) {
        Thread client =
            new Thread(() -> run(network.gateway(other), writes, more), "client of " + other);
        client.start();
        clients.add(client);
      }
    }
    try {
      await().atMost(TestCluster.PATIENCE).until(() -> millis.size() > BEFORE);
      network.stop(leaving);
      await("the scheduler on another node")
          .atMost(TestCluster.PATIENCE)
          .until(() -> others.contains(schedulerNode(network.apiOf(others))));
      int atMove = millis.size();
      await().atMost(TestCluster.PATIENCE).until(() -> millis.size() > atMove + BEFORE);
    } finally {
      more.set(false);
      for (Thread client : clients) {
        client.join();
      }
    }
    long longest = millis.stream().mapToLong(m -> m).max().orElseThrow();
    System.out.printf(
        "planned move from %s: %d requests, the longest took %d ms (goal %d)%n",
        leaving, millis.size(), longest, GOAL.toMillis());
    assertThat(failures).as("requests during a planned move%n%s", network.logs()).isEmpty();
    network.restart(leaving);
    return longest;
  }

  private void run(String gateway, boolean writes, AtomicBoolean more) {
    while (more.get()) {
      long begun = System.nanoTime();
      try {
        Api.Response answer =
            writes
                ? network.api().sendTo(gateway, "POST", PATH, "application/json", manifest())
                : network.api().sendTo(gateway, "GET", PATH, "application/json", null);
        if (answer.code() / 100 != 2) {
          failures.add(answer.code() + " " + answer.body());
        }
      } catch (IOException e) {
        failures.add(e.toString());
      }
      millis.add((System.nanoTime() - begun) / 1_000_000);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private byte[] manifest() {
    return """
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"moved-%d"}}"""
        .formatted(names.incrementAndGet())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String schedulerNode(Api api) {
    return api.get("/apis/hawser.io/v1/status").body().at("/scheduler/node").asText();
  }
}
