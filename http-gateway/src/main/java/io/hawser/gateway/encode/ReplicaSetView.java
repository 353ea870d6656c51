package io.hawser.gateway.encode;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Deployment;
import io.hawser.model.Pod;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One revision of a deployment with its pods, shown as Kubernetes' ReplicaSet. Read-only: Hawser
 * has no such object, but kubectl finds a deployment's history by it.
 */
public record ReplicaSetView(Deployment deployment, Deployment.Revision revision, List<Pod> pods) {

  public ReplicaSetView {
    pods = List.copyOf(pods);
  }

  /** The same for the same deployment and template on every gateway. */
  static String uid(String deploymentUid, String templateHash) {
    String seed = "replicaset/" + deploymentUid + "/" + templateHash;
    return UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** The newest revision of each template; oldest first. */
  public static List<ReplicaSetView> of(Deployment deployment, ClusterState state) {
    Map<String, Deployment.Revision> newest = new LinkedHashMap<>();
    for (Deployment.Revision revision : deployment.revisions()) {
      newest.remove(revision.templateHash());
      newest.put(revision.templateHash(), revision);
    }
    List<ReplicaSetView> views = new ArrayList<>();
    for (Deployment.Revision revision : newest.values()) {
      List<Pod> pods =
          state.podsOf(deployment.name()).stream()
              .filter(p -> !p.isDeleting() && p.isActive())
              .filter(p -> hash(p).equals(Optional.of(revision.templateHash())))
              .toList();
      views.add(new ReplicaSetView(deployment, revision, pods));
    }
    return views;
  }

  private static Optional<String> hash(Pod pod) {
    return pod.owner().map(Pod.Owner::templateHash);
  }

  public String name() {
    return deployment.meta().name() + "-" + revision.templateHash();
  }

  public String uid() {
    return uid(deployment.meta().uid(), revision.templateHash());
  }

  public Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>(revision.template().labels());
    labels.put("pod-template-hash", revision.templateHash());
    return labels;
  }

  /** What it has is what it should have: the scheduler counts per deployment, not per revision. */
  public int wantedReplicas() {
    return pods.size();
  }

  public int readyReplicas() {
    return (int) pods.stream().filter(p -> p.status().isReady()).count();
  }

  public Instant createdAt() {
    return revision.createdAt();
  }

  /** Of the last change to the deployment or one of the pods. */
  public long resourceVersion() {
    return pods.stream()
        .mapToLong(p -> p.meta().resourceVersion())
        .reduce(deployment.meta().resourceVersion(), Math::max);
  }
}
