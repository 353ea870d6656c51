package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.gateway.Limits;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.Resource.DeleteOptions;
import io.hawser.gateway.kind.Resource.Write;
import io.hawser.gateway.kind.Selection;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Create, update, patch and delete, for every kind: decode and check here, ask the scheduler, wait
 * until this gateway's replica shows the change, answer with the object.
 */
final class ResourceWrites {
  /** How long a conflicting change may take to reach this gateway's replica. */
  private static final Duration RACE_WAIT = Duration.ofMillis(500);

  private final ClusterAccess cluster;
  private final Bodies bodies;

  ResourceWrites(ClusterAccess cluster, Bodies bodies) {
    this.cluster = cluster;
    this.bodies = bodies;
  }

  <T> CompletionStage<HttpResponse> create(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    Target target = resource.type().target(path.namespace(), Optional.empty());
    return bodies
        .tree(request)
        .thenCompose(
            tree -> {
              ObjectNode body = Documents.requireObject(tree);
              Write write = resource.create(body, target);
              refuseDryRun(request);
              return carryOut(resource, path, write)
                  .thenApply(done -> answer(201, resource, path, write, done, body, accepted));
            });
  }

  <T> CompletionStage<HttpResponse> update(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    Target target = resource.type().target(path.namespace(), path.name());
    return bodies
        .tree(request)
        .thenCombine(
            cluster.view(),
            (tree, view) -> {
              ObjectNode body = Documents.requireObject(tree);
              Optional<T> current =
                  resource.find(view.state(), path.namespace(), path.name().orElseThrow());
              Write write = resource.update(body, target, current);
              refuseDryRun(request);
              return carryOut(resource, path, write)
                  .thenApply(done -> answer(200, resource, path, write, done, body, accepted));
            })
        .thenCompose(stage -> stage);
  }

  <T> CompletionStage<HttpResponse> patch(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    String type = request.contentType();
    Patches.requireSupported(type);
    return bodies
        .bytes(request)
        .thenCompose(
            bytes -> {
              JsonNode patch = Patches.parse(type, bytes);
              refuseDryRun(request);
              return attempt(resource, path, new Patching(type, patch, accepted, request), 1);
            });
  }

  private record Patching(String type, JsonNode patch, Accepted accepted, ApiRequest request) {
    /** A client that names the version it knows wants to hear of a conflict. */
    boolean isPinned() {
      return patch.path("metadata").hasNonNull("resourceVersion");
    }
  }

  private <T> CompletionStage<HttpResponse> attempt(
      Resource<T> resource, ApiPath path, Patching patching, int attempt) {
    return cluster.view().thenCompose(view -> attempt(resource, path, patching, attempt, view));
  }

  private <T> CompletionStage<HttpResponse> attempt(
      Resource<T> resource, ApiPath path, Patching patching, int attempt, View view) {
    T current = ResourceReads.require(resource, view.state(), path);
    ObjectNode before = resource.encode(current, view.state());
    ObjectNode after = Patches.apply(patching.type(), before, patching.patch());
    if (Json.same(after, before)) {
      return CompletableFuture.completedFuture(
          ResourceReads.one(
              resource, current, view.state(), patching.accepted(), patching.request()));
    }
    Target target = resource.type().target(path.namespace(), path.name());
    Write write = resource.update(after, target, Optional.of(current));
    CompletionStage<HttpResponse> answer =
        carryOut(resource, path, write)
            .thenApply(
                done -> answer(200, resource, path, write, done, after, patching.accepted()));
    boolean last = patching.isPinned() || attempt >= Limits.PATCH_ATTEMPTS;
    return answer
        .handle(
            (response, failure) -> {
              if (failure == null) {
                return CompletableFuture.completedFuture(response);
              }
              if (last || !isConflict(failure)) {
                return CompletableFuture.<HttpResponse>failedFuture(failure);
              }
              return awaitChange(resource, path, current, view, deadlineIn(RACE_WAIT))
                  .thenCompose(newer -> attempt(resource, path, patching, attempt + 1, newer))
                  .toCompletableFuture();
            })
        .thenCompose(stage -> stage);
  }

  /**
   * What another client made of the object in between, or the view after the time-out. Any other
   * change may come first: a replica that catches up after a hand-over sees many.
   */
  private <T> CompletionStage<View> awaitChange(
      Resource<T> resource, ApiPath path, T seen, View view, long deadlineNanos) {
    long left = deadlineNanos - System.nanoTime();
    if (left <= 0) {
      return CompletableFuture.completedFuture(view);
    }
    return cluster
        .await(view.state().revision() + 1, Duration.ofNanos(left))
        .thenCompose(
            newer ->
                resource
                        .find(newer.state(), path.namespace(), path.name().orElseThrow())
                        .equals(Optional.of(seen))
                    ? awaitChange(resource, path, seen, newer, deadlineNanos)
                    : CompletableFuture.completedFuture(newer));
  }

  private static long deadlineIn(Duration wait) {
    return System.nanoTime() + wait.toNanos();
  }

  private static boolean isConflict(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof StatusError error && error.reason().equals("Conflict");
  }

  <T> CompletionStage<HttpResponse> delete(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    return options(request)
        .thenCombine(
            cluster.view(),
            (options, view) -> {
              T current = ResourceReads.require(resource, view.state(), path);
              refuseDryRun(request);
              Write write = resource.delete(current, options);
              ObjectNode old = resource.encode(current, view.state());
              return carryOut(resource, path, write)
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
    if (left.isPresent()) {
      return Responses.of(200, left.get(), accepted);
    }
    ObjectNode status = Json.object("Status", "v1");
    status.putObject("metadata");
    ObjectNode details = status.put("status", "Success").putObject("details");
    details.put("name", name);
    Json.putIfSet(details, "group", resource.type().group());
    details.put("kind", resource.type().plural()).put("uid", uid);
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
              refuseDryRun(request);
              List<T> objects = ResourceReads.select(resource, selection, view.state());
              CompletionStage<Long> last = CompletableFuture.completedFuture(0L);
              for (T object : objects) {
                Write write = resource.delete(object, options);
                last =
                    last.thenCompose(
                        r ->
                            cluster
                                .submit(write.request(), resource.type().subject(write.name()))
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

  /** What was accepted, and the replica's view of it. */
  private record Done(Answer.Accepted accepted, View view) {}

  private <T> CompletionStage<Done> carryOut(Resource<T> resource, ApiPath path, Write write) {
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
  private static <T> HttpResponse answer(
      int code,
      Resource<T> resource,
      ApiPath path,
      Write write,
      Done done,
      ObjectNode sent,
      Accepted accepted) {
    Optional<T> object = Optional.empty();
    if (done.view().state().revision() >= done.accepted().revision()) {
      object = resource.find(done.view().state(), path.namespace(), write.name());
    }
    ObjectNode body =
        object
            .map(o -> resource.encode(o, done.view().state()))
            .orElseGet(() -> stamped(sent, write, done.accepted()));
    return Warnings.add(Responses.of(code, body, accepted), sent);
  }

  private static ObjectNode stamped(ObjectNode sent, Write write, Answer.Accepted accepted) {
    ObjectNode body = sent.deepCopy();
    body.withObject("metadata")
        .put("name", write.name())
        .put("uid", accepted.uid())
        .put("resourceVersion", Long.toString(accepted.revision()));
    return body;
  }

  /**
   * @throws StatusError 400: what would happen is known only to the scheduler
   */
  static void refuseDryRun(ApiRequest request) {
    if (!request.params("dryRun").isEmpty()) {
      throw StatusError.badRequest(
          "dryRun: not supported; the request was valid and nothing was changed");
    }
  }
}
