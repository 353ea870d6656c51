package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.Metadata;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.LabelSelector;
import io.hawser.model.PodTemplate;
import java.util.HashMap;
import java.util.Map;

/** Writes an {@code apps/v1 ReplicaSet}. */
public final class ReplicaSetEncoder {
  private ReplicaSetEncoder() {}

  public static ObjectNode encode(ReplicaSetView view) {
    ObjectNode node = Json.object("ReplicaSet", "apps/v1");
    node.set("metadata", metadata(view));
    ObjectNode spec = node.putObject("spec").put("replicas", view.wantedReplicas());
    Map<String, String> matched = new HashMap<>(view.deployment().spec().selector().matchLabels());
    matched.put("pod-template-hash", view.revision().templateHash());
    spec.set(
        "selector",
        DeploymentEncoder.selector(
            new LabelSelector(matched, view.deployment().spec().selector().matchExpressions())));
    PodTemplate template = view.revision().template();
    spec.set(
        "template",
        DeploymentEncoder.template(
            new PodTemplate(view.labels(), template.annotations(), template.spec())));
    ObjectNode status = node.putObject("status").put("replicas", view.pods().size());
    DeploymentEncoder.count(status, "fullyLabeledReplicas", view.pods().size());
    DeploymentEncoder.count(status, "readyReplicas", view.readyReplicas());
    DeploymentEncoder.count(status, "availableReplicas", view.readyReplicas());
    status.put("observedGeneration", 1);
    return node;
  }

  private static ObjectNode metadata(ReplicaSetView view) {
    Deployment deployment = view.deployment();
    int replicas = deployment.spec().replicas();
    Amount surge = deployment.spec().strategy().maxSurge();
    ObjectNode meta = Json.object().put("name", view.name());
    meta.put("namespace", deployment.meta().namespace()).put("uid", view.uid());
    meta.put("resourceVersion", Long.toString(view.resourceVersion())).put("generation", 1);
    meta.put("creationTimestamp", Json.time(view.createdAt()));
    Json.putIfSet(meta, "labels", view.labels());
    Json.putIfSet(
        meta,
        "annotations",
        Map.of(
            Metadata.REVISION_ANNOTATION,
            Long.toString(view.revision().number()),
            "deployment.kubernetes.io/desired-replicas",
            Integer.toString(replicas),
            "deployment.kubernetes.io/max-replicas",
            Integer.toString(replicas + surge.of(replicas, true))));
    MetaEncoder.owner(
        meta, "apps/v1", "Deployment", deployment.meta().name(), deployment.meta().uid());
    return meta;
  }
}
