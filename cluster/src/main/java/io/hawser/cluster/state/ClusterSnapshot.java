package io.hawser.cluster.state;

import io.hawser.cluster.ClusterMessage;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.EventRecord;
import io.hawser.model.Namespace;
import io.hawser.model.Node;
import io.hawser.model.Pod;
import java.util.List;

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

  public ClusterState toState() {
    ClusterState state = ClusterState.EMPTY.withRevision(revision).withEpoch(epoch);
    for (Namespace namespace : namespaces) {
      state = state.withNamespaces(state.namespaces().plus(namespace.name(), namespace));
    }
    for (Node node : nodes) {
      state = state.withNodes(state.nodes().plus(node.name(), node));
    }
    for (Deployment deployment : deployments) {
      state = state.withDeployments(state.deployments().plus(deployment.name(), deployment));
    }
    for (Pod pod : pods) {
      state = state.withPod(state.shared(pod));
    }
    for (EventRecord event : events) {
      state = state.withEvent(event);
    }
    ApiObjects all = ApiObjects.NONE;
    for (ApiObject object : objects) {
      all = all.plus(object);
    }
    return state.withObjects(all);
  }
}
