package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Explained;
import io.hawser.cluster.protocol.SchedulerProtocol.NodeVerdict;
import io.hawser.cluster.protocol.SchedulerProtocol.Planned;
import io.hawser.cluster.protocol.SchedulerProtocol.PlannedChange;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.Resources;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.ObjectName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** What the scheduler would do, and why: {@code explain} and {@code plan}. Changes nothing. */
final class Foresight {
  private static final String API_VERSION = "hawser.io/v1";

  /** Most manifests of one plan. */
  private static final int MAX_MANIFESTS = 500;

  private final ClusterAccess cluster;
  private final Bodies bodies;

  Foresight(ClusterAccess cluster, Bodies bodies) {
    this.cluster = cluster;
    this.bodies = bodies;
  }

  CompletionStage<HttpResponse> explain(ObjectName pod) {
    return cluster
        .<Explained>foresee(replyTo -> new SchedulerProtocol.Explain(pod, replyTo))
        .thenApply(explained -> Responses.ok(explanation(pod, explained)));
  }

  private static ObjectNode explanation(ObjectName pod, Explained explained) {
    explained
        .refusal()
        .ifPresent(
            why -> {
              throw StatusError.of(404, "NotFound", why);
            });
    ObjectNode answer = Json.object("Explanation", API_VERSION);
    answer.put("namespace", pod.namespace()).put("pod", pod.name());
    Json.putIfSet(answer, "node", explained.node());
    Json.putIfSet(answer, "unschedulable", explained.unschedulable());
    ArrayNode nodes = answer.putArray("nodes");
    for (NodeVerdict verdict : explained.nodes()) {
      ObjectNode node = nodes.addObject().put("name", verdict.node());
      node.put("fits", verdict.reasons().isEmpty());
      if (verdict.reasons().isEmpty()) {
        node.put("score", verdict.score());
        ObjectNode parts = node.putObject("parts");
        new TreeMap<>(verdict.parts()).forEach(parts::put);
      } else {
        Json.putIfSet(node, "reasons", verdict.reasons());
      }
    }
    return answer;
  }

  /** The body has {@code manifests}, whole objects, and {@code without}, names of nodes. */
  CompletionStage<HttpResponse> plan(ApiRequest request) {
    return bodies
        .tree(request)
        .thenCombine(
            cluster.view(),
            (tree, view) -> {
              ObjectNode body = Documents.requireObject(tree);
              List<ClientRequest> requests = new ArrayList<>();
              JsonNode manifests = body.path("manifests");
              if (manifests.size() > MAX_MANIFESTS) {
                throw StatusError.badRequest(
                    "a plan takes at most " + MAX_MANIFESTS + " manifests");
              }
              for (JsonNode manifest : manifests) {
                requests.add(request(Documents.requireObject(manifest), view.state()));
              }
              List<String> without = new ArrayList<>();
              body.path("without").forEach(name -> without.add(name.asText()));
              return cluster.<Planned>foresee(
                  replyTo -> new SchedulerProtocol.Plan(requests, without, replyTo));
            })
        .thenCompose(stage -> stage)
        .thenApply(planned -> Responses.ok(answer(planned)));
  }

  /** What one request would do at once. */
  CompletionStage<HttpResponse> plan(ClientRequest request) {
    return cluster
        .<Planned>foresee(
            replyTo -> new SchedulerProtocol.Plan(List.of(request), List.of(), replyTo))
        .thenApply(planned -> Responses.ok(answer(planned)));
  }

  /** As apply would: a new object, or what the manifest changes of the one there is. */
  private static ClientRequest request(ObjectNode manifest, ClusterState state) {
    String apiVersion = manifest.path("apiVersion").asText();
    String kind = manifest.path("kind").asText();
    Resource<?> resource =
        Resources.all().stream()
            .filter(r -> r.type().kind().equals(kind) && r.type().apiVersion().equals(apiVersion))
            .findFirst()
            .orElseThrow(
                () ->
                    StatusError.badRequest(
                        "a plan knows no kind \"%s\" of \"%s\"".formatted(kind, apiVersion)));
    return request(resource, manifest, state);
  }

  private static <T> ClientRequest request(
      Resource<T> resource, ObjectNode manifest, ClusterState state) {
    JsonNode meta = manifest.path("metadata");
    String name = meta.path("name").asText();
    String namespace = resource.type().namespaced() ? meta.path("namespace").asText("default") : "";
    Optional<T> current = resource.find(state, namespace, name);
    if (current.isEmpty()) {
      Target target = resource.type().target(namespace, Optional.empty());
      return resource.create(manifest, target).request();
    }
    JsonNode after =
        Patches.apply(
            "application/strategic-merge-patch+json",
            resource.encode(current.get(), state),
            manifest);
    Target target = resource.type().target(namespace, Optional.of(name));
    return resource.update(Documents.requireObject(after), target, current).request();
  }

  private static ObjectNode answer(Planned planned) {
    ObjectNode answer = Json.object("Plan", API_VERSION);
    planned.refusals().forEach(answer.putArray("refusals")::add);
    ArrayNode changes = answer.putArray("changes");
    for (PlannedChange change : planned.changes()) {
      ObjectNode node = changes.addObject().put("namespace", change.pod().namespace());
      node.put("pod", change.pod().name()).put("owner", change.owner());
      node.put("what", change.what());
      Json.putIfSet(node, "node", change.node());
      Json.putIfSet(node, "reason", change.reason());
    }
    return answer;
  }
}
