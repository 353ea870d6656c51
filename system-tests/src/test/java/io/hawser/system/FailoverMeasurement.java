package io.hawser.system;

import io.hawser.benchmarks.Metric;
import io.hawser.benchmarks.Report;
import io.hawser.system.FailoverTarget.Fault;
import io.hawser.system.FailoverTarget.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code ./dev bench failover [ROUNDS [FAULT [ROLE]]]}: three nodes in network namespaces of their
 * own, all of them controllers, six pods. Kills, freezes and cuts off a node that is only a worker,
 * hosts the scheduler, leads the journal, or both, until each was measured so often, and prints
 * from the fault until the node is shown as lost and until all pods are ready elsewhere; beside
 * Docker Swarm, in turns with it, where that is installed.
 */
final class FailoverMeasurement {
  /** The loss of its leader takes Docker Swarm about a minute each time. */
  private static final int PEER_ROUNDS = 3;

  /** How often the roles are dealt anew when none that is wanted can be had. */
  private static final int SHUFFLES = 50;

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

  /** Seconds from the fault, of each round. */
  private record Times(List<Double> lost, List<Double> ready) {
    Times() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  private final FailoverTarget hawser;
  private final Optional<FailoverTarget> swarm;
  private final Map<Case, Times> own = new TreeMap<>();
  private final Map<Case, Times> peers = new TreeMap<>();

  private FailoverMeasurement(FailoverTarget hawser, Optional<FailoverTarget> swarm) {
    this.hawser = hawser;
    this.swarm = swarm;
  }

  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    List<Case> wanted = new ArrayList<>();
    for (Role role : Role.values()) {
      for (Fault fault : Fault.values()) {
        if (isAsked(args, 1, fault) && isAsked(args, 2, role)) {
          wanted.add(new Case(fault, role));
        }
      }
    }
    if (wanted.isEmpty()) {
      System.err.println(
          "bench failover [ROUNDS [all|kill|freeze|cut [all|worker|scheduler|leader|both]]], not "
              + String.join(" ", args));
      System.exit(2);
    }
    FailoverTarget hawser = closedAtExit(new HawserFailover());
    Optional<FailoverTarget> swarm =
        SwarmFailover.isInstalled()
            ? Optional.of(closedAtExit(new SwarmFailover()))
            : Optional.empty();
    FailoverMeasurement measurement = new FailoverMeasurement(hawser, swarm);
    try {
      hawser.up();
      if (swarm.isPresent()) {
        swarm.get().up();
      }
      measurement.run(rounds, wanted);
    } finally {
      Report.publish("failover", measurement.metrics());
    }
    System.exit(0);
  }

  private static boolean isAsked(String[] args, int index, Enum<?> one) {
    return args.length <= index
        || args[index].equals("all")
        || args[index].equalsIgnoreCase(one.name());
  }

  /** Also when it is interrupted: nothing may stay on the machine. */
  private static FailoverTarget closedAtExit(FailoverTarget target) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    target.close();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                },
                "close"));
    return target;
  }

  private void run(int rounds, List<Case> wanted) throws IOException, InterruptedException {
    int shuffles = 0;
    for (List<Case> open = open(rounds, wanted); !open.isEmpty(); open = open(rounds, wanted)) {
      // The rarest so far among those that a node can be had for now.
      Optional<Case> next =
          open.stream()
              .filter(c -> hawser.victim(c.role()).isPresent())
              .min(Comparator.comparing(c -> count(own, c)));
      if (next.isPresent()) {
        measure(hawser, own, next.get());
        if (swarm.isPresent() && count(peers, next.get()) < PEER_ROUNDS) {
          measure(swarm.get(), peers, next.get());
        }
      } else if (shuffles++ < SHUFFLES) {
        hawser.shuffle();
      } else {
        System.out.println("left out, because no node had the role: " + open);
        return;
      }
    }
  }

  private List<Case> open(int rounds, List<Case> wanted) {
    return wanted.stream().filter(c -> count(own, c) < rounds).toList();
  }

  private static int count(Map<Case, Times> times, Case one) {
    return times.getOrDefault(one, new Times()).ready().size();
  }

  private static void measure(FailoverTarget target, Map<Case, Times> times, Case one)
      throws IOException, InterruptedException {
    Optional<String> role = target.victim(one.role());
    if (role.isEmpty()) {
      return;
    }
    String victim = role.get();
    long start = System.nanoTime();
    target.fail(one.fault(), victim);
    FailoverTarget.until("the loss of " + victim, () -> target.isLost(victim));
    double lost = seconds(start);
    FailoverTarget.until("the pods of " + victim, () -> target.isWholeWithout(victim));
    double ready = seconds(start);
    Times all = times.computeIfAbsent(one, c -> new Times());
    all.lost().add(lost);
    all.ready().add(ready);
    System.out.printf(
        Locale.ROOT, "%-18s %s: lost %.2f s, ready %.2f s%n", one, victim, lost, ready);
    target.heal(one.fault(), victim);
    target.awaitSpread();
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private List<Metric> metrics() {
    List<Metric> metrics = new ArrayList<>();
    own.forEach(
        (one, times) -> {
          Optional<Times> peer = Optional.ofNullable(peers.get(one));
          add(metrics, one + ": lost", times.lost(), peer.map(Times::lost));
          add(metrics, one + ": ready", times.ready(), peer.map(Times::ready));
        });
    return metrics;
  }

  private static void add(
      List<Metric> metrics, String name, List<Double> own, Optional<List<Double>> peer) {
    Metric metric = Metric.own(name, "s", own);
    metrics.add(metric);
    peer.ifPresent(times -> metrics.add(Metric.peer(metric, "docker swarm", times)));
  }
}
