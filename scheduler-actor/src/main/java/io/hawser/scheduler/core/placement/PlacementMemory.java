package io.hawser.scheduler.core.placement;

import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.EventSubject;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ImageFacts;
import io.hawser.model.Namespace;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PriorityClass;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What placement keeps between decisions, so that one pod does not cost a look at every node. It is
 * only a quicker way to see a state: one made anew from the same state answers the same. Belongs to
 * one thread; whoever drops a decision whose events it has followed drops it too.
 */
public final class PlacementMemory {
  private final PlacementSettings settings;
  private final Recognition recognition;
  private Fleet fleet;
  private final PodCounts counts = new PodCounts();
  private final QuotaUse quotas = new QuotaUse();
  private final BudgetCounts budgets = new BudgetCounts();
  private final RolloutPods rollouts = new RolloutPods();
  private final List<KeptCounts> kept = List.of(counts, quotas, budgets, rollouts);
  private final Foresight foresight = new Foresight();
  private Waiting waiting = new Waiting();
  private final VolumeNodes volumes = new VolumeNodes();
  private long revision;

  public PlacementMemory(PlacementSettings settings) {
    this.settings = settings;
    this.recognition = new Recognition(volumes::of);
  }

  /** The code of a kind from a jar; empty when this controller has no such jar. */
  public Optional<WorkloadKind> workload(String type) {
    return settings.workloads().stream().filter(k -> k.names().type().equals(type)).findFirst();
  }

  /** How many pods deployments have. */
  public PodCounts counts() {
    return counts;
  }

  /** What is taken of quotas. */
  public QuotaUse quotas() {
    return quotas;
  }

  /** The pods that disruption budgets mean. */
  public BudgetCounts budgets() {
    return budgets;
  }

  /** The pods of deployments on their way, sorted. */
  public RolloutPods rollouts() {
    return rollouts;
  }

  /** Where the last decision's events lead. */
  public Foresight foresight() {
    return foresight;
  }

  /** A pod's priority by the classes of a state. */
  public int priority(ClusterState state, Pod pod) {
    at(state);
    return recognition.ask(pod).footprint().priority();
  }

  Recognition recognition() {
    return recognition;
  }

  /**
   * Unbound claims of a pod count as bound to a node, until {@link #assumeNothing}; for pods that
   * are placed together.
   */
  void assume(Pod pod, String node) {
    if (volumes.assume(pod, node)) {
      recognition.forget();
    }
  }

  void assumeNothing() {
    if (volumes.assumeNothing()) {
      recognition.forget();
    }
  }

  Waiting waiting() {
    return waiting;
  }

  /** The fleet of a state: the one at hand when it has followed it, else made anew. */
  Fleet at(ClusterState state) {
    if (fleet == null || revision != state.revision()) {
      fleet = new Fleet(settings);
      waiting = new Waiting();
      fleet.namespaces(labels(state));
      volumes.see(state);
      recognition.classes(
          state.objects().all(PriorityClass.class), state.objects().all(ImageFacts.class));
      for (Node node : state.nodes().values()) {
        fleet.table().put(node);
      }
      for (Pod pod : state.pods().values()) {
        replace(null, pod);
      }
      revision = state.revision();
    }
    return fleet;
  }

  /** One more event of a decision, which is not written yet. */
  public void foresee(ClusterState before, SchedulerEvent event, ClusterState after) {
    foresight.add(before, event, after);
    follow(before, event, after);
  }

  /** One more event has led from one state to the next. */
  public void follow(ClusterState before, SchedulerEvent event, ClusterState after) {
    // Looked up once: in a map of a million each look is a walk through memory.
    Optional<ObjectName> name =
        before.pods() == after.pods() ? Optional.empty() : EventSubject.pod(event);
    Pod old = name.map(before.pods()::get).orElse(null);
    Pod now = name.map(after.pods()::get).orElse(null);
    for (KeptCounts one : kept) {
      count(one, before, after, name.isPresent(), old, now);
      one.heard(event, after);
    }
    if (fleet == null || revision != before.revision()) {
      fleet = null;
      return;
    }
    if (before.namespaces() != after.namespaces()) {
      fleet.namespaces(labels(after));
    }
    boolean known = true;
    if (before.nodes() != after.nodes()) {
      known = EventSubject.node(event).map(node -> changeNode(after, node)).orElse(false);
    }
    if (before.pods() != after.pods()) {
      known &= changePods(before, event, after, name.isPresent(), old, now);
    }
    // The priorities of pods that are there already may be others now.
    known &= before.objects() == after.objects() || sameClasses(before, after);
    if (before.objects() != after.objects() && volumes.see(after)) {
      recognition.forget();
    }
    revision = after.revision();
    if (!known) {
      fleet = null;
    }
  }

  private static void count(
      KeptCounts kept, ClusterState before, ClusterState after, boolean onePod, Pod old, Pod now) {
    boolean known = kept.follow(before, after);
    if (!known || before.pods() == after.pods()) {
      return;
    }
    if (onePod) {
      kept.replaced(old, now, after);
    } else {
      kept.forgetAll();
    }
  }

  private static boolean sameClasses(ClusterState before, ClusterState after) {
    return Stream.of(PriorityClass.class, ImageFacts.class)
        .map(Class::getSimpleName)
        .allMatch(
            kind -> before.objects().byKind().get(kind) == after.objects().byKind().get(kind));
  }

  private boolean changeNode(ClusterState after, String name) {
    Node node = after.nodes().get(name);
    if (node == null) {
      fleet.table().remove(name);
    } else {
      fleet.table().put(node);
    }
    return true;
  }

  private boolean changePods(
      ClusterState before,
      SchedulerEvent event,
      ClusterState after,
      boolean onePod,
      Pod was,
      Pod is) {
    if (event instanceof SchedulerEvent.DeploymentDeleted e) {
      for (Pod pod : before.podsOf(e.name())) {
        replace(pod, after.pods().get(pod.name()));
      }
      return true;
    }
    // An event that changes pods and is not told here costs a fleet made anew, not a wrong one.
    if (onePod) {
      replace(was, is);
    }
    return onePod;
  }

  /** One pod as it was and as it is now; null: it was not, or is no more. */
  private void replace(Pod old, Pod now) {
    if (old != null && now != null && alike(old, now)) {
      return;
    }
    if (old != null) {
      change(old, -1);
    }
    if (now != null) {
      change(now, 1);
    }
  }

  private static boolean alike(Pod a, Pod b) {
    return a.spec() == b.spec()
        && a.isActive() == b.isActive()
        && a.isDeleting() == b.isDeleting()
        && a.isLeaving() == b.isLeaving()
        && a.nodeName().equals(b.nodeName())
        && a.owner().equals(b.owner())
        && a.meta().labels() == b.meta().labels()
        && a.meta().annotations() == b.meta().annotations()
        && a.uid().equals(b.uid());
  }

  private void change(Pod pod, int amount) {
    if (!pod.isActive()) {
      return;
    }
    Footprint footprint = recognition.ask(pod).footprint();
    if (pod.nodeName().isPresent()) {
      int row = fleet.table().rowFor(pod.nodeName().get());
      PodKind kind = fleet.kind(footprint);
      if (amount > 0) {
        fleet.take(row, kind, pod.isLeaving());
      } else {
        fleet.release(row, kind, pod.isLeaving());
      }
      if (!pod.isDeleting()) {
        waiting.placed(footprint, amount);
      }
    } else if (!pod.isDeleting()) {
      if (amount > 0) {
        waiting.add(pod.name(), footprint);
      } else {
        waiting.remove(pod.name(), footprint);
      }
    }
  }

  private static Map<String, Map<String, String>> labels(ClusterState state) {
    Map<String, Map<String, String>> labels = new HashMap<>();
    for (Namespace namespace : state.namespaces().values()) {
      labels.put(namespace.name(), namespace.meta().labels());
    }
    return labels;
  }
}
