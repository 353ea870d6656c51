package io.hawser.cluster.state;

import io.hawser.model.Deployment;
import io.hawser.model.EventRecord;
import io.hawser.model.Namespace;
import io.hawser.model.Node;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.TextSize;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.pcollections.Empty;
import org.pcollections.PSortedMap;
import org.pcollections.PSortedSet;
import org.pcollections.PVector;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * The whole cluster as the journal tells it: what is wanted, where it was placed, what was
 * reported. An immutable value; {@link #evolve} makes the next one. The scheduler decides on it,
 * every gateway holds a replica of it.
 *
 * @param revision the sequence number of the last event folded in; the API's resourceVersion
 * @param epoch of the last scheduler that started
 * @param podsByNode index over {@code pods} by the node they were placed on
 * @param podsByOwner index over {@code pods} by their owner
 * @param unplaced pods that wait for a node
 * @param moving pods that go once another one serves in their place
 * @param resizing pods whose containers are to ask for other amounts once their node has the room
 * @param loads index over {@code pods}: what the active ones take of their node
 * @param objects of all the kinds without events of their own
 * @param events newest last, at most {@link #MAX_EVENTS}
 */
public record ClusterState(
    long revision,
    long epoch,
    PSortedMap<String, Namespace> namespaces,
    PSortedMap<String, Node> nodes,
    PSortedMap<ObjectName, Deployment> deployments,
    PSortedMap<ObjectName, Pod> pods,
    PSortedMap<String, PSortedSet<ObjectName>> podsByNode,
    PSortedMap<ObjectKey, PSortedSet<ObjectName>> podsByOwner,
    PSortedSet<ObjectName> unplaced,
    PSortedSet<ObjectName> moving,
    PSortedSet<ObjectName> resizing,
    PSortedMap<String, NodeLoad> loads,
    ApiObjects objects,
    PVector<EventRecord> events,
    long otherChars) {

  /** How many event records are kept for users to read. */
  public static final int MAX_EVENTS = 2_000;

  /**
   * What an owner's pod counts, as if it were text: a million take as much room as 300 MB of it.
   */
  public static final int POD_CHARS = 300;

  public static final ClusterState EMPTY =
      new ClusterState(
          0,
          0,
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePSet.empty(),
          TreePSet.empty(),
          TreePSet.empty(),
          TreePMap.empty(),
          ApiObjects.NONE,
          Empty.vector(),
          0);

  /**
   * Roughly how many characters of what users wrote, and its pods, there are. A pod's spec is its
   * owner's.
   */
  public long chars() {
    return objects.chars() + otherChars;
  }

  /** The state after one more event. Total: an event about an unknown object changes nothing. */
  public ClusterState evolve(SchedulerEvent event) {
    return Evolution.apply(this, event);
  }

  public Optional<Deployment> deployment(ObjectName name) {
    return Optional.ofNullable(deployments.get(name));
  }

  public Optional<Pod> pod(ObjectName name) {
    return Optional.ofNullable(pods.get(name));
  }

  public Optional<Node> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  public Collection<Pod> podsOn(String node) {
    return resolve(podsByNode.get(node));
  }

  public Collection<Pod> podsOf(ObjectName deployment) {
    return podsOf(ObjectKey.of(Pod.Owner.DEPLOYMENT, deployment));
  }

  /** The pods that name an object as their owner. */
  public Collection<Pod> podsOf(ObjectKey owner) {
    return resolve(podsByOwner.get(owner));
  }

  /** A namespace's pods, without a look at any other's. */
  public Collection<Pod> podsIn(String namespace) {
    ObjectName first = new ObjectName(namespace, "");
    ObjectName end = new ObjectName(namespace + '\0', "");
    return pods.subMap(first, true, end, false).values();
  }

  /** What a node's active pods take of it. */
  public NodeLoad loadOf(String node) {
    return loads.getOrDefault(node, NodeLoad.NONE);
  }

  private Collection<Pod> resolve(PSortedSet<ObjectName> names) {
    if (names == null) {
      return List.of();
    }
    List<Pod> found = new ArrayList<>(names.size());
    for (ObjectName name : names) {
      found.add(pods.get(name));
    }
    return Collections.unmodifiableList(found);
  }

  // --- One-field changes, for Evolution ---

  ClusterState withRevision(long newRevision) {
    return new ClusterState(
        newRevision,
        epoch,
        namespaces,
        nodes,
        deployments,
        pods,
        podsByNode,
        podsByOwner,
        unplaced,
        moving,
        resizing,
        loads,
        objects,
        events,
        otherChars);
  }

  ClusterState withEpoch(long newEpoch) {
    return new ClusterState(
        revision,
        newEpoch,
        namespaces,
        nodes,
        deployments,
        pods,
        podsByNode,
        podsByOwner,
        unplaced,
        moving,
        resizing,
        loads,
        objects,
        events,
        otherChars);
  }

  ClusterState withNamespaces(PSortedMap<String, Namespace> newNamespaces) {
    return new ClusterState(
        revision,
        epoch,
        newNamespaces,
        nodes,
        deployments,
        pods,
        podsByNode,
        podsByOwner,
        unplaced,
        moving,
        resizing,
        loads,
        objects,
        events,
        otherChars);
  }

  ClusterState withNodes(PSortedMap<String, Node> newNodes) {
    return new ClusterState(
        revision,
        epoch,
        namespaces,
        newNodes,
        deployments,
        pods,
        podsByNode,
        podsByOwner,
        unplaced,
        moving,
        resizing,
        loads,
        objects,
        events,
        otherChars);
  }

  ClusterState withDeployment(Deployment deployment) {
    return withDeployments(
        deployments.plus(deployment.name(), deployment),
        TextSize.of(deployment) - charsOf(deployment.name()));
  }

  ClusterState withoutDeployment(ObjectName name) {
    return withDeployments(deployments.minus(name), -charsOf(name));
  }

  private long charsOf(ObjectName deployment) {
    Deployment there = deployments.get(deployment);
    return there == null ? 0 : TextSize.of(there);
  }

  private ClusterState withDeployments(
      PSortedMap<ObjectName, Deployment> newDeployments, long moreChars) {
    return new ClusterState(
        revision,
        epoch,
        namespaces,
        nodes,
        newDeployments,
        pods,
        podsByNode,
        podsByOwner,
        unplaced,
        moving,
        resizing,
        loads,
        objects,
        events,
        otherChars + moreChars);
  }

  ClusterState withObjects(ApiObjects newObjects) {
    return new ClusterState(
        revision,
        epoch,
        namespaces,
        nodes,
        deployments,
        pods,
        podsByNode,
        podsByOwner,
        unplaced,
        moving,
        resizing,
        loads,
        newObjects,
        events,
        otherChars);
  }

  ClusterState withEvent(EventRecord record) {
    PVector<EventRecord> kept = events.size() >= MAX_EVENTS ? events.minus(0) : events;
    return new ClusterState(
        revision,
        epoch,
        namespaces,
        nodes,
        deployments,
        pods,
        podsByNode,
        podsByOwner,
        unplaced,
        moving,
        resizing,
        loads,
        objects,
        kept.plus(record),
        otherChars);
  }

  /**
   * The pod with the spec, labels and owner of the pod beside it, where they are equal: of a
   * million replicas, also those read from a journal, there is one spec.
   */
  Pod shared(Pod pod) {
    PSortedSet<ObjectName> names = pod.ownerKey().map(podsByOwner::get).orElse(null);
    if (names == null) {
      return pod;
    }
    ObjectName lower = names.lower(pod.name());
    ObjectName beside = lower == null ? names.higher(pod.name()) : lower;
    return beside == null ? pod : pod.sharing(pods.get(beside));
  }

  /** Puts a pod in, in place of an older one of that name, and keeps the indexes true. */
  ClusterState withPod(Pod pod) {
    return withPod(pods.get(pod.name()), pod);
  }

  /**
   * @param old the pod of that name, null when there is none
   */
  ClusterState withPod(Pod old, Pod pod) {
    ObjectName name = pod.name();
    PSortedMap<ObjectName, Pod> newPods = pods.plus(name, pod);
    PSortedSet<ObjectName> newMoving = among(moving, name, pod.move().isPresent());
    PSortedSet<ObjectName> newResizing = among(resizing, name, pod.resize().isPresent());
    if (old != null && sameIndexes(old, pod)) {
      return withPods(
          newPods,
          podsByNode,
          podsByOwner,
          unplaced,
          newMoving,
          newResizing,
          loads,
          charsOf(pod) - charsOf(old));
    }
    PSortedMap<String, NodeLoad> without = old != null && takesRoom(old) ? unload(old) : loads;
    return withPods(
        newPods,
        moved(podsByNode, old == null ? Optional.empty() : old.nodeName(), pod.nodeName(), name),
        moved(podsByOwner, old == null ? Optional.empty() : old.ownerKey(), pod.ownerKey(), name),
        pod.nodeName().isEmpty() ? unplaced.plus(name) : unplaced.minus(name),
        newMoving,
        newResizing,
        takesRoom(pod) ? load(without, pod) : without,
        charsOf(pod) - charsOf(old));
  }

  /**
   * @param pod null: none
   */
  private static int charsOf(Pod pod) {
    if (pod == null) {
      return 0;
    }
    return pod.ownerKey().isPresent()
        ? POD_CHARS
        : POD_CHARS + TextSize.of(pod.meta()) + TextSize.of(pod.spec());
  }

  /** What deployments and pods count. */
  static long chars(Collection<Deployment> deployments, Collection<Pod> pods) {
    return deployments.stream().mapToLong(TextSize::of).sum()
        + pods.stream().mapToLong(ClusterState::charsOf).sum();
  }

  /** A set that hardly ever has a member costs nothing then. */
  private static PSortedSet<ObjectName> among(
      PSortedSet<ObjectName> set, ObjectName name, boolean member) {
    if (member) {
      return set.plus(name);
    }
    return set.isEmpty() ? set : set.minus(name);
  }

  private static PSortedMap<String, NodeLoad> load(PSortedMap<String, NodeLoad> loads, Pod pod) {
    String node = pod.nodeName().get();
    return loads.plus(node, loads.getOrDefault(node, NodeLoad.NONE).plus(pod.spec()));
  }

  private static <K extends Comparable<? super K>> PSortedMap<K, PSortedSet<ObjectName>> moved(
      PSortedMap<K, PSortedSet<ObjectName>> index,
      Optional<K> from,
      Optional<K> to,
      ObjectName name) {
    if (from.equals(to)) {
      return index;
    }
    PSortedMap<K, PSortedSet<ObjectName>> without =
        from.map(key -> drop(index, key, name)).orElse(index);
    return to.map(key -> add(without, key, name)).orElse(without);
  }

  ClusterState withoutPod(ObjectName name) {
    Pod pod = pods.get(name);
    if (pod == null) {
      return this;
    }
    return withPods(
        pods.minus(name),
        pod.nodeName().map(n -> drop(podsByNode, n, name)).orElse(podsByNode),
        pod.ownerKey().map(o -> drop(podsByOwner, o, name)).orElse(podsByOwner),
        unplaced.minus(name),
        moving.minus(name),
        resizing.minus(name),
        takesRoom(pod) ? unload(pod) : loads,
        -charsOf(pod));
  }

  private ClusterState withPods(
      PSortedMap<ObjectName, Pod> newPods,
      PSortedMap<String, PSortedSet<ObjectName>> newPodsByNode,
      PSortedMap<ObjectKey, PSortedSet<ObjectName>> newPodsByOwner,
      PSortedSet<ObjectName> newUnplaced,
      PSortedSet<ObjectName> newMoving,
      PSortedSet<ObjectName> newResizing,
      PSortedMap<String, NodeLoad> newLoads,
      int moreChars) {
    return new ClusterState(
        revision,
        epoch,
        namespaces,
        nodes,
        deployments,
        newPods,
        newPodsByNode,
        newPodsByOwner,
        newUnplaced,
        newMoving,
        newResizing,
        newLoads,
        objects,
        events,
        otherChars + moreChars);
  }

  static boolean takesRoom(Pod pod) {
    return pod.nodeName().isPresent() && pod.isActive();
  }

  private static boolean sameIndexes(Pod a, Pod b) {
    return a.nodeName().equals(b.nodeName())
        && a.ownerKey().equals(b.ownerKey())
        && a.isActive() == b.isActive()
        && (a.spec() == b.spec() || a.spec().equals(b.spec()));
  }

  private PSortedMap<String, NodeLoad> unload(Pod pod) {
    String node = pod.nodeName().get();
    NodeLoad rest = loadOf(node).minus(pod);
    return rest.pods() == 0 ? loads.minus(node) : loads.plus(node, rest);
  }

  private static <K extends Comparable<? super K>> PSortedMap<K, PSortedSet<ObjectName>> add(
      PSortedMap<K, PSortedSet<ObjectName>> index, K key, ObjectName name) {
    PSortedSet<ObjectName> names = index.get(key);
    return index.plus(key, (names == null ? TreePSet.<ObjectName>empty() : names).plus(name));
  }

  private static <K extends Comparable<? super K>> PSortedMap<K, PSortedSet<ObjectName>> drop(
      PSortedMap<K, PSortedSet<ObjectName>> index, K key, ObjectName name) {
    PSortedSet<ObjectName> names = index.get(key);
    if (names == null) {
      return index;
    }
    PSortedSet<ObjectName> rest = names.minus(name);
    return rest.isEmpty() ? index.minus(key) : index.plus(key, rest);
  }
}
