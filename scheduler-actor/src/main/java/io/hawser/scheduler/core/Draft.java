package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.EventRecord;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import io.hawser.model.TextSize;
import io.hawser.scheduler.core.placement.PlacementMemory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A decision in the making: the events so far, the state they lead to, and what they touched and
 * must be looked at again.
 */
final class Draft {
  /** A lost pod of which nothing is left on its node; see {@link #remove}. */
  static final String POD_LOST = "PodLost";

  private final ClusterState base;
  private final DecisionLimits limits;
  private final Instant now;
  private final Identities identities;
  private final PlacementMemory memory;
  private final List<SchedulerEvent> events = new ArrayList<>();
  private final TreeSet<ObjectName> dirty = new TreeSet<>();
  private final TreeSet<ObjectName> touched = new TreeSet<>();
  private final List<ObjectName> newPods = new ArrayList<>();
  private ClusterState state;
  private final ObjectChanges changes = new ObjectChanges();
  private final TreeSet<String> started = new TreeSet<>();

  /** By namespace: those that are new, or gone. */
  private final Map<String, Set<String>> claims = new HashMap<>();

  private final Map<ObjectKey, String> refusals = new HashMap<>();
  private final Set<ObjectKey> carriedOut = new HashSet<>();
  private boolean roomFreed;
  private int creationsLeft;
  private long creationCharsLeft = Limits.MAX_CREATED_CHARS_PER_DECISION;
  private int deletionsLeft;
  private final Set<ObjectKey> putOff = new HashSet<>();

  Draft(ClusterState base, Instant now, long seed, PlacementMemory memory, DecisionLimits limits) {
    this.limits = limits;
    this.creationsLeft = limits.maxPods();
    this.deletionsLeft = limits.maxPods();
    this.memory = memory;
    this.base = base;
    this.state = base;
    this.now = now;
    this.identities = new Identities(seed);
    memory.foresight().clear();
  }

  ClusterState base() {
    return base;
  }

  ClusterState state() {
    return state;
  }

  DecisionLimits limits() {
    return limits;
  }

  Instant now() {
    return now;
  }

  PlacementMemory memory() {
    return memory;
  }

  Identities identities() {
    return identities;
  }

  List<SchedulerEvent> events() {
    return events;
  }

  /** The owners whose pods this decision could not all make or end. */
  Set<ObjectKey> putOff() {
    return putOff;
  }

  void emit(SchedulerEvent event) {
    ClusterState before = state;
    state = before.evolve(event);
    memory.foresee(before, event, state);
    events.add(event);
    changes.note(before, state, event);
    StartOrder.becameReady(before, state, event).ifPresent(started::add);
    if (event instanceof SchedulerEvent.DeploymentCreated e) {
      touch(e.deployment().name());
    } else if (event instanceof SchedulerEvent.DeploymentChanged e) {
      touch(e.name());
    } else if (event instanceof SchedulerEvent.PodCreated e) {
      newPods.add(e.pod().name());
      e.pod().deployment().ifPresent(this::touch);
    } else if (event instanceof SchedulerEvent.PodStatusChanged e) {
      touchOwner(state, e.name());
      roomFreed |= before.pods().get(e.name()).isActive() && !state.pods().get(e.name()).isActive();
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      touchOwner(state, e.name());
    } else if (event instanceof SchedulerEvent.PodMoveRequested e) {
      touchOwner(state, e.name());
    } else if (event instanceof SchedulerEvent.PodMoveEnded e) {
      touchOwner(state, e.name());
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      touchOwner(before, e.name());
      roomFreed = true;
    } else if (event instanceof SchedulerEvent.PodResized) {
      roomFreed = true;
    } else if (event instanceof SchedulerEvent.NodeRegistered
        || event instanceof SchedulerEvent.NodeChanged
        || event instanceof SchedulerEvent.NodeLost
        || event instanceof SchedulerEvent.NodeRemoved
        || ForeignImages.isAbout(event)) {
      // Or the reasons of those that wait have changed.
      roomFreed = true;
    }
    ObjectChanges.claim(event)
        .ifPresent(
            claim ->
                claims.computeIfAbsent(claim.namespace(), n -> new HashSet<>()).add(claim.name()));
  }

  /**
   * Ends a pod: at once when no node has anything of it, else by asking its node.
   *
   * @param graceSeconds how long it may take to stop
   */
  void remove(Pod pod, long graceSeconds, String reason) {
    boolean nothingThere =
        pod.nodeName().isEmpty() || pod.status().reason().filter(POD_LOST::equals).isPresent();
    if (nothingThere) {
      emit(new SchedulerEvent.PodRemoved(pod.name(), reason, now));
    } else {
      emit(new SchedulerEvent.PodDeletionRequested(pod.name(), graceSeconds, reason, now));
    }
  }

  void touch(ObjectName deployment) {
    dirty.add(deployment);
    touched.add(deployment);
  }

  private void touchOwner(ClusterState where, ObjectName pod) {
    where.pod(pod).flatMap(Pod::deployment).ifPresent(this::touch);
  }

  Optional<Deployment> nextDirty() {
    while (!dirty.isEmpty()) {
      Optional<Deployment> next = state.deployment(dirty.pollFirst());
      if (next.isPresent()) {
        return next;
      }
    }
    return Optional.empty();
  }

  /** Every deployment that anything happened to in this decision. */
  Iterable<ObjectName> touched() {
    return touched;
  }

  boolean hasDirty() {
    return !dirty.isEmpty() || changes.hasDirty() || changes.hasDirtyStorage();
  }

  void touchObject(ObjectKey key) {
    changes.touch(key);
  }

  /** A deployment or an object of a workload kind. */
  void touchOwner(ObjectKey owner) {
    if (owner.kind().equals(Pod.Owner.DEPLOYMENT)) {
      touch(owner.objectName());
    } else {
      touchObject(owner);
    }
  }

  /** Whether this is the first time in this decision that the object's wishes are carried out. */
  boolean carriesOut(ObjectKey key) {
    return carriedOut.add(key);
  }

  /** The next object of a workload kind to be looked at. */
  Optional<ApiObject> nextDirtyObject() {
    return changes.next(state);
  }

  /** The next claim or volume of which something may be over. */
  Optional<ApiObject> nextDirtyStorage() {
    return changes.nextStorage(state);
  }

  /** A job's pods that ended by themselves in this decision and were not taken yet. */
  List<Pod> takeEnded(ObjectKey job) {
    return changes.takeEnded(job);
  }

  /** Namespaces whose pods or budgets changed in this decision. */
  Set<String> changedNamespaces() {
    return changes.namespaces();
  }

  /** There may be room, or another reason for there being none, since the last placements. */
  boolean hasFreedRoom() {
    return roomFreed;
  }

  /** Something became ready that pods may have waited for. */
  boolean hasStarted() {
    return !started.isEmpty();
  }

  /**
   * The pods to place now: all that wait when room was freed, else only the new ones and those that
   * may have waited for what became ready, or for a claim. Asking clears all of it.
   */
  List<Pod> takePodsToPlace() {
    Collection<ObjectName> names =
        roomFreed ? List.copyOf(state.unplaced()) : new LinkedHashSet<>(newPods);
    if (!roomFreed) {
      for (String namespace : started) {
        StartOrder.waiting(state, namespace).forEach(pod -> names.add(pod.name()));
      }
      claims.forEach((namespace, of) -> names.addAll(Claims.waiting(state, namespace, of)));
    }
    started.clear();
    claims.clear();
    roomFreed = false;
    newPods.clear();
    return names.stream()
        .map(state.pods()::get)
        .filter(p -> p != null && p.nodeName().isEmpty() && !p.isDeleting())
        .toList();
  }

  /**
   * How many of the wanted creations this decision may still hold; takes them off.
   *
   * @param template what the pods are made from
   */
  int grantCreations(int asked, ObjectKey owner, PodTemplate template) {
    if (asked <= 0) {
      return 0;
    }
    int charsEach = TextSize.of(template);
    // What a quota holds back is asked for again by the next tick, not at once.
    int wanted = Quotas.fitting(this, owner.namespace(), template.spec(), asked);
    if (wanted == 0) {
      refuse(owner, template);
    }
    long room = Math.max(0, (limits.maxChars() - state.chars()) / ClusterState.POD_CHARS);
    if (wanted > room) {
      wanted = (int) room;
      refuse(owner, Refusals.stateFullMessage(this));
    }
    int fitting = (int) Math.min(creationsLeft, creationCharsLeft / Math.max(1, charsEach));
    int granted = Math.min(wanted, fitting);
    creationsLeft -= granted;
    creationCharsLeft -= (long) granted * charsEach;
    putOffIf(granted < wanted, owner);
    return granted;
  }

  private void putOffIf(boolean more, ObjectKey owner) {
    if (more) {
      putOff.add(owner);
    }
  }

  /** Notes why the namespace takes none of them, and tells it, though not again each second. */
  private void refuse(ObjectKey owner, PodTemplate template) {
    String namespace = owner.namespace();
    Quotas.refusal(this, namespace, Quotas.withDefaults(state, namespace, template.spec()))
        .map(why -> "pods \"%s-\" is forbidden: %s".formatted(owner.name(), why))
        .ifPresent(message -> refuse(owner, message));
  }

  /** Notes why an owner's pod can't be made, and tells it, though not again each second. */
  void refuse(ObjectKey owner, String message) {
    refusals.put(owner, message);
    if (!wasTold(owner, message)) {
      emit(new SchedulerEvent.CreationRefused(owner, message, now));
    }
  }

  private boolean wasTold(ObjectKey owner, String message) {
    Instant since = now.minus(Limits.REFUSAL_TOLD_AGAIN);
    for (int i = state.events().size() - 1; i >= 0; i--) {
      EventRecord record = state.events().get(i);
      if (record.at().isBefore(since)) {
        return false;
      }
      boolean same =
          record.name().equals(owner.name())
              && record.namespace().equals(owner.namespace())
              && record.kind().equals(owner.kind())
              && record.message().endsWith(message);
      if (same) {
        return true;
      }
    }
    return false;
  }

  /** Why no pod could be made for an owner in this decision. */
  Optional<String> refusal(ObjectKey owner) {
    return Optional.ofNullable(refusals.get(owner));
  }

  /** How many of the wanted deletions this decision may still hold; takes them off. */
  int grantDeletions(int wanted, ObjectKey owner) {
    int granted = Math.min(wanted, deletionsLeft);
    deletionsLeft -= granted;
    putOffIf(granted < wanted, owner);
    return granted;
  }
}
