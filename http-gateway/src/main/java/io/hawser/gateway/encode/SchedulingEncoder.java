package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.NodeAffinity;
import io.hawser.model.Scheduling.NodeRequirement;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.Scheduling.PodAffinity;
import io.hawser.model.Scheduling.PodTerm;
import io.hawser.model.Scheduling.PreemptionPolicy;
import io.hawser.model.Scheduling.SpreadConstraint;
import java.util.List;

/** Writes what a {@code core/v1 PodSpec} says about the choice of a node. */
final class SchedulingEncoder {
  private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
  private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

  private SchedulingEncoder() {}

  static void encode(ObjectNode spec, Scheduling scheduling) {
    ObjectNode affinity = Json.object();
    nodes(affinity, scheduling.nodeAffinity());
    pods(affinity, "podAffinity", scheduling.podAffinity());
    pods(affinity, "podAntiAffinity", scheduling.podAntiAffinity());
    if (!affinity.isEmpty()) {
      spec.set("affinity", affinity);
    }
    if (!scheduling.topologySpread().isEmpty()) {
      ArrayNode list = spec.putArray("topologySpreadConstraints");
      scheduling.topologySpread().forEach(s -> spread(list.addObject(), s));
    }
    scheduling.priority().ifPresent(p -> spec.put("priority", p));
    Json.putIfSet(spec, "priorityClassName", scheduling.priorityClassName());
    if (scheduling.preemptionPolicy() == PreemptionPolicy.NEVER) {
      spec.put("preemptionPolicy", "Never");
    }
  }

  private static void nodes(ObjectNode affinity, NodeAffinity nodes) {
    if (nodes.equals(NodeAffinity.NONE)) {
      return;
    }
    ObjectNode node = affinity.putObject("nodeAffinity");
    if (!nodes.required().isEmpty()) {
      ArrayNode terms = node.putObject(REQUIRED).putArray("nodeSelectorTerms");
      nodes.required().forEach(t -> terms.add(term(t)));
    }
    if (!nodes.preferred().isEmpty()) {
      ArrayNode list = node.putArray(PREFERRED);
      nodes
          .preferred()
          .forEach(
              p -> list.addObject().put("weight", p.weight()).set("preference", term(p.term())));
    }
  }

  private static ObjectNode term(NodeTerm term) {
    ObjectNode node = Json.object();
    requirements(node, "matchExpressions", term.expressions());
    requirements(node, "matchFields", term.fields());
    return node;
  }

  private static void requirements(ObjectNode term, String field, List<NodeRequirement> all) {
    if (all.isEmpty()) {
      return;
    }
    ArrayNode list = term.putArray(field);
    for (NodeRequirement r : all) {
      ObjectNode node = list.addObject().put("key", r.key());
      node.put("operator", Words.camel(r.operator()));
      Json.putIfSet(node, "values", r.values());
    }
  }

  private static void pods(ObjectNode affinity, String field, PodAffinity pods) {
    if (pods.isEmpty()) {
      return;
    }
    ObjectNode node = affinity.putObject(field);
    if (!pods.required().isEmpty()) {
      ArrayNode list = node.putArray(REQUIRED);
      pods.required().forEach(t -> list.add(podTerm(t)));
    }
    if (!pods.preferred().isEmpty()) {
      ArrayNode list = node.putArray(PREFERRED);
      pods.preferred()
          .forEach(
              p ->
                  list.addObject()
                      .put("weight", p.weight())
                      .set("podAffinityTerm", podTerm(p.term())));
    }
  }

  private static ObjectNode podTerm(PodTerm term) {
    ObjectNode node = Json.object();
    term.selector().ifPresent(s -> node.set("labelSelector", DeploymentEncoder.selector(s)));
    Json.putIfSet(node, "namespaces", term.namespaces().stream().sorted().toList());
    term.namespaceSelector()
        .ifPresent(s -> node.set("namespaceSelector", DeploymentEncoder.selector(s)));
    node.put("topologyKey", term.topologyKey());
    Json.putIfSet(node, "matchLabelKeys", term.matchLabelKeys());
    Json.putIfSet(node, "mismatchLabelKeys", term.mismatchLabelKeys());
    return node;
  }

  private static void spread(ObjectNode node, SpreadConstraint spread) {
    node.put("maxSkew", spread.maxSkew()).put("topologyKey", spread.topologyKey());
    node.put("whenUnsatisfiable", spread.hard() ? "DoNotSchedule" : "ScheduleAnyway");
    spread.selector().ifPresent(s -> node.set("labelSelector", DeploymentEncoder.selector(s)));
    spread.minDomains().ifPresent(n -> node.put("minDomains", n));
    node.put("nodeAffinityPolicy", Words.camel(spread.nodeAffinityPolicy()));
    node.put("nodeTaintsPolicy", Words.camel(spread.nodeTaintsPolicy()));
    Json.putIfSet(node, "matchLabelKeys", spread.matchLabelKeys());
  }
}
