package io.hawser.scheduler;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.model.AssignedPod;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectName;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import io.hawser.scheduler.core.Samples;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A machine in the simulation: converges to its assignment and reports until it is heard. */
final class SimNode {
  private static final int RETRY_STEPS = 10;

  final String name;
  private final Random random;
  private int run = 1;
  private long epoch;
  private long version;
  private boolean registered;
  private Map<String, AssignedPod> assigned = new TreeMap<>();
  private final Map<String, PodReport> running = new TreeMap<>();
  private final Map<String, PodReport> unsent = new HashMap<>();
  private List<PodReport> underWay = List.of();

  /** Directories on its disk, which outlive its program. */
  private final Set<String> volumes = new TreeSet<>();

  private final Set<String> toRemove = new TreeSet<>();
  private final Set<String> unsentRemoved = new TreeSet<>();
  private List<String> removedUnderWay = List.of();
  private long number;
  private long reportNumber;
  private long changes;
  private boolean calm;

  /** Once there is no trouble, waiting tells nothing new: everything comes so much sooner. */
  private static final int CALM_HURRY = 4;

  private int sinceSent = RETRY_STEPS;

  SimNode(String name, Random random) {
    this.name = name;
    this.random = random;
  }

  NodeInfo info() {
    return Samples.small(name, "run-" + run, "pekko://hawser@" + name + ":1");
  }

  /** From now on pods stay ready once they are. */
  void calmDown() {
    calm = true;
  }

  List<ObjectName> names() {
    return running.values().stream()
        .filter(r -> r.status().phase() == PodPhase.RUNNING)
        .map(PodReport::name)
        .toList();
  }

  /** Grows with every change of what it runs. */
  long changes() {
    return changes;
  }

  Map<String, PodReport> running() {
    return running;
  }

  /** The machine's program is started anew; it may find its containers again or not. */
  void restart(boolean adopts) {
    run++;
    epoch = 0;
    version = 0;
    registered = false;
    assigned = new TreeMap<>();
    unsent.clear();
    underWay = List.of();
    toRemove.clear();
    unsentRemoved.clear();
    removedUnderWay = List.of();
    sinceSent = RETRY_STEPS;
    if (!adopts) {
      running.clear();
      changes++;
    }
  }

  void hear(NodeProtocol.Command message, Simulation simulation) {
    if (message instanceof NodeProtocol.Assign m) {
      if (m.epoch() > epoch || (m.epoch() == epoch && m.version() >= version)) {
        assigned = new TreeMap<>();
        m.pods().forEach(p -> assigned.put(p.uid(), p));
        take(m.epoch(), m.version());
        remove(m.volumesToRemove());
        registered = true;
      }
    } else if (message instanceof NodeProtocol.AssignDelta m) {
      if (m.epoch() > epoch || (m.epoch() == epoch && m.baseVersion() > version)) {
        simulation.toScheduler(name, new Simulation.Resync(name, info().incarnation()));
      } else if (m.epoch() == epoch && m.baseVersion() == version) {
        m.removed().forEach(assigned::remove);
        m.changed().forEach(p -> assigned.put(p.uid(), p));
        take(m.epoch(), m.version());
        remove(m.volumesToRemove());
      }
    } else if (message instanceof NodeProtocol.ReportAccepted m) {
      if (m.number() == reportNumber) {
        underWay = List.of();
        removedUnderWay = List.of();
      }
    } else if (message instanceof NodeProtocol.RegisterAgain m && m.epoch() >= epoch) {
      registered = false;
      sinceSent = RETRY_STEPS;
    }
  }

  private void remove(List<String> names) {
    for (AssignedPod pod : assigned.values()) {
      if (!Collections.disjoint(pod.claimVolumes().values(), names)) {
        throw new AssertionError(name + " is to remove a volume of " + pod.name());
      }
    }
    toRemove.clear();
    toRemove.addAll(names);
  }

  /** The directories of volumes on its disk. */
  Set<String> volumes() {
    return volumes;
  }

  private void take(long newEpoch, long newVersion) {
    epoch = newEpoch;
    version = newVersion;
  }

  void step(Instant now, Simulation simulation) {
    converge(now);
    sinceSent++;
    if (!registered) {
      if (sinceSent >= RETRY_STEPS) {
        sinceSent = 0;
        simulation.toScheduler(
            name, new Simulation.Register(info(), List.copyOf(running.values()), ++number));
      }
      return;
    }
    boolean sent = underWay.isEmpty() && removedUnderWay.isEmpty();
    if (sent && !(unsent.isEmpty() && unsentRemoved.isEmpty())) {
      underWay = List.copyOf(unsent.values());
      unsent.clear();
      removedUnderWay = List.copyOf(unsentRemoved);
      unsentRemoved.clear();
      reportNumber = ++number;
      sinceSent = RETRY_STEPS;
    }
    boolean owes = !(underWay.isEmpty() && removedUnderWay.isEmpty());
    if (owes && sinceSent >= RETRY_STEPS) {
      sinceSent = 0;
      simulation.toScheduler(
          name,
          new Simulation.Report(
              name, info().incarnation(), reportNumber, underWay, removedUnderWay));
    }
  }

  private void converge(Instant now) {
    if (!registered) {
      return;
    }
    for (AssignedPod pod : assigned.values()) {
      PodReport known = running.get(pod.uid());
      if (pod.stopGraceSeconds().isPresent()) {
        if (oneIn(5)) {
          changes++;
          running.remove(pod.uid());
          PodStatus ended = Samples.running(now);
          unsent.put(pod.uid(), new PodReport(pod.name(), pod.uid(), ended, true));
        }
      } else if (known == null) {
        volumes.addAll(pod.claimVolumes().values());
        say(pod, starting());
      } else if (known.status().phase() == PodPhase.SUCCEEDED
          || known.status().phase() == PodPhase.FAILED) {
        continue;
      } else if (!known.status().isReady() && oneIn(10)) {
        say(pod, Samples.running(now));
      } else if (known.status().isReady()) {
        live(pod);
      }
    }
    for (String volume : List.copyOf(toRemove)) {
      if (oneIn(5)) {
        toRemove.remove(volume);
        volumes.remove(volume);
        unsentRemoved.add(volume);
      }
    }
    for (String uid : new ArrayList<>(running.keySet())) {
      if (!assigned.containsKey(uid)) {
        changes++;
        running.remove(uid);
        unsent.remove(uid);
      }
    }
  }

  /** Pods of a job come to their end; the others fail their probes now and then. */
  private void live(AssignedPod pod) {
    boolean ends = pod.name().name().startsWith(SimUser.JOB) && oneIn(20);
    if (ends) {
      say(pod, Samples.ended(random.nextInt(6) == 0 ? PodPhase.FAILED : PodPhase.SUCCEEDED));
    } else if (!calm && random.nextInt(200) == 0) {
      say(pod, Samples.status(PodPhase.RUNNING, Optional.empty()));
    }
  }

  private boolean oneIn(int steps) {
    return random.nextInt(calm ? Math.max(1, steps / CALM_HURRY) : steps) == 0;
  }

  private void say(AssignedPod pod, PodStatus status) {
    PodReport report = new PodReport(pod.name(), pod.uid(), status, false);
    changes++;
    running.put(pod.uid(), report);
    unsent.put(pod.uid(), report);
  }

  private static PodStatus starting() {
    return new PodStatus(
        PodPhase.PENDING,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** Whether it runs exactly what it was told, and everything of that was heard. */
  boolean isAtRest() {
    return registered
        && unsent.isEmpty()
        && underWay.isEmpty()
        && toRemove.isEmpty()
        && unsentRemoved.isEmpty()
        && removedUnderWay.isEmpty()
        && running.keySet().equals(assigned.keySet());
  }
}
