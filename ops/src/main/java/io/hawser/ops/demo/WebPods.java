package io.hawser.ops.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.drill.Sighting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The example's pods at one moment, as a gateway shows them; those being deleted are left out.
 *
 * @param wanted the deployment's replicas
 */
record WebPods(int wanted, List<WebPod> pods) {

  /**
   * @param node empty while it waits for one
   * @param state {@code starting}, or why the container does not
   */
  record WebPod(String name, String node, String ip, String state, boolean ready) {
    String line() {
      return node.isEmpty() ? "waits for a node" : node + "  " + (ready ? "ready at " + ip : state);
    }
  }

  static WebPods read(GatewayClient client) {
    JsonNode deployment = client.get(ResourceKind.DEPLOYMENTS.path("default", WebExample.NAME));
    List<WebPod> pods = new ArrayList<>();
    String path =
        ResourceKind.PODS.path(Optional.of("default"))
            + "?labelSelector="
            + ResourceKind.encode("app=" + WebExample.NAME);
    for (JsonNode pod : client.get(path).path("items")) {
      if (!pod.path("metadata").has("deletionTimestamp")) {
        pods.add(pod(pod));
      }
    }
    return new WebPods(deployment.path("spec").path("replicas").asInt(), pods);
  }

  private static WebPod pod(JsonNode pod) {
    JsonNode status = pod.path("status");
    String waiting =
        status.path("containerStatuses").path(0).at("/state/waiting/reason").asText("");
    return new WebPod(
        pod.path("metadata").path("name").asText(),
        pod.path("spec").path("nodeName").asText(""),
        status.path("podIP").asText(""),
        waiting.isEmpty() || waiting.equals("ContainerCreating") ? "starting" : waiting,
        hasCondition(status, "Ready"));
  }

  private static boolean hasCondition(JsonNode status, String type) {
    for (JsonNode condition : status.path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /** What a drill needs to see; empty when no gateway answered this time. */
  static Optional<Sighting> tryRead(GatewayClient client, String node) {
    try {
      // The pods first: successors that are seen then never come before their node's loss.
      WebPods pods = read(client);
      boolean lost =
          client
              .find(ResourceKind.NODES.path("", node))
              .filter(n -> hasCondition(n.path("status"), "Ready"))
              .isEmpty();
      return Optional.of(pods.sighting(lost));
    } catch (CommandFailure e) {
      return Optional.empty();
    }
  }

  Sighting sighting(boolean lost) {
    List<Sighting.PodSeen> seen =
        pods.stream().map(p -> new Sighting.PodSeen(p.name(), p.node(), p.ready())).toList();
    return new Sighting(lost, Map.of("default/web", new Sighting.Group(wanted, seen)));
  }

  List<WebPod> ready() {
    return pods.stream().filter(WebPod::ready).toList();
  }

  boolean allReady() {
    return wanted > 0 && pods.size() == wanted && ready().size() == wanted;
  }

  Map<String, Integer> countByNode() {
    return pods.stream()
        .collect(Collectors.toMap(WebPod::node, p -> 1, Integer::sum, TreeMap::new));
  }

  /** For people: {@code 2 on n1, 2 on n2, 2 on n3}. */
  String byNode() {
    return countByNode().entrySet().stream()
        .map(e -> e.getValue() + " on " + e.getKey())
        .collect(Collectors.joining(", "));
  }
}
