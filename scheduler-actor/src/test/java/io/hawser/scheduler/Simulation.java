package io.hawser.scheduler;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Deployment;
import io.hawser.model.Node;
import io.hawser.model.NodeInfo;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.scheduler.core.Assignments;
import io.hawser.scheduler.core.Decision;
import io.hawser.scheduler.core.Samples;
import io.hawser.scheduler.core.SchedulerCore;
import io.hawser.scheduler.core.SchedulerInput;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;

/**
 * A control plane under a seed: the real core and the real assignments, simulated nodes, clock and
 * network. Messages are lost, delayed and repeated; nodes crash and come back, the scheduler moves.
 * Everything follows from the seed.
 */
final class Simulation {
  private static final Duration STEP = Duration.ofMillis(100);
  private static final int CHAOS_STEPS = 600;
  private static final int CALM_STEPS = 3_000;

  sealed interface ToScheduler {}

  record Register(NodeInfo info, List<PodReport> pods) implements ToScheduler {}

  record Report(String node, String incarnation, long number, List<PodReport> pods)
      implements ToScheduler {}

  record Resync(String node, String incarnation) implements ToScheduler {}

  private record InFlight(long step, long order, Runnable delivery) {}

  private final Random random;
  private final TreeMap<String, SimNode> nodes = new TreeMap<>();
  private final TreeMap<String, Long> downUntil = new TreeMap<>();
  private final PriorityQueue<InFlight> network =
      new PriorityQueue<>(Comparator.comparingLong(InFlight::step).thenComparing(InFlight::order));
  private final TreeMap<String, Long> lastDelivery = new TreeMap<>();
  private final List<SchedulerEvent> journal = new ArrayList<>();
  private ClusterState state = ClusterState.EMPTY;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private long step;
  private long sent;
  private boolean chaos = true;
  private NodeLinks links;
  private ReportOrder reports;

  Simulation(long seed) {
    random = new Random(seed);
    for (String name : List.of("n1", "n2", "n3", "n4")) {
      nodes.put(name, new SimNode(name, random));
    }
    startScheduler();
  }

  /**
   * @throws AssertionError when an invariant breaks or the cluster does not come to rest
   */
  void run() {
    for (int i = 0; i < CHAOS_STEPS; i++) {
      trouble();
      advance();
    }
    chaos = false;
    downUntil.clear();
    for (int i = 0; i < CALM_STEPS; i++) {
      advance();
      if (i % 20 == 0 && isAtRest()) {
        return;
      }
    }
    throw new AssertionError("no rest: " + unrest());
  }

  private void startScheduler() {
    links = new NodeLinks(address -> message -> toNode(address, message));
    reports = new ReportOrder();
    decide(new SchedulerInput.SchedulerStarts(now, random.nextLong(), "n1"), Optional.empty());
    links.introduce(state);
  }

  private void advance() {
    step++;
    now = now.plus(STEP);
    while (!network.isEmpty() && network.peek().step() <= step) {
      network.poll().delivery().run();
    }
    for (SimNode node : nodes.values()) {
      if (!downUntil.containsKey(node.name)) {
        node.step(now, this);
      }
    }
    if (step % 10 == 0) {
      decide(new SchedulerInput.Tick(now, random.nextLong()), Optional.empty());
    }
    if (step % 50 == 0) {
      links.check(state);
    }
    checkInvariants();
  }

  private void trouble() {
    downUntil.entrySet().removeIf(e -> e.getValue() <= step);
    String name = List.copyOf(nodes.keySet()).get(random.nextInt(nodes.size()));
    switch (random.nextInt(120)) {
      case 0 -> nodes.get(name).restart(random.nextBoolean());
      case 1 -> lose(name);
      case 2 -> startScheduler();
      case 3, 4 -> ask(Samples.create("web", Samples.spec(random.nextInt(12), image())));
      case 5, 6, 7 -> ask(Samples.update("web", Samples.spec(random.nextInt(12), image())));
      case 8 -> ask(Samples.create("db", Samples.spec(random.nextInt(6), image())));
      case 9 ->
          state.pods().keySet().stream()
              .skip(random.nextInt(state.pods().size() + 1))
              .findFirst()
              .ifPresent(pod -> ask(Samples.deletePod(pod)));
      default -> {}
    }
  }

  private String image() {
    return "v" + random.nextInt(3);
  }

  /** The machine falls silent; the cluster removes it; it comes back with nothing running. */
  private void lose(String name) {
    downUntil.put(name, step + 20 + random.nextInt(200));
    nodes.get(name).restart(false);
    String why = "unreachable";
    decide(new SchedulerInput.NodeGone(now, random.nextLong(), name, why), Optional.empty());
  }

  private void ask(ClientRequest request) {
    decide(new SchedulerInput.Requested(now, random.nextLong(), request), Optional.empty());
  }

  void toScheduler(String node, ToScheduler message) {
    send(node + ">", () -> hear(message));
  }

  private void toNode(String address, NodeProtocol.Command message) {
    String name = address.substring(address.indexOf('@') + 1, address.lastIndexOf(':'));
    send(
        ">" + name,
        () -> {
          if (!downUntil.containsKey(name)) {
            nodes.get(name).hear(message, this);
          }
        });
  }

  /**
   * Between two parties messages get lost, held up and doubled, but never overtake each other:
   * Pekko promises at most once and in order, the doubles are what senders repeat.
   */
  private void send(String pair, Runnable delivery) {
    if (chaos && random.nextInt(5) == 0) {
      return;
    }
    long delay = chaos ? 1 + random.nextInt(random.nextInt(10) == 0 ? 30 : 3) : 1;
    long due = Math.max(step + delay, lastDelivery.getOrDefault(pair, 0L));
    lastDelivery.put(pair, due);
    network.add(new InFlight(due, sent++, delivery));
    if (chaos && random.nextInt(10) == 0) {
      network.add(new InFlight(due, sent++, delivery));
    }
  }

  private void hear(ToScheduler message) {
    if (message instanceof Register m) {
      SchedulerInput input =
          new SchedulerInput.NodeRegisters(now, random.nextLong(), m.info(), m.pods());
      if (!m.info().equals(nodes.get(m.info().name()).info())) {
        return; // of an earlier run: its connection is closed
      }
      decide(input, Optional.of(m.info().name()));
      links.assign(state, state.nodes().get(m.info().name()));
    } else if (message instanceof Report m && isRegistered(m.node(), m.incarnation())) {
      if (!reports.isDone(m.node(), m.incarnation(), m.number())) {
        decide(
            new SchedulerInput.PodsReported(now, random.nextLong(), m.node(), m.pods()),
            Optional.empty());
        reports.done(m.node(), m.incarnation(), m.number());
      }
      toNode(nodes.get(m.node()).info().address(), new NodeProtocol.ReportAccepted(m.number()));
    } else if (message instanceof Report m) {
      againPlease(m.node());
    } else if (message instanceof Resync m) {
      if (isRegistered(m.node(), m.incarnation())) {
        links.assign(state, state.nodes().get(m.node()));
      } else {
        againPlease(m.node());
      }
    }
  }

  private void againPlease(String node) {
    toNode(nodes.get(node).info().address(), new NodeProtocol.RegisterAgain(state.epoch()));
  }

  private boolean isRegistered(String name, String incarnation) {
    Node node = state.nodes().get(name);
    return node != null && node.isReady() && node.info().incarnation().equals(incarnation);
  }

  private void decide(SchedulerInput input, Optional<String> registering) {
    ClusterState before = state;
    Decision decision = SchedulerCore.decide(before, input);
    for (SchedulerEvent event : decision.events()) {
      state = state.evolve(event);
      journal.add(event);
    }
    links.passOn(before, state, decision.events(), registering);
  }

  private void checkInvariants() {
    for (Node node : state.nodes().values()) {
      long used = state.loadOf(node.name()).requested().cpuMillis();
      if (used > node.info().capacity().cpuMillis()) {
        throw new AssertionError("over capacity: " + node.name());
      }
    }
    for (var name : state.unplaced()) {
      if (state.pods().get(name).unschedulable().isEmpty()) {
        throw new AssertionError("pending without a reason: " + name);
      }
    }
  }

  private boolean isAtRest() {
    return network.isEmpty() && unrest().isEmpty();
  }

  private List<String> unrest() {
    List<String> unrest = new ArrayList<>();
    for (SimNode node : nodes.values()) {
      List<String> wanted =
          Assignments.of(state, node.name).stream().map(p -> p.uid()).sorted().toList();
      if (!node.isAtRest() || !wanted.equals(List.copyOf(node.running().keySet()))) {
        unrest.add(node.name + " runs " + node.running().keySet() + ", wanted " + wanted);
      }
    }
    for (Deployment d : state.deployments().values()) {
      if (d.status().availableReplicas() != d.spec().replicas()
          || d.status().updatedReplicas() != d.spec().replicas()) {
        unrest.add(d.name() + " " + d.status());
      }
    }
    for (Pod pod : state.pods().values()) {
      if (pod.isDeleting() || !pod.status().isReady()) {
        unrest.add(pod.name() + " " + pod.status().phase() + " " + pod.deletion());
      }
    }
    return unrest;
  }

  List<SchedulerEvent> journal() {
    return journal;
  }

  ClusterState state() {
    return state;
  }
}
