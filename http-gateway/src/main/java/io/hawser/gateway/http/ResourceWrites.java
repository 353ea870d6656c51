package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.gateway.Limits;
import io.hawser.gateway.apply.FieldOwner;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.kind.Preview;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.Resource.DeleteOptions;
import io.hawser.gateway.kind.Resource.Write;
import io.hawser.gateway.kind.Selection;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Create, update, patch, apply and delete, for every kind: decode and check here, ask the
 * scheduler, wait until this gateway's replica shows the change, answer with the object.
 */
final class ResourceWrites {
  private final ClusterAccess cluster;
  private final Bodies bodies;
  private final Races races;

  ResourceWrites(ClusterAccess cluster, Bodies bodies) {
    this.cluster = cluster;
    this.bodies = bodies;
    this.races = new Races(cluster);
  }

  <T> CompletionStage<HttpResponse> create(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    Target target = resource.type().target(path.namespace(), Optional.empty());
    return bodies
        .tree(request)
        .thenCompose(
            tree -> {
              ObjectNode body = ManagedFields.without(Documents.requireObject(tree));
              Write write = resource.create(body, target);
              return carryOut(
                  new Wanted<>(resource, path, request, accepted, Optional.empty(), write, body));
            });
  }

  <T> CompletionStage<HttpResponse> update(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    return bodies
        .tree(request)
        .thenCombine(
            cluster.view(),
            (tree, view) -> {
              ObjectNode body = Documents.requireObject(tree);
              Optional<T> current =
                  resource.find(view.state(), path.namespace(), path.name().orElseThrow());
              return replace(resource, path, request, accepted, current, view, body);
            })
        .thenCompose(stage -> stage);
  }

  private <T> CompletionStage<HttpResponse> replace(
      Resource<T> resource,
      ApiPath path,
      ApiRequest request,
      Accepted accepted,
      Optional<T> current,
      View view,
      ObjectNode wanted) {
    Target target = resource.type().target(path.namespace(), path.name());
    ManagedFields<T> fields = new ManagedFields<>(resource, target, view.state(), Instant.now());
    FieldOwner who = Writer.updater(request, resource.type().apiVersion(), path.subresource());
    ObjectNode body =
        current
            .map(object -> fields.updated(object, wanted, who))
            .orElseGet(() -> ManagedFields.without(wanted));
    Write write = resource.update(body, target, current);
    return carryOut(new Wanted<>(resource, path, request, accepted, current, write, body));
  }

  <T> CompletionStage<HttpResponse> patch(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    String type = request.contentType();
    boolean applies = path.subresource().isEmpty();
    Patches.requireSupported(type, applies);
    if (Patches.isApply(type)) {
      return apply(resource, path, request);
    }
    Writer.refuseForce(request);
    return bodies
        .bytes(request)
        .thenCompose(
            bytes -> {
              JsonNode patch = Patches.parse(type, bytes);
              boolean pinned = patch.path("metadata").hasNonNull("resourceVersion");
              return races.run(
                  new Races.Change<>(
                      resource,
                      path,
                      pinned,
                      view -> patch(resource, path, request, accepted, patch, view)));
            });
  }

  private <T> CompletionStage<HttpResponse> patch(
      Resource<T> resource,
      ApiPath path,
      ApiRequest request,
      Accepted accepted,
      JsonNode patch,
      View view) {
    T current = ResourceReads.require(resource, view.state(), path);
    ObjectNode before = resource.encode(current, view.state());
    ObjectNode after = Patches.apply(request.contentType(), before, patch);
    if (Json.same(after, before)) {
      return CompletableFuture.completedFuture(
          ResourceReads.one(resource, current, view.state(), accepted, request));
    }
    return replace(resource, path, request, accepted, Optional.of(current), view, after);
  }

  /**
   * Sets the fields of a configuration, on the server: the object is made when there is none.
   *
   * @throws StatusError 422 without a field manager
   */
  private <T> CompletionStage<HttpResponse> apply(
      Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    FieldOwner who = Writer.applier(request, resource.type().apiVersion());
    boolean force = request.flag("force");
    return bodies
        .bytes(request)
        .thenCompose(
            bytes -> {
              Configuration config = Configuration.parse(resource.type(), path, bytes);
              return races.run(
                  new Races.Change<>(
                      resource,
                      path,
                      config.isPinned(),
                      view -> apply(resource, path, request, accepted, config, who, force, view)));
            });
  }

  private <T> CompletionStage<HttpResponse> apply(
      Resource<T> resource,
      ApiPath path,
      ApiRequest request,
      Accepted accepted,
      Configuration config,
      FieldOwner who,
      boolean force,
      View view) {
    Optional<T> current = resource.find(view.state(), path.namespace(), path.name().orElseThrow());
    Target target = resource.type().target(path.namespace(), path.name());
    ManagedFields<T> fields = new ManagedFields<>(resource, target, view.state(), Instant.now());
    if (current.isEmpty()) {
      config.requireAbsent();
      ObjectNode body = fields.created(config.object(), who);
      Target anew = resource.type().target(path.namespace(), Optional.empty());
      Write write = resource.create(body, anew);
      return carryOut(new Wanted<>(resource, path, request, accepted, current, write, body));
    }
    config.requireSame(resource.encode(current.get(), view.state()));
    Optional<ObjectNode> applied = fields.applied(current.get(), config.object(), who, force);
    if (applied.isEmpty()) {
      Writer.isDryRun(request);
      return CompletableFuture.completedFuture(
          ResourceReads.one(resource, current.get(), view.state(), accepted, request));
    }
    Write write = resource.update(applied.get(), target, current);
    return carryOut(new Wanted<>(resource, path, request, accepted, current, write, applied.get()));
  }

  <T> CompletionStage<HttpResponse> delete(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    return options(request)
        .thenCombine(
            cluster.view(),
            (options, view) -> {
              T current = ResourceReads.require(resource, view.state(), path);
              Write write = resource.delete(current, options);
              ObjectNode old = resource.encode(current, view.state());
              StatusError.Subject subject = resource.type().subject(write.name());
              return options.dryRun()
                  ? cluster
                      .rehearse(write.request(), subject)
                      .thenApply(said -> gone(resource, path, old, accepted))
                  : carryOut(resource, write)
                      .thenApply(done -> deleted(resource, path, done, old, accepted));
            })
        .thenCompose(stage -> stage);
  }

  /** The object when it still stops, else a Status that it is gone. */
  private <T> HttpResponse deleted(
      Resource<T> resource, ApiPath path, Done done, ObjectNode old, Accepted accepted) {
    String name = path.name().orElseThrow();
    String uid = old.path("metadata").path("uid").asText();
    Optional<ObjectNode> left =
        resource
            .find(done.view().state(), path.namespace(), name)
            .map(o -> resource.encode(o, done.view().state()))
            .filter(o -> o.path("metadata").path("uid").asText().equals(uid));
    return left.map(object -> Responses.of(200, object, accepted))
        .orElseGet(() -> gone(resource, path, old, accepted));
  }

  private static HttpResponse gone(
      Resource<?> resource, ApiPath path, ObjectNode old, Accepted accepted) {
    ObjectNode status = Json.object("Status", "v1");
    status.putObject("metadata");
    ObjectNode details = status.put("status", "Success").putObject("details");
    details.put("name", path.name().orElseThrow());
    Json.putIfSet(details, "group", resource.type().group());
    details.put("kind", resource.type().plural());
    details.put("uid", old.path("metadata").path("uid").asText());
    return Responses.of(200, status, accepted);
  }

  /** One after another; the first refusal ends it and is the answer. */
  <T> CompletionStage<HttpResponse> deleteCollection(
      Resource<T> resource, ApiPath path, ApiRequest request) {
    if (!resource.type().verbs().contains("deletecollection") || path.namespace().isEmpty()) {
      throw StatusError.of(
          405, "MethodNotAllowed", "a collection can only be deleted within a namespace");
    }
    Selection selection = ResourceReads.selection(resource, path, request);
    return options(request)
        .thenCombine(
            cluster.view(),
            (options, view) -> {
              List<T> objects = ResourceReads.select(resource, selection, view.state());
              CompletionStage<Long> last = CompletableFuture.completedFuture(0L);
              for (T object : objects) {
                Write write = resource.delete(object, options);
                StatusError.Subject subject = resource.type().subject(write.name());
                last =
                    last.thenCompose(
                        r ->
                            options.dryRun()
                                ? cluster.rehearse(write.request(), subject).thenApply(said -> r)
                                : cluster
                                    .submit(write.request(), subject)
                                    .thenApply(Answer.Accepted::revision));
              }
              return last.thenCompose(r -> cluster.await(r, Limits.REPLICA_TIMEOUT));
            })
        .thenCompose(stage -> stage)
        .thenApply(
            view -> {
              ObjectNode status = Json.object("Status", "v1");
              status.putObject("metadata");
              return Responses.ok(status.put("status", "Success"));
            });
  }

  private CompletionStage<DeleteOptions> options(ApiRequest request) {
    return bodies.bytes(request).thenApply(bytes -> DeleteOptionsReader.read(request, bytes));
  }

  /**
   * A write that was found right, and whom to answer.
   *
   * @param current what it changes; empty when it makes a new object
   * @param sent the object as it shall be
   */
  private record Wanted<T>(
      Resource<T> resource,
      ApiPath path,
      ApiRequest request,
      Accepted accepted,
      Optional<T> current,
      Write write,
      ObjectNode sent) {
    int code() {
      return current.isEmpty() ? 201 : 200;
    }
  }

  private <T> CompletionStage<HttpResponse> carryOut(Wanted<T> wanted) {
    return Writer.isDryRun(wanted.request())
        ? rehearse(wanted)
        : carryOut(wanted.resource(), wanted.write()).thenApply(done -> answer(wanted, done));
  }

  /** The answer, and nothing is done. */
  private <T> CompletionStage<HttpResponse> rehearse(Wanted<T> wanted) {
    Resource<T> resource = wanted.resource();
    Write write = wanted.write();
    return cluster
        .rehearse(write.request(), resource.type().subject(write.name()))
        .thenCombine(
            cluster.view(),
            (accepted, view) -> {
              T object = Preview.of(resource, write, wanted.current(), Instant.now());
              ObjectNode body = resource.encode(object, view.state());
              if (wanted.current().isEmpty()) {
                body.withObject("metadata").remove("resourceVersion");
              }
              return Warnings.add(
                  Responses.of(wanted.code(), body, wanted.accepted()), wanted.sent());
            });
  }

  /** What was accepted, and the replica's view of it. */
  private record Done(Answer.Accepted accepted, View view) {}

  private <T> CompletionStage<Done> carryOut(Resource<T> resource, Write write) {
    return cluster
        .submit(write.request(), resource.type().subject(write.name()))
        .thenCompose(
            accepted ->
                cluster
                    .await(accepted.revision(), Limits.REPLICA_TIMEOUT)
                    .thenApply(view -> new Done(accepted, view)));
  }

  /**
   * The object as the replica shows it. When the replica is late, or the object is gone again, what
   * the client sent with the identity it was given: the change itself is durable.
   */
  private static <T> HttpResponse answer(Wanted<T> wanted, Done done) {
    Write write = wanted.write();
    Optional<T> object = Optional.empty();
    if (done.view().state().revision() >= done.accepted().revision()) {
      object = wanted.resource().find(done.view().state(), wanted.path().namespace(), write.name());
    }
    ObjectNode body =
        object
            .map(o -> wanted.resource().encode(o, done.view().state()))
            .orElseGet(() -> stamped(wanted.sent(), write, done.accepted()));
    return Warnings.add(Responses.of(wanted.code(), body, wanted.accepted()), wanted.sent());
  }

  private static ObjectNode stamped(ObjectNode sent, Write write, Answer.Accepted accepted) {
    ObjectNode body = sent.deepCopy();
    body.withObject("metadata")
        .put("name", write.name())
        .put("uid", accepted.uid())
        .put("resourceVersion", Long.toString(accepted.revision()));
    return body;
  }
}
