package io.hawser.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * {@code ./dev bench failover [ROUNDS [FAULT]]}: three nodes in network namespaces of their own,
 * all of them controllers, six pods. Kills, freezes and cuts off a node that is only a worker,
 * hosts the scheduler, leads the journal, or both, until each was measured so often, and prints
 * from the fault until the node is shown as lost and until all pods are ready elsewhere.
 */
final class FailoverMeasurement {
  private static final int PODS = 6;
  private static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final long POLL_NANOS = 50_000_000;

  /** How often the roles are dealt anew when none that is wanted can be had. */
  private static final int SHUFFLES = 50;

  private enum Fault {
    KILL,
    FREEZE,
    CUT
  }

  private enum Role {
    WORKER,
    SCHEDULER,
    LEADER,
    BOTH
  }

  private record Case(Fault fault, Role role) implements Comparable<Case> {
    @Override
    public int compareTo(Case other) {
      return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
      return (role + " " + fault).toLowerCase(Locale.ROOT);
    }
  }

  private final PartitionedNetwork network;
  private final Map<Case, List<Double>> detected = new TreeMap<>();
  private final Map<Case, List<Double>> ready = new TreeMap<>();

  private FailoverMeasurement(PartitionedNetwork network) {
    this.network = network;
  }

  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    List<Fault> faults =
        args.length > 1
            ? List.of(Fault.valueOf(args[1].toUpperCase(Locale.ROOT)))
            : List.of(Fault.values());
    PartitionedNetwork network = PartitionedNetwork.up();
    // Also when it is interrupted: nothing may stay on the machine.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(network), "close"));
    FailoverMeasurement measurement = new FailoverMeasurement(network);
    try {
      measurement.run(rounds, faults);
    } finally {
      measurement.print();
    }
    System.exit(0);
  }

  private static void close(PartitionedNetwork network) {
    try {
      network.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void run(int rounds, List<Fault> faults) throws IOException, InterruptedException {
    String web = Shell.home().resolve("examples/web.yaml").toString();
    until("the cluster", () -> network.hawser("apply", "-f", web).code() == 0);
    awaitSpread();
    int shuffles = 0;
    for (List<Case> open = open(rounds, faults); !open.isEmpty(); open = open(rounds, faults)) {
      // The rarest so far among those that a node can be had for now.
      Optional<Case> next =
          open.stream()
              .filter(c -> victim(c.role()).isPresent())
              .min(Comparator.comparing(this::count));
      if (next.isPresent()) {
        measure(next.get(), victim(next.get().role()).orElseThrow());
      } else if (shuffles++ < SHUFFLES) {
        shuffle();
      } else {
        System.out.println("left out, because no node had the role: " + open);
        return;
      }
    }
  }

  private List<Case> open(int rounds, List<Fault> faults) {
    List<Case> open = new ArrayList<>();
    for (Role role : Role.values()) {
      for (Fault fault : faults) {
        Case one = new Case(fault, role);
        if (count(one) < rounds) {
          open.add(one);
        }
      }
    }
    return open;
  }

  private int count(Case one) {
    return ready.getOrDefault(one, List.of()).size();
  }

  /** Who leads and who schedules is another one after the loss of the scheduler's node. */
  private void shuffle() throws IOException, InterruptedException {
    String scheduler =
        network.api().get("/apis/hawser.io/v1/status").body().at("/scheduler/node").asText();
    network.kill(scheduler);
    List<String> others = network.names().stream().filter(n -> !n.equals(scheduler)).toList();
    until("the loss of " + scheduler, () -> !isReady(network.apiOf(others), scheduler));
    network.restart(scheduler);
    awaitSpread();
  }

  private Optional<String> victim(Role role) {
    String scheduler =
        network.api().get("/apis/hawser.io/v1/status").body().at("/scheduler/node").asText();
    String leader =
        network.api().get("/apis/hawser.io/v1/controllers").body().path("leader").asText();
    return network.names().stream()
        .filter(
            name ->
                switch (role) {
                  case WORKER -> !name.equals(scheduler) && !name.equals(leader);
                  case SCHEDULER -> name.equals(scheduler) && !name.equals(leader);
                  case LEADER -> name.equals(leader) && !name.equals(scheduler);
                  case BOTH -> name.equals(leader) && name.equals(scheduler);
                })
        .findFirst();
  }

  private void measure(Case one, String victim) throws IOException, InterruptedException {
    List<String> others = network.names().stream().filter(n -> !n.equals(victim)).toList();
    Api api = network.apiOf(others);
    long start = System.nanoTime();
    switch (one.fault()) {
      case KILL -> network.signal(victim, "KILL");
      case FREEZE -> network.signal(victim, "STOP");
      case CUT -> network.cut(victim);
    }
    until("the loss of " + victim, () -> !isReady(api, victim));
    double lost = seconds(start);
    until("the pods of " + victim, () -> readyPodsOn(api, others) == PODS);
    double again = seconds(start);
    detected.computeIfAbsent(one, c -> new ArrayList<>()).add(lost);
    ready.computeIfAbsent(one, c -> new ArrayList<>()).add(again);
    System.out.printf(
        Locale.ROOT, "%-18s %s: lost %.2f s, ready %.2f s%n", one, victim, lost, again);
    switch (one.fault()) {
      case KILL -> network.restart(victim);
      case FREEZE -> network.signal(victim, "CONT");
      case CUT -> network.heal(victim);
    }
    awaitSpread();
  }

  /** All nodes are back and each has pods again. */
  private void awaitSpread() {
    until("all nodes", () -> network.names().stream().allMatch(n -> isReady(network.api(), n)));
    network.hawser("rollout", "restart", "deployment/web").ok();
    network.hawser("rollout", "status", "deployment/web").ok();
    until(
        "pods on every node",
        () ->
            readyPodsOn(network.api(), network.names()) == PODS
                && network.names().stream()
                    .allMatch(n -> readyPodsOn(network.api(), List.of(n)) > 0));
  }

  private static boolean isReady(Api api, String node) {
    return Api.items(api.get("/api/v1/nodes").body()).stream()
        .filter(n -> n.at("/metadata/name").asText().equals(node))
        .anyMatch(Api::isReady);
  }

  private static long readyPodsOn(Api api, List<String> nodes) {
    return api.readyPods().stream()
        .filter(p -> nodes.contains(p.at("/spec/nodeName").asText()))
        .count();
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void until(String what, BooleanSupplier holds) {
    long start = System.nanoTime();
    while (true) {
      try {
        if (holds.getAsBoolean()) {
          return;
        }
      } catch (RuntimeException notNow) {
        // No gateway answers, or not with what was asked for.
      }
      if (System.nanoTime() - start > DEADLINE.toNanos()) {
        throw new IllegalStateException(what + ": not within " + DEADLINE.toSeconds() + " s");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private void print() throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode report = json.createObjectNode().put("bench", "failover");
    System.out.printf(
        "%-30s %4s %7s %7s %7s%n", "seconds from the fault", "n", "median", "p90", "worst");
    ready
        .keySet()
        .forEach(
            one -> {
              row(report, one + ": lost", detected.get(one));
              row(report, one + ": ready", ready.get(one));
            });
    Path file = Shell.home().resolve("target/bench/failover.json");
    Files.createDirectories(file.getParent());
    json.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), (JsonNode) report);
    System.out.println("written: " + file);
  }

  private static void row(ObjectNode report, String name, List<Double> samples) {
    List<Double> sorted = samples.stream().sorted().toList();
    System.out.printf(
        Locale.ROOT,
        "%-30s %4d %7.2f %7.2f %7.2f%n",
        name,
        sorted.size(),
        quantile(sorted, 0.5),
        quantile(sorted, 0.9),
        quantile(sorted, 1));
    var all = report.putArray(name);
    sorted.forEach(all::add);
  }

  /** Nearest rank. */
  private static double quantile(List<Double> sorted, double q) {
    return sorted.get((int) Math.ceil(q * sorted.size()) - 1);
  }
}
