package io.hawser.cluster.state;

import io.hawser.cluster.ClusterMessage;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.EventRecord;
import io.hawser.model.Namespace;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import java.util.List;
import java.util.function.Function;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/** A {@link ClusterState} as it is stored and sent: without the indexes that follow from it. */
public record ClusterSnapshot(
    long revision,
    long epoch,
    List<Namespace> namespaces,
    List<Node> nodes,
    List<Deployment> deployments,
    List<Pod> pods,
    List<EventRecord> events,
    List<ApiObject> objects,
    List<DoneRequest> requests)
    implements ClusterMessage {
  /** Snapshots of earlier versions have no objects. */
  public ClusterSnapshot {
    objects = objects == null ? List.of() : objects;
    requests = requests == null ? List.of() : requests;
  }

  public static ClusterSnapshot of(ClusterState state) {
    return new ClusterSnapshot(
        state.revision(),
        state.epoch(),
        List.copyOf(state.namespaces().values()),
        List.copyOf(state.nodes().values()),
        List.copyOf(state.deployments().values()),
        List.copyOf(state.pods().values()),
        List.copyOf(state.events()),
        state.objects().all().toList(),
        List.of());
  }

  /**
   * A request that was carried out, for the scheduler's own snapshots.
   *
   * @param revision of its {@link SchedulerEvent.RequestDone}
   */
  public record DoneRequest(String requestId, String uid, long revision) {}

  public ClusterSnapshot withRequests(List<DoneRequest> done) {
    return new ClusterSnapshot(
        revision, epoch, namespaces, nodes, deployments, pods, events, objects, done);
  }

  ClusterSnapshot withPods(List<Pod> newPods) {
    return new ClusterSnapshot(
        revision, epoch, namespaces, nodes, deployments, newPods, events, objects, requests);
  }

  /**
   * With the indexes, which are made at once: a pod after the other would take ten times longer.
   */
  public ClusterState toState() {
    PodIndexes indexes = PodIndexes.of(pods);
    ApiObjects all = ApiObjects.NONE;
    for (ApiObject object : objects) {
      all = all.plus(object);
    }
    return new ClusterState(
        revision,
        epoch,
        byKey(namespaces, Namespace::name),
        byKey(nodes, Node::name),
        byKey(deployments, Deployment::name),
        indexes.pods(),
        indexes.podsByNode(),
        indexes.podsByOwner(),
        indexes.unplaced(),
        indexes.moving(),
        indexes.resizing(),
        indexes.loads(),
        all,
        TreePVector.from(
            events.subList(Math.max(0, events.size() - ClusterState.MAX_EVENTS), events.size())),
        ClusterState.chars(deployments, indexes.pods().values()));
  }

  private static <K extends Comparable<? super K>, V> PSortedMap<K, V> byKey(
      List<V> values, Function<V, K> key) {
    return values.stream()
        .collect(TreePMap.toTreePMap(key, Function.identity(), (earlier, later) -> later));
  }
}
