package io.hawser.cluster.state;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.model.ApiObject;
import io.hawser.model.ContainerSize;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.Namespace;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.ObjectStatus;
import io.hawser.model.Pod;
import io.hawser.model.PodStatus;
import io.hawser.model.Taint;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The facts of the cluster, in the journal's order. The type names below are the journal's format:
 * a name never changes its meaning, an old field is never required to go away.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = SchedulerEvent.SchedulerStarted.class, name = "scheduler-started"),
  @JsonSubTypes.Type(value = SchedulerEvent.RequestDone.class, name = "request-done"),
  @JsonSubTypes.Type(value = SchedulerEvent.NamespaceCreated.class, name = "namespace-created"),
  @JsonSubTypes.Type(value = SchedulerEvent.NamespaceDeleted.class, name = "namespace-deleted"),
  @JsonSubTypes.Type(value = SchedulerEvent.DeploymentCreated.class, name = "deployment-created"),
  @JsonSubTypes.Type(value = SchedulerEvent.DeploymentChanged.class, name = "deployment-changed"),
  @JsonSubTypes.Type(
      value = SchedulerEvent.DeploymentStatusChanged.class,
      name = "deployment-status-changed"),
  @JsonSubTypes.Type(value = SchedulerEvent.DeploymentDeleted.class, name = "deployment-deleted"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodCreated.class, name = "pod-created"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodChanged.class, name = "pod-changed"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodResized.class, name = "pod-resized"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodResizePending.class, name = "pod-resize-pending"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodPlaced.class, name = "pod-placed"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodUnschedulable.class, name = "pod-unschedulable"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodStatusChanged.class, name = "pod-status-changed"),
  @JsonSubTypes.Type(
      value = SchedulerEvent.PodDeletionRequested.class,
      name = "pod-deletion-requested"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodMoveRequested.class, name = "pod-move-requested"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodMoveEnded.class, name = "pod-move-ended"),
  @JsonSubTypes.Type(value = SchedulerEvent.PodRemoved.class, name = "pod-removed"),
  @JsonSubTypes.Type(value = SchedulerEvent.NodeRegistered.class, name = "node-registered"),
  @JsonSubTypes.Type(value = SchedulerEvent.NodeChanged.class, name = "node-changed"),
  @JsonSubTypes.Type(value = SchedulerEvent.NodeLost.class, name = "node-lost"),
  @JsonSubTypes.Type(value = SchedulerEvent.NodeRemoved.class, name = "node-removed"),
  @JsonSubTypes.Type(value = SchedulerEvent.ObjectCreated.class, name = "object-created"),
  @JsonSubTypes.Type(value = SchedulerEvent.ObjectChanged.class, name = "object-changed"),
  @JsonSubTypes.Type(
      value = SchedulerEvent.ObjectStatusChanged.class,
      name = "object-status-changed"),
  @JsonSubTypes.Type(value = SchedulerEvent.ObjectDeleted.class, name = "object-deleted"),
  @JsonSubTypes.Type(value = SchedulerEvent.CreationRefused.class, name = "creation-refused"),
})
public sealed interface SchedulerEvent extends ClusterMessage {
  /** When it was decided, by the scheduler's clock. */
  Instant at();

  /** A scheduler took over; its orders carry this epoch, older ones are refused everywhere. */
  record SchedulerStarted(long epoch, String node, Instant at) implements SchedulerEvent {}

  record NamespaceCreated(Namespace namespace, Instant at) implements SchedulerEvent {}

  record NamespaceDeleted(String namespace, Instant at) implements SchedulerEvent {}

  record DeploymentCreated(Deployment deployment, Instant at) implements SchedulerEvent {}

  /** The new whole of what a user may set, and the revisions and generation that follow. */
  record DeploymentChanged(
      ObjectName name,
      Map<String, String> labels,
      Map<String, String> annotations,
      DeploymentSpec spec,
      List<Deployment.Revision> revisions,
      long generation,
      Instant at)
      implements SchedulerEvent {}

  record DeploymentStatusChanged(ObjectName name, DeploymentStatus status, Instant at)
      implements SchedulerEvent {}

  record DeploymentDeleted(ObjectName name, Instant at) implements SchedulerEvent {}

  record PodCreated(Pod pod, Instant at) implements SchedulerEvent {}

  /** A pod's labels or annotations were changed by a user. */
  record PodChanged(
      ObjectName name, Map<String, String> labels, Map<String, String> annotations, Instant at)
      implements SchedulerEvent {}

  /** Its containers ask for other amounts from now on; its node has the room. */
  record PodResized(ObjectName name, List<ContainerSize> sizes, Instant at)
      implements SchedulerEvent {}

  /**
   * Its containers shall ask for other amounts once its node has the room. Written again only when
   * what stands in the way has changed.
   */
  record PodResizePending(ObjectName name, Pod.PendingResize resize, Instant at)
      implements SchedulerEvent {}

  record PodPlaced(ObjectName name, String node, Instant at) implements SchedulerEvent {}

  /** No node fits now. Written again only when the summary changes. */
  record PodUnschedulable(ObjectName name, String summary, Instant at) implements SchedulerEvent {}

  record PodStatusChanged(ObjectName name, PodStatus status, Instant at)
      implements SchedulerEvent {}

  record PodDeletionRequested(ObjectName name, long graceSeconds, String reason, Instant at)
      implements SchedulerEvent {}

  /** The pod is to go once another one serves in its place. */
  record PodMoveRequested(ObjectName name, Pod.Move move, Instant at) implements SchedulerEvent {}

  /** It stays after all. */
  record PodMoveEnded(ObjectName name, String reason, Instant at) implements SchedulerEvent {}

  /** Nothing of the pod is left, or its node is lost. */
  record PodRemoved(ObjectName name, String reason, Instant at) implements SchedulerEvent {}

  /** A node joined, or came back with a new incarnation. */
  record NodeRegistered(NodeInfo info, String uid, Instant at) implements SchedulerEvent {}

  record NodeChanged(
      String name,
      Map<String, String> labels,
      Map<String, String> annotations,
      boolean unschedulable,
      List<Taint> taints,
      Instant at)
      implements SchedulerEvent {}

  record NodeLost(String name, String reason, Instant at) implements SchedulerEvent {}

  record NodeRemoved(String name, Instant at) implements SchedulerEvent {}

  record ObjectCreated(ApiObject object, Instant at) implements SchedulerEvent {}

  /** The new whole of the object, with its status as it was. */
  record ObjectChanged(ApiObject object, Instant at) implements SchedulerEvent {}

  record ObjectStatusChanged(ObjectKey key, ObjectStatus status, Instant at)
      implements SchedulerEvent {}

  record ObjectDeleted(ObjectKey key, Instant at) implements SchedulerEvent {}

  /**
   * A client's request was carried out by the events before this one, in the same write. A retry of
   * it finds this and changes nothing.
   *
   * @param uid of the object it was about
   */
  record RequestDone(String requestId, String uid, Instant at) implements SchedulerEvent {}

  /** A workload's pods are not let in by its namespace's quotas or limits. Changes no object. */
  record CreationRefused(ObjectKey owner, String message, Instant at) implements SchedulerEvent {}
}
