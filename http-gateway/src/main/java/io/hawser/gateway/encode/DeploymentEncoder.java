package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.Metadata;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.LabelSelector;
import io.hawser.model.PodTemplate;
import java.util.Map;
import java.util.TreeMap;

/** Writes an {@code apps/v1 Deployment}. */
public final class DeploymentEncoder {
  private DeploymentEncoder() {}

  public static ObjectNode encode(Deployment deployment) {
    ObjectNode node = Json.object("Deployment", "apps/v1");
    ObjectNode meta = MetaEncoder.encode(deployment.meta());
    if (!deployment.revisions().isEmpty()) {
      Map<String, String> annotations = new TreeMap<>(deployment.meta().shownAnnotations());
      annotations.put(
          Metadata.REVISION_ANNOTATION, Long.toString(deployment.currentRevision().number()));
      Json.putIfSet(meta, "annotations", annotations);
    }
    node.set("metadata", meta);
    node.set("spec", spec(deployment.spec()));
    node.set("status", status(deployment.status()));
    return node;
  }

  private static ObjectNode spec(DeploymentSpec spec) {
    ObjectNode node = Json.object().put("replicas", spec.replicas());
    node.set("selector", selector(spec.selector()));
    node.set("template", template(spec.template()));
    ObjectNode strategy = node.putObject("strategy");
    strategy.put("type", Words.camel(spec.strategy().type()));
    if (spec.strategy().type() == DeploymentSpec.StrategyType.ROLLING_UPDATE) {
      ObjectNode rolling = strategy.putObject("rollingUpdate");
      amount(rolling, "maxUnavailable", spec.strategy().maxUnavailable());
      amount(rolling, "maxSurge", spec.strategy().maxSurge());
    }
    if (spec.minReadySeconds() > 0) {
      node.put("minReadySeconds", spec.minReadySeconds());
    }
    node.put("revisionHistoryLimit", spec.revisionHistoryLimit());
    node.put("progressDeadlineSeconds", spec.progressDeadlineSeconds());
    if (spec.paused()) {
      node.put("paused", true);
    }
    return node;
  }

  private static void amount(ObjectNode node, String field, Amount amount) {
    if (amount.percent()) {
      node.put(field, amount.value() + "%");
    } else {
      node.put(field, amount.value());
    }
  }

  static ObjectNode selector(LabelSelector selector) {
    ObjectNode node = Json.object();
    Json.putIfSet(node, "matchLabels", selector.matchLabels());
    if (!selector.matchExpressions().isEmpty()) {
      ArrayNode list = node.putArray("matchExpressions");
      selector
          .matchExpressions()
          .forEach(
              r -> {
                ObjectNode child =
                    list.addObject().put("key", r.key()).put("operator", Words.camel(r.operator()));
                Json.putIfSet(child, "values", r.values());
              });
    }
    return node;
  }

  public static ObjectNode template(PodTemplate template) {
    ObjectNode node = Json.object();
    ObjectNode meta = node.putObject("metadata");
    Json.putIfSet(meta, "labels", template.labels());
    Json.putIfSet(meta, "annotations", template.annotations());
    node.set("spec", PodSpecEncoder.encode(template.spec(), template.spec().nodeName()));
    return node;
  }

  private static ObjectNode status(DeploymentStatus status) {
    ObjectNode node = Json.object().put("observedGeneration", status.observedGeneration());
    count(node, "replicas", status.replicas());
    count(node, "updatedReplicas", status.updatedReplicas());
    count(node, "readyReplicas", status.readyReplicas());
    count(node, "availableReplicas", status.availableReplicas());
    count(node, "unavailableReplicas", status.unavailableReplicas());
    MetaEncoder.conditions(node, status.conditions());
    return node;
  }

  static void count(ObjectNode node, String field, int count) {
    if (count > 0) {
      node.put(field, count);
    }
  }
}
