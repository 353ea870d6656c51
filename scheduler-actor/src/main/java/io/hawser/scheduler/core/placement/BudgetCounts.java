package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The pods that disruption budgets mean; of those budgets that were asked for. */
public final class BudgetCounts extends KeptCounts {
  private static final String BUDGET = PodDisruptionBudget.class.getSimpleName();

  /**
   * The pods that one budget means.
   *
   * @param live neither ended nor told to stop; one that is being moved is left out, because its
   *     replacement counts for it, or will
   * @param healthy those of them that are ready, and those that are ready while they are moved
   * @param wanted how many their owners want, which counts although they are not there yet
   */
  public record Counts(int live, int healthy, int wanted) {}

  /** An owner of pods that a budget means. */
  private static final class Owner {
    private int pods;
    private int replicas;
  }

  private static final class Tally {
    private final LabelSelector selector;
    private final Map<ObjectKey, Owner> owners = new HashMap<>();
    private int live;
    private int healthy;
    private int wanted;

    Tally(LabelSelector selector) {
      this.selector = selector;
    }

    void change(Pod pod, int amount, ClusterState after) {
      if (!selector.matches(pod.meta().labels())) {
        return;
      }
      pod.ownerKey().ifPresent(owner -> owned(owner, amount, after));
      if (pod.isActive() && !pod.isDeleting()) {
        live += pod.move().isPresent() ? 0 : amount;
        healthy += pod.status().isReady() ? amount : 0;
      }
    }

    private void owned(ObjectKey key, int amount, ClusterState after) {
      Owner owner = owners.get(key);
      if (owner == null) {
        owner = new Owner();
        owners.put(key, owner);
        wants(owner, replicas(after, key));
      }
      owner.pods += amount;
      if (owner.pods == 0) {
        wants(owner, 0);
        owners.remove(key);
      }
    }

    void ownerChanged(ObjectKey key, ClusterState after) {
      Owner owner = owners.get(key);
      if (owner != null) {
        wants(owner, replicas(after, key));
      }
    }

    private void wants(Owner owner, int replicas) {
      wanted += replicas - owner.replicas;
      owner.replicas = replicas;
    }
  }

  /** By namespace, then by the budget's name. */
  private final Map<String, Map<String, Tally>> tallies = new HashMap<>();

  /** The pods that a budget means in this state. */
  public Counts of(ClusterState state, PodDisruptionBudget budget) {
    at(state);
    Map<String, Tally> ofNamespace =
        tallies.computeIfAbsent(budget.meta().namespace(), n -> new HashMap<>());
    Tally tally = ofNamespace.get(budget.meta().name());
    if (tally == null || !tally.selector.equals(budget.selector())) {
      tally = new Tally(budget.selector());
      ofNamespace.put(budget.meta().name(), tally);
      for (Pod pod : state.podsIn(budget.meta().namespace())) {
        tally.change(pod, 1, state);
      }
    }
    return new Counts(tally.live, tally.healthy, tally.wanted);
  }

  @Override
  void change(Pod pod, int amount, ClusterState after) {
    Map<String, Tally> ofNamespace = tallies.get(pod.meta().namespace());
    if (ofNamespace != null) {
      ofNamespace.values().forEach(tally -> tally.change(pod, amount, after));
    }
  }

  @Override
  void heard(SchedulerEvent event, ClusterState after) {
    if (!tallies.isEmpty()) {
      owner(event).ifPresent(key -> changed(key, after));
    }
  }

  private void changed(ObjectKey key, ClusterState after) {
    Map<String, Tally> ofNamespace = tallies.get(key.namespace());
    if (ofNamespace == null) {
      return;
    }
    if (key.kind().equals(BUDGET) && after.objects().find(key).isEmpty()) {
      ofNamespace.remove(key.name());
    }
    if (ofNamespace.isEmpty()) {
      tallies.remove(key.namespace());
    }
    ofNamespace.values().forEach(tally -> tally.ownerChanged(key, after));
  }

  /** The object of which an event may have changed how many pods it wants. */
  private static Optional<ObjectKey> owner(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.DeploymentCreated e) {
      return Optional.of(ObjectKey.of(Pod.Owner.DEPLOYMENT, e.deployment().name()));
    } else if (event instanceof SchedulerEvent.DeploymentChanged e) {
      return Optional.of(ObjectKey.of(Pod.Owner.DEPLOYMENT, e.name()));
    } else if (event instanceof SchedulerEvent.DeploymentDeleted e) {
      return Optional.of(ObjectKey.of(Pod.Owner.DEPLOYMENT, e.name()));
    } else if (event instanceof SchedulerEvent.ObjectCreated e) {
      return Optional.of(e.object().key());
    } else if (event instanceof SchedulerEvent.ObjectChanged e) {
      return Optional.of(e.object().key());
    } else if (event instanceof SchedulerEvent.ObjectDeleted e) {
      return Optional.of(e.key());
    }
    return Optional.empty();
  }

  /** How many pods an owner wants; 0 when it is gone, or of a kind that does not say. */
  private static int replicas(ClusterState state, ObjectKey owner) {
    if (owner.kind().equals(Pod.Owner.DEPLOYMENT)) {
      Optional<Deployment> deployment = state.deployment(owner.objectName());
      return deployment.map(d -> d.spec().replicas()).orElse(0);
    }
    ApiObject object = state.objects().find(owner).orElse(null);
    if (object instanceof ReplicaSet set) {
      return set.spec().replicas();
    } else if (object instanceof StatefulSet set) {
      return set.spec().replicas();
    }
    return 0;
  }

  @Override
  void forgetAll() {
    tallies.clear();
  }
}
