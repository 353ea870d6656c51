package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ControllerProtocol.WhyLink;
import io.hawser.cluster.protocol.ControllerProtocol.WhyTold;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Deployment;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.util.Optional;

/**
 * What {@code GET /apis/hawser.io/v1/why/KIND/NAMESPACE/NAME} is about and how its answer looks; a
 * node's namespace is {@code -}.
 *
 * @param kind {@code Pod}, {@code Node} or {@code Deployment}
 * @param deployment of a pod that is there and belongs to one
 * @param now its present state in one line; empty: there is none of that name
 */
record WhyAnswer(
    String kind, String namespace, String name, Optional<String> deployment, Optional<String> now) {

  /**
   * @param resource a kind's plural
   * @throws StatusError 400 for any other kind
   */
  static WhyAnswer about(ClusterState state, String resource, String namespace, String name) {
    ObjectName object = new ObjectName(namespace, name);
    return switch (resource) {
      case "pods" -> {
        Optional<Pod> pod = state.pod(object);
        Optional<String> owner = pod.flatMap(Pod::deployment).map(ObjectName::name);
        yield new WhyAnswer("Pod", namespace, name, owner, pod.map(WhyAnswer::pod));
      }
      case "deployments" ->
          new WhyAnswer(
              "Deployment",
              namespace,
              name,
              Optional.empty(),
              state.deployment(object).map(WhyAnswer::deployment));
      case "nodes" ->
          new WhyAnswer(
              "Node", "", name, Optional.empty(), state.node(name).map(n -> node(n, state)));
      default ->
          throw StatusError.badRequest("expected pods, deployments or nodes, not " + resource);
    };
  }

  private static String pod(Pod pod) {
    String where = pod.nodeName().map(n -> "on node " + n).orElse("on no node");
    if (pod.isDeleting()) {
      return where + ", stopping";
    }
    String waits = pod.unschedulable().map(w -> ": " + w).orElse("");
    String moves = pod.move().isPresent() ? ", goes once another one serves" : "";
    String resize = pod.resize().map(r -> ", not resized yet: " + r.message()).orElse("");
    String ready = pod.status().isReady() ? ", ready" : ", not ready";
    return where + (pod.nodeName().isEmpty() ? waits : ready + moves + resize);
  }

  private static String deployment(Deployment deployment) {
    return "%d of %d pods available, %d of the current template"
        .formatted(
            deployment.status().availableReplicas(),
            deployment.spec().replicas(),
            deployment.status().updatedReplicas());
  }

  private static String node(Node node, ClusterState state) {
    return "%s since %s%s, %d pods"
        .formatted(
            node.isReady() ? "ready" : "lost: " + node.stateReason(),
            node.since(),
            node.unschedulable() ? ", cordoned" : "",
            state.podsOn(node.name()).size());
  }

  /**
   * @throws StatusError 404 when nothing of that name is or was, 409 when the journal can't be read
   */
  ObjectNode tell(WhyTold told) {
    told.failure()
        .ifPresent(
            why -> {
              throw StatusError.of(409, "Conflict", why);
            });
    if (now.isEmpty() && told.links().isEmpty()) {
      String what = kind.toLowerCase(java.util.Locale.ROOT) + " " + name;
      throw StatusError.of(
          404, "NotFound", what + " is not known, nor was it since event " + told.from());
    }
    ObjectNode answer = Json.object("Why", "hawser.io/v1");
    answer.putObject("subject").put("kind", kind).put("namespace", namespace).put("name", name);
    answer.put("now", now.orElse("is no more"));
    answer.put("fromEvent", told.from()).put("toEvent", told.to());
    ArrayNode links = answer.putArray("links");
    for (WhyLink link : told.links()) {
      ObjectNode node = links.addObject().put("event", link.event());
      node.put("at", link.at().toString()).put("because", link.because());
      link.request().ifPresent(id -> node.put("request", id));
      node.put("text", link.text());
    }
    return answer;
  }
}
