package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.model.ApiObject;
import io.hawser.model.ContainerSize;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.PodSpec;
import io.hawser.model.Taint;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a user wants changed. Already checked field by field by whoever sends it; the scheduler
 * checks what needs the cluster's state. {@code ifResourceVersion} and {@code ifUid} make a request
 * conditional: it is refused with CONFLICT when they no longer hold.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ClientRequest.CreateNamespace.class, name = "create-namespace"),
  @JsonSubTypes.Type(value = ClientRequest.DeleteNamespace.class, name = "delete-namespace"),
  @JsonSubTypes.Type(value = ClientRequest.CreateDeployment.class, name = "create-deployment"),
  @JsonSubTypes.Type(value = ClientRequest.UpdateDeployment.class, name = "update-deployment"),
  @JsonSubTypes.Type(value = ClientRequest.ScaleDeployment.class, name = "scale-deployment"),
  @JsonSubTypes.Type(value = ClientRequest.DeleteDeployment.class, name = "delete-deployment"),
  @JsonSubTypes.Type(value = ClientRequest.CreatePod.class, name = "create-pod"),
  @JsonSubTypes.Type(value = ClientRequest.UpdatePod.class, name = "update-pod"),
  @JsonSubTypes.Type(value = ClientRequest.ResizePod.class, name = "resize-pod"),
  @JsonSubTypes.Type(value = ClientRequest.DeletePod.class, name = "delete-pod"),
  @JsonSubTypes.Type(value = ClientRequest.UpdateNode.class, name = "update-node"),
  @JsonSubTypes.Type(value = ClientRequest.DeleteNode.class, name = "delete-node"),
  @JsonSubTypes.Type(value = ClientRequest.Rebalance.class, name = "rebalance"),
  @JsonSubTypes.Type(value = ClientRequest.CreateObject.class, name = "create-object"),
  @JsonSubTypes.Type(value = ClientRequest.UpdateObject.class, name = "update-object"),
  @JsonSubTypes.Type(value = ClientRequest.DeleteObject.class, name = "delete-object"),
})
public sealed interface ClientRequest extends ClusterMessage {

  record CreateNamespace(String name, Map<String, String> labels, Map<String, String> annotations)
      implements ClientRequest {}

  /** Deletes everything in the namespace too. */
  record DeleteNamespace(String name) implements ClientRequest {}

  record CreateDeployment(
      ObjectName name,
      Map<String, String> labels,
      Map<String, String> annotations,
      DeploymentSpec spec)
      implements ClientRequest {}

  record UpdateDeployment(
      ObjectName name,
      Map<String, String> labels,
      Map<String, String> annotations,
      DeploymentSpec spec,
      Optional<Long> ifResourceVersion,
      Optional<String> ifUid)
      implements ClientRequest {}

  record ScaleDeployment(ObjectName name, int replicas, Optional<Long> ifResourceVersion)
      implements ClientRequest {}

  /**
   * @param orphanPods true: the pods stay, without an owner
   */
  record DeleteDeployment(ObjectName name, Optional<String> ifUid, boolean orphanPods)
      implements ClientRequest {}

  record CreatePod(
      ObjectName name, Map<String, String> labels, Map<String, String> annotations, PodSpec spec)
      implements ClientRequest {}

  record UpdatePod(
      ObjectName name,
      Map<String, String> labels,
      Map<String, String> annotations,
      Optional<Long> ifResourceVersion)
      implements ClientRequest {}

  /**
   * Changes what containers ask for and may use, while they run.
   *
   * @param sizes of the pod's containers; one that is not named keeps its size
   */
  record ResizePod(ObjectName name, List<ContainerSize> sizes, Optional<Long> ifResourceVersion)
      implements ClientRequest {}

  /**
   * @param graceSeconds instead of the pod's own; 0 kills at once
   * @param eviction true: a drain asks, so that a budget may refuse
   * @param withinSeconds of an eviction that waits for a replacement: how long; after it the pod
   *     stays. Empty: after a while it goes without
   */
  record DeletePod(
      ObjectName name,
      Optional<Long> graceSeconds,
      Optional<String> ifUid,
      boolean eviction,
      Optional<Long> withinSeconds)
      implements ClientRequest {
    @JsonCreator
    public DeletePod {
      withinSeconds = withinSeconds == null ? Optional.empty() : withinSeconds;
    }

    public DeletePod(
        ObjectName name, Optional<Long> graceSeconds, Optional<String> ifUid, boolean eviction) {
      this(name, graceSeconds, ifUid, eviction, Optional.empty());
    }
  }

  record UpdateNode(
      String name,
      Map<String, String> labels,
      Map<String, String> annotations,
      boolean unschedulable,
      List<Taint> taints,
      Optional<Long> ifResourceVersion)
      implements ClientRequest {}

  /** Forgets a node that is lost. Refused while it is ready. */
  record DeleteNode(String name) implements ClientRequest {}

  /**
   * Moves pods to where they score better, replacements first.
   *
   * @param maxMoves at most so many, from 1
   */
  record Rebalance(int maxMoves) implements ClientRequest {}

  /**
   * @param object as the user wants it; of its meta only name, labels and annotations count
   */
  record CreateObject(ApiObject object) implements ClientRequest {}

  record UpdateObject(ApiObject object, Optional<Long> ifResourceVersion, Optional<String> ifUid)
      implements ClientRequest {}

  /**
   * @param orphan true: its pods stay, without an owner
   */
  record DeleteObject(ObjectKey key, Optional<String> ifUid, boolean orphan)
      implements ClientRequest {}
}
