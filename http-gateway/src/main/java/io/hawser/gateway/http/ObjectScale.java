package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.gateway.kind.DeploymentResource;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.wire.Documents;
import io.hawser.model.ApiObject;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ReplicaLimits;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * The scale of a set that is an object of its own. A change is an update of the set as this gateway
 * last saw it.
 */
final class ObjectScale<T extends ApiObject> {
  /**
   * What a scale consists of.
   *
   * @param with the same set with another number
   */
  record Shape<T>(
      ToIntFunction<T> wanted,
      ToIntFunction<T> there,
      Function<T, LabelSelector> selector,
      BiFunction<T, Integer, T> with) {}

  static final Shape<StatefulSet> STATEFUL =
      new Shape<>(
          s -> s.spec().replicas(),
          s -> s.status().replicas(),
          s -> s.spec().selector(),
          StatefulSet::withReplicas);

  static final Shape<ReplicaSet> REPLICA =
      new Shape<>(
          s -> s.spec().replicas(),
          s -> s.status().replicas(),
          s -> s.spec().selector(),
          ReplicaSet::withReplicas);

  private final ClusterAccess cluster;
  private final Bodies bodies;
  private final Resource<T> sets;
  private final Shape<T> shape;

  ObjectScale(ClusterAccess cluster, Bodies bodies, Resource<T> sets, Shape<T> shape) {
    this.sets = sets;
    this.shape = shape;
    this.cluster = cluster;
    this.bodies = bodies;
  }

  CompletionStage<HttpResponse> get(ApiPath path) {
    return cluster
        .view()
        .thenApply(v -> Responses.ok(scale(ResourceReads.require(sets, v.state(), path))));
  }

  private ObjectNode scale(T set) {
    return Subresources.scale(
        set.meta(),
        shape.wanted().applyAsInt(set),
        shape.there().applyAsInt(set),
        DeploymentResource.text(shape.selector().apply(set)));
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
                    view,
                    Documents.requireObject(tree)))
        .thenCompose(stage -> stage);
  }

  CompletionStage<HttpResponse> patch(ApiPath path, ApiRequest request) {
    String type = request.contentType();
    Patches.requireSupported(type, false);
    Writer.refuseForce(request);
    return bodies
        .bytes(request)
        .thenCombine(
            cluster.view(),
            (bytes, view) -> {
              T current = ResourceReads.require(sets, view.state(), path);
              ObjectNode after = Patches.apply(type, scale(current), Patches.parse(type, bytes));
              return submit(path, request, current, view, after);
            })
        .thenCompose(stage -> stage);
  }

  private CompletionStage<HttpResponse> submit(
      ApiPath path, ApiRequest request, T current, View view, ObjectNode body) {
    Subresources.Scaling scaling =
        Subresources.readScale(path, body, ReplicaLimits.of(current.kind()));
    boolean dryRun = Writer.isDryRun(request);
    Optional<Long> version =
        scaling.version().or(() -> Optional.of(current.meta().resourceVersion()));
    T scaled = shape.with().apply(current, scaling.replicas());
    ObjectMeta meta =
        ManagedFields.scaled(sets, view.state(), request, current.meta(), current, scaled);
    return cluster
        .perform(
            new ClientRequest.UpdateObject(scaled.withMeta(meta), version, Optional.empty()),
            sets.type().subject(current.meta().name()),
            dryRun)
        .thenApply(v -> scale(dryRun ? scaled : ResourceReads.require(sets, v.state(), path)))
        .thenApply(Responses::ok);
  }
}
