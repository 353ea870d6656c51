package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.gateway.Limits;
import io.hawser.gateway.kind.StatefulSetResource;
import io.hawser.gateway.wire.Documents;
import io.hawser.model.StatefulSet;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** A stateful set's scale. A change is an update of the set as this gateway last saw it. */
final class StatefulScale {
  private final ClusterAccess cluster;
  private final Bodies bodies;
  private final StatefulSetResource sets = new StatefulSetResource();

  StatefulScale(ClusterAccess cluster, Bodies bodies) {
    this.cluster = cluster;
    this.bodies = bodies;
  }

  CompletionStage<HttpResponse> get(ApiPath path) {
    return cluster
        .view()
        .thenApply(v -> Responses.ok(scale(ResourceReads.require(sets, v.state(), path))));
  }

  private static ObjectNode scale(StatefulSet set) {
    return Subresources.scale(
        set.meta(),
        set.spec().replicas(),
        set.status().replicas(),
        StatefulSetResource.selectorText(set));
  }

  CompletionStage<HttpResponse> put(ApiPath path, ApiRequest request) {
    return bodies
        .tree(request)
        .thenCombine(
            cluster.view(),
            (tree, view) ->
                submit(
                    path,
                    request,
                    ResourceReads.require(sets, view.state(), path),
                    Documents.requireObject(tree)))
        .thenCompose(stage -> stage);
  }

  CompletionStage<HttpResponse> patch(ApiPath path, ApiRequest request) {
    String type = request.contentType();
    Patches.requireSupported(type);
    return bodies
        .bytes(request)
        .thenCombine(
            cluster.view(),
            (bytes, view) -> {
              StatefulSet current = ResourceReads.require(sets, view.state(), path);
              ObjectNode after = Patches.apply(type, scale(current), Patches.parse(type, bytes));
              return submit(path, request, current, after);
            })
        .thenCompose(stage -> stage);
  }

  private CompletionStage<HttpResponse> submit(
      ApiPath path, ApiRequest request, StatefulSet current, ObjectNode body) {
    Subresources.Scaling scaling = Subresources.readScale(path, body);
    ResourceWrites.refuseDryRun(request);
    Optional<Long> version =
        scaling.version().or(() -> Optional.of(current.meta().resourceVersion()));
    return cluster
        .submit(
            new ClientRequest.UpdateObject(
                current.withReplicas(scaling.replicas()), version, Optional.empty()),
            sets.type().subject(current.meta().name()))
        .thenCompose(done -> cluster.await(done.revision(), Limits.REPLICA_TIMEOUT))
        .thenApply(v -> Responses.ok(scale(ResourceReads.require(sets, v.state(), path))));
  }
}
