package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.ContainerUsage;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.gateway.kind.NodeResource;
import io.hawser.gateway.kind.PodResource;
import io.hawser.gateway.kind.Reports;
import io.hawser.gateway.kind.Selection;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.Quantity;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Node;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code metrics.k8s.io/v1beta1}: what nodes and pods use, asked of the nodes at the time of the
 * request. A node's use is that of its pods; a pod that was not measured yet is left out.
 */
final class MetricsApi {
  static final String GROUP = Reports.METRICS_GROUP;
  static final String API_VERSION = GROUP + "/v1beta1";

  private final ClusterAccess cluster;
  private final PodResource pods = new PodResource();
  private final NodeResource nodes = new NodeResource();

  MetricsApi(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  CompletionStage<HttpResponse> get(ApiPath path, ApiRequest request) {
    boolean known = path.version().equals("v1beta1") && path.subresource().isEmpty();
    if (known && path.plural().equals("pods")) {
      return pods(path, request);
    } else if (known && path.plural().equals("nodes") && path.namespace().isEmpty()) {
      return nodes(path, request);
    }
    throw StatusError.of(404, "NotFound", request.path() + " is not served");
  }

  private CompletionStage<HttpResponse> nodes(ApiPath path, ApiRequest request) {
    Selection selection = ResourceReads.selection(nodes, path, request);
    return cluster
        .view()
        .thenCompose(
            view -> {
              List<Node> wanted =
                  path.name().isPresent()
                      ? List.of(ResourceReads.require(nodes, view.state(), path))
                      : ResourceReads.select(nodes, selection, view.state());
              return ask(wanted).thenApply(usage -> nodes(path, wanted, usage));
            });
  }

  private HttpResponse nodes(ApiPath path, List<Node> wanted, Map<String, NodeUsage> usage) {
    List<ObjectNode> items = new ArrayList<>();
    for (Node node : wanted) {
      NodeUsage used = usage.get(node.name());
      if (used != null) {
        long window =
            used.containers().values().stream()
                .mapToLong(ContainerUsage::windowMillis)
                .max()
                .orElse(0);
        ObjectNode item = item("NodeMetrics", node.meta(), used, window);
        amounts(item, used.cpuMillis(), used.memoryBytes());
        items.add(item);
      }
    }
    return answer(path, "NodeMetricsList", items);
  }

  private CompletionStage<HttpResponse> pods(ApiPath path, ApiRequest request) {
    Selection selection = ResourceReads.selection(pods, path, request);
    return cluster
        .view()
        .thenCompose(
            view -> {
              List<Pod> wanted =
                  path.name().isPresent()
                      ? List.of(ResourceReads.require(pods, view.state(), path))
                      : ResourceReads.select(pods, selection, view.state());
              return ask(nodesOf(wanted, view)).thenApply(usage -> pods(path, wanted, usage));
            });
  }

  private static List<Node> nodesOf(List<Pod> pods, View view) {
    Set<String> names = new TreeSet<>();
    pods.forEach(p -> p.nodeName().ifPresent(names::add));
    return names.stream().flatMap(n -> view.state().node(n).stream()).toList();
  }

  private HttpResponse pods(ApiPath path, List<Pod> wanted, Map<String, NodeUsage> usage) {
    List<ObjectNode> items = new ArrayList<>();
    for (Pod pod : wanted) {
      pod.nodeName().map(usage::get).flatMap(used -> item(pod, used)).ifPresent(items::add);
    }
    return answer(path, "PodMetricsList", items);
  }

  private static Optional<ObjectNode> item(Pod pod, NodeUsage used) {
    Map<String, ContainerUsage> containers = new HashMap<>();
    for (PodContainer container : pod.spec().containers()) {
      ContainerUsage usage = used.containers().get(pod.name() + "/" + container.name());
      if (usage != null) {
        containers.put(container.name(), usage);
      }
    }
    if (containers.isEmpty()) {
      return Optional.empty();
    }
    long window =
        containers.values().stream().mapToLong(ContainerUsage::windowMillis).max().orElse(0);
    ObjectNode item = item("PodMetrics", pod.meta(), used, window);
    ArrayNode list = item.putArray("containers");
    containers.forEach(
        (name, usage) ->
            amounts(list.addObject().put("name", name), usage.cpuMillis(), usage.memoryBytes()));
    return Optional.of(item);
  }

  private static ObjectNode item(String kind, ObjectMeta of, NodeUsage used, long windowMillis) {
    ObjectNode item = Json.object(kind, API_VERSION);
    ObjectNode meta = item.putObject("metadata").put("name", of.name());
    Json.putIfSet(meta, "namespace", of.namespace());
    meta.put("creationTimestamp", Json.time(used.at()));
    Json.putIfSet(meta, "labels", of.labels());
    item.put("timestamp", Json.time(used.at()));
    return item.put("window", windowMillis + "ms");
  }

  private static void amounts(ObjectNode item, long cpuMillis, long memoryBytes) {
    // Whole kibibytes, rounded up: what the kernel counts in pages reads badly in bytes.
    item.putObject("usage")
        .put("cpu", cpuMillis + "m")
        .put("memory", Quantity.bytes((memoryBytes + 1023) / 1024 * 1024));
  }

  private static HttpResponse answer(ApiPath path, String kind, List<ObjectNode> items) {
    if (path.name().isPresent()) {
      return Responses.ok(
          items.stream()
              .findFirst()
              .orElseThrow(
                  () ->
                      StatusError.notFound(
                          new StatusError.Subject(GROUP, kind, path.name().get()), path.plural())));
    }
    ObjectNode list = Json.object(kind, API_VERSION);
    list.putObject("metadata");
    list.putArray("items").addAll(items);
    return Responses.ok(list);
  }

  /** What the nodes that answer say; those that are lost or late are left out. */
  private CompletionStage<Map<String, NodeUsage>> ask(Collection<Node> nodes) {
    List<CompletableFuture<Optional<NodeUsage>>> answers =
        nodes.stream().filter(Node::isReady).map(this::ask).toList();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> {
              Map<String, NodeUsage> usage = new HashMap<>();
              answers.forEach(a -> a.join().ifPresent(u -> usage.put(u.node(), u)));
              return usage;
            });
  }

  private CompletableFuture<Optional<NodeUsage>> ask(Node node) {
    return cluster
        .<NodeUsage>askNode(node, NodeProtocol.ReadUsage::new)
        .thenApply(Optional::of)
        .exceptionally(late -> Optional.empty())
        .toCompletableFuture();
  }
}
