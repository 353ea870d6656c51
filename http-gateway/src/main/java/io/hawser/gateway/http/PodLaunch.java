package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.LaunchDescribed;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** The system calls that start a pod's containers, as its node computes them. */
final class PodLaunch {
  private static final String API_VERSION = "hawser.io/v1";

  private final ClusterAccess cluster;

  PodLaunch(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  /** {@code GET /apis/hawser.io/v1/launch/NAMESPACE/POD}, perhaps with a {@code container}. */
  CompletionStage<HttpResponse> describe(ObjectName name, ApiRequest request) {
    StatusError.Subject subject = new StatusError.Subject("", "Pod", name.name());
    return cluster
        .view()
        .thenCompose(
            view -> {
              Pod pod =
                  view.state().pod(name).orElseThrow(() -> StatusError.notFound(subject, "pods"));
              Node node = PodStreams.nodeOf(view.state(), pod);
              return ask(node, pod, containers(pod, request.param("container")))
                  .thenApply(told -> Responses.ok(answer(pod, node, told, subject)));
            });
  }

  private static List<String> containers(Pod pod, Optional<String> asked) {
    return asked.isPresent()
        ? List.of(PodStreams.container(pod, asked))
        : Stream.concat(pod.spec().initContainers().stream(), pod.spec().containers().stream())
            .map(PodContainer::name)
            .toList();
  }

  private record Told(String container, LaunchDescribed launch) {}

  private CompletionStage<List<Told>> ask(Node node, Pod pod, List<String> containers) {
    List<CompletableFuture<Told>> asked =
        containers.stream()
            .map(
                container ->
                    cluster
                        .<LaunchDescribed>askNode(
                            node,
                            replyTo ->
                                new NodeProtocol.DescribeLaunch(
                                    pod.name(), Optional.of(container), replyTo))
                        .thenApply(launch -> new Told(container, launch))
                        .toCompletableFuture())
            .toList();
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(all -> asked.stream().map(CompletableFuture::join).toList());
  }

  private static ObjectNode answer(
      Pod pod, Node node, List<Told> told, StatusError.Subject subject) {
    ObjectNode answer = Json.object("Launch", API_VERSION);
    answer.put("namespace", pod.meta().namespace()).put("pod", pod.meta().name());
    answer.put("node", node.name());
    ArrayNode containers = answer.putArray("containers");
    for (Told one : told) {
      one.launch()
          .refusal()
          .ifPresent(
              refusal -> {
                throw StatusError.refused(refusal, subject);
              });
      ObjectNode container = containers.addObject().put("name", one.container());
      container.put("attempt", one.launch().attempt());
      ArrayNode calls = container.putArray("calls");
      for (NodeProtocol.LaunchCall call : one.launch().calls()) {
        ObjectNode entry = calls.addObject().put("step", call.step());
        entry.put("syscall", call.syscall());
        call.arguments().forEach(entry.putArray("arguments")::add);
        entry.put("mayFail", call.mayFail());
      }
    }
    return answer;
  }
}
