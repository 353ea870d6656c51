package io.hawser.scheduler;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.DaemonSet;
import io.hawser.model.Deployment;
import io.hawser.model.Job;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectKey;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import io.hawser.scheduler.core.Assignments;
import io.hawser.scheduler.core.Decision;
import io.hawser.scheduler.core.DecisionLimits;
import io.hawser.scheduler.core.SchedulerCore;
import io.hawser.scheduler.core.SchedulerInput;
import io.hawser.scheduler.core.placement.PlacementMemory;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A control plane under a seed: the real core and the real assignments, simulated nodes, clock,
 * network and store. Messages are lost, held up, repeated and overtake each other; nodes crash and
 * come back; the scheduler dies before a write, after it, and between decisions, and starts again
 * from snapshot and journal. Everything follows from the seed.
 */
final class Simulation {
  private static final Duration STEP = Duration.ofMillis(100);

  /** Once there is no trouble any more, one is like another: most waits are for time to pass. */
  private static final Duration CALM_STEP = Duration.ofSeconds(1);

  /** Steps with trouble, the least and the most; half of the stories are in the lower quarter. */
  private static final int SHORTEST = 20;

  private static final int LONGEST = 200;
  private static final int CALM_STEPS = 3_000;
  private static final int SNAPSHOT_EVERY_EVENTS = 100;

  /**
   * In half of the stories no more than so many pods for each decision, so that work is put off.
   */
  private static final int FEW_PODS = 2;

  /** Decisions between two crashes, on the average. */
  private static final int CRASH_ONE_IN = 40;

  sealed interface ToScheduler {}

  record Register(NodeInfo info, List<PodReport> pods, long number) implements ToScheduler {}

  record Report(
      String node,
      String incarnation,
      long number,
      List<PodReport> pods,
      List<String> removedVolumes)
      implements ToScheduler {}

  record Resync(String node, String incarnation) implements ToScheduler {}

  /** Where the scheduler dies, if it does. */
  private enum Crash {
    NONE,
    BEFORE_WRITE,
    AFTER_WRITE
  }

  private final Random random;
  private final SimUser user;
  private final SimNetwork network;
  private final int troubleSteps;
  private final int crashAt;
  private final DecisionLimits limits;
  private final TreeMap<String, SimNode> nodes = new TreeMap<>();
  private final TreeMap<String, Long> downUntil = new TreeMap<>();
  private final List<SchedulerEvent> journal = new ArrayList<>();
  private ClusterSnapshot snapshot = ClusterSnapshot.of(ClusterState.EMPTY);
  private ClusterState state = ClusterState.EMPTY;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private long step;
  private boolean trouble = true;
  private int decisions;
  private int continuations;
  private PutOff putOff;
  private NodeLinks links;
  private ReportOrder reports;
  private PlacementMemory memory;
  private ClusterState checkedState;
  private long checkedChanges = -1;

  Simulation(long seed) {
    this(seed, length(seed), 0);
  }

  /** Short stories try more beginnings in the same time, and now and then there is a long one. */
  private static int length(long seed) {
    double part = new Random(~seed).nextDouble();
    return SHORTEST + (int) (part * part * (LONGEST - SHORTEST));
  }

  /**
   * @param crashAt the scheduler dies at this decision and no other; 0: at random ones
   */
  Simulation(long seed, int troubleSteps, int crashAt) {
    this.random = new Random(seed);
    this.user = new SimUser(random);
    this.network = new SimNetwork(random);
    this.troubleSteps = troubleSteps;
    this.crashAt = crashAt;
    this.limits =
        seed % 2 == 0 ? DecisionLimits.DEFAULT : new DecisionLimits(FEW_PODS, Long.MAX_VALUE);
    for (String name : List.of("n1", "n2", "n3", "n4")) {
      nodes.put(name, new SimNode(name, random));
    }
    startScheduler();
  }

  /**
   * @throws AssertionError when an invariant breaks or the cluster does not come to rest
   */
  void run() {
    user.begin().forEach(this::ask);
    for (int i = 0; i < troubleSteps; i++) {
      trouble();
      advance();
    }
    trouble = false;
    nodes.values().forEach(SimNode::calmDown);
    downUntil.clear();
    user.end(state).forEach(this::ask);
    for (int i = 0; i < CALM_STEPS; i++) {
      advance();
      // Not in the step in which all assignments are told again.
      if (step % 5 != 0 && isAtRest()) {
        return;
      }
    }
    throw new AssertionError("no rest: " + unrest());
  }

  /** From what is durable alone. */
  private void startScheduler() {
    state = snapshot.toState();
    memory = new PlacementMemory(PlacementSettings.DEFAULT);
    for (SchedulerEvent event : journal.subList((int) state.revision(), journal.size())) {
      state = state.evolve(event);
    }
    putOff = new PutOff();
    links = new NodeLinks(address -> message -> toNode(address, message));
    reports = new ReportOrder();
    write(new SchedulerInput.SchedulerStarts(now, random.nextLong(), "n1"), Optional.empty());
    links.introduce(state, Set.of());
  }

  private void advance() {
    step++;
    now = now.plus(trouble ? STEP : CALM_STEP);
    goOn();
    network.deliver(step);
    for (SimNode node : nodes.values()) {
      if (!downUntil.containsKey(node.name)) {
        node.step(now, this);
      }
    }
    if (step % (trouble ? 10 : 1) == 0) {
      decide(new SchedulerInput.Tick(now, random.nextLong()));
    }
    if (step % (trouble ? 50 : 5) == 0) {
      links.check(state, members());
    }
    check();
  }

  private Set<String> members() {
    return nodes.values().stream()
        .filter(node -> !downUntil.containsKey(node.name))
        .flatMap(node -> state.node(node.name).stream())
        .map(node -> node.info().address())
        .collect(Collectors.toSet());
  }

  /** The message to itself, now behind all that came before it, now at once. */
  private void goOn() {
    if (!putOff.isEmpty() && (!trouble || random.nextBoolean())) {
      continuations++;
      decide(putOff.take(now, random.nextLong()));
    }
  }

  /** What has not changed since it was checked holds as it did then. */
  private void check() {
    if (state != checkedState) {
      SimInvariants.of(state);
      checkedState = state;
    }
    long changes = nodes.values().stream().mapToLong(SimNode::changes).sum();
    if (changes != checkedChanges) {
      SimInvariants.aMembersNameRunsOnce(nodes.values());
      checkedChanges = changes;
    }
  }

  private void trouble() {
    downUntil.entrySet().removeIf(e -> e.getValue() <= step);
    String name = List.copyOf(nodes.keySet()).get(random.nextInt(nodes.size()));
    switch (random.nextInt(150)) {
      case 0 -> nodes.get(name).restart(random.nextBoolean());
      case 1 -> lose(name);
      default -> user.next(state).ifPresent(this::ask);
    }
  }

  /** The machine falls silent; the cluster removes it; it comes back with nothing running. */
  private void lose(String name) {
    downUntil.put(name, step + 20 + random.nextInt(200));
    nodes.get(name).restart(false);
    String why = "unreachable";
    decide(new SchedulerInput.NodeGone(now, random.nextLong(), name, why));
  }

  private void ask(ClientRequest request) {
    decide(new SchedulerInput.Requested(now, random.nextLong(), request));
  }

  void toScheduler(String node, ToScheduler message) {
    network.send(node + ">", step, trouble, () -> hear(message));
  }

  private void toNode(String address, NodeProtocol.Command message) {
    String name = address.substring(address.indexOf('@') + 1, address.lastIndexOf(':'));
    network.send(
        ">" + name,
        step,
        trouble,
        () -> {
          if (!downUntil.containsKey(name)) {
            nodes.get(name).hear(message, this);
          }
        });
  }

  private void hear(ToScheduler message) {
    if (message instanceof Register m) {
      if (!m.info().equals(nodes.get(m.info().name()).info())) {
        return; // of an earlier run: its connection is closed
      }
      String incarnation = m.info().incarnation();
      boolean late =
          reports.isOvertaken(m.info().name(), incarnation, m.number())
              && NodeLinks.isRegistered(state, m.info().name(), incarnation);
      List<PodReport> pods = late ? List.of() : m.pods();
      SchedulerInput input =
          new SchedulerInput.NodeRegisters(now, random.nextLong(), m.info(), pods);
      if (decide(input, Optional.of(m.info().name()))) {
        links.assign(state, state.nodes().get(m.info().name()));
      }
    } else if (message instanceof Report m
        && NodeLinks.isRegistered(state, m.node(), m.incarnation())) {
      report(m);
    } else if (message instanceof Report m) {
      againPlease(m.node());
    } else if (message instanceof Resync m) {
      if (NodeLinks.isRegistered(state, m.node(), m.incarnation())) {
        links.assign(state, state.nodes().get(m.node()));
      } else {
        againPlease(m.node());
      }
    }
  }

  private void report(Report m) {
    boolean done = reports.isDone(m.node(), m.incarnation(), m.number());
    if (!done) {
      done =
          decide(
              new SchedulerInput.PodsReported(
                  now, random.nextLong(), m.node(), m.pods(), m.removedVolumes()));
      if (done) {
        reports.done(m.node(), m.incarnation(), m.number());
      }
    }
    if (done) {
      toNode(nodes.get(m.node()).info().address(), new NodeProtocol.ReportAccepted(m.number()));
    }
  }

  private void againPlease(String node) {
    toNode(nodes.get(node).info().address(), new NodeProtocol.RegisterAgain(state.epoch()));
  }

  private boolean decide(SchedulerInput input) {
    return decide(input, Optional.empty());
  }

  /** False: the scheduler died over it, and another one has started. */
  private boolean decide(SchedulerInput input, Optional<String> registering) {
    Crash crash = crash();
    if (crash == Crash.BEFORE_WRITE) {
      startScheduler();
      return false;
    }
    ClusterState before = state;
    List<SchedulerEvent> events = write(input, registering);
    if (crash == Crash.AFTER_WRITE) {
      startScheduler();
      return false;
    }
    links.passOn(before, state, events, registering);
    return true;
  }

  private Crash crash() {
    decisions++;
    boolean dies =
        crashAt > 0 ? decisions == crashAt : trouble && random.nextInt(CRASH_ONE_IN) == 0;
    Crash how = random.nextBoolean() ? Crash.BEFORE_WRITE : Crash.AFTER_WRITE;
    return dies ? how : Crash.NONE;
  }

  private List<SchedulerEvent> write(SchedulerInput input, Optional<String> registering) {
    ClusterState before = state;
    Decision decision = SchedulerCore.decide(before, input, memory, limits);
    putOff.add(decision);
    for (SchedulerEvent event : decision.events()) {
      state = memory.foresight().evolve(state, event);
      journal.add(event);
    }
    if (state.revision() - snapshot.revision() >= SNAPSHOT_EVERY_EVENTS) {
      snapshot = ClusterSnapshot.of(state);
    }
    SimInvariants.afterDecision(before, input, decision.events(), state);
    return decision.events();
  }

  private boolean isAtRest() {
    return network.isEmpty() && putOff.isEmpty() && unrest().isEmpty();
  }

  private List<String> unrest() {
    List<String> unrest = new ArrayList<>();
    for (SimNode node : nodes.values()) {
      List<String> wanted =
          Assignments.of(state, node.name).stream().map(p -> p.uid()).sorted().toList();
      if (!node.isAtRest() || !wanted.equals(List.copyOf(node.running().keySet()))) {
        unrest.add(node.name + " runs " + node.running().keySet() + ", wanted " + wanted);
      }
      for (String volume : node.volumes()) {
        if (state.objects().find(new ObjectKey("PersistentVolume", "", volume)).isEmpty()) {
          unrest.add(node.name + " keeps " + volume);
        }
      }
    }
    for (Deployment d : state.deployments().values()) {
      if (d.status().availableReplicas() != d.spec().replicas()
          || d.status().updatedReplicas() != d.spec().replicas()) {
        unrest.add(d.name() + " " + d.status());
      }
    }
    for (Pod pod : state.pods().values()) {
      boolean waits = isBoundToANode(pod) && pod.unschedulable().isPresent();
      if (pod.isLeaving() || pod.isActive() && !pod.status().isReady() && !waits) {
        unrest.add(pod.name() + " " + pod.status().phase() + " " + pod.deletion() + pod.move());
      }
    }
    state
        .objects()
        .all()
        .filter(o -> !isDone(o))
        .map(o -> o.key() + " " + o.currentStatus())
        .forEach(unrest::add);
    return unrest;
  }

  /** It waits when its node is full. */
  private static boolean isBoundToANode(Pod pod) {
    return isDaemon(pod) || !pod.spec().claimNames().isEmpty();
  }

  /** It names its node. */
  private static boolean isDaemon(Pod pod) {
    return pod.owner().filter(o -> o.kind().equals("DaemonSet")).isPresent();
  }

  private boolean isDone(ApiObject object) {
    if (object instanceof StatefulSet set) {
      return set.status().available() == set.spec().replicas()
          || state.podsOf(set.key()).stream().anyMatch(pod -> pod.nodeName().isEmpty());
    } else if (object instanceof PersistentVolume volume) {
      return !volume.isToBeRemoved();
    } else if (object instanceof PersistentVolumeClaim claim) {
      return !claim.isDeleting() || claim.isBound();
    } else if (object instanceof ReplicaSet set) {
      return set.status().available() == set.spec().replicas();
    } else if (object instanceof DaemonSet set) {
      long waiting =
          state.unplaced().stream().map(state.pods()::get).filter(Simulation::isDaemon).count();
      return set.status().available() + waiting == set.status().desired();
    }
    return !(object instanceof Job job) || job.isFinished();
  }

  List<SchedulerEvent> journal() {
    return journal;
  }

  ClusterState state() {
    return state;
  }

  long steps() {
    return step;
  }

  int decisions() {
    return decisions;
  }

  /** Decisions that went on with what others had put off. */
  int continuations() {
    return continuations;
  }
}
