package io.hawser.gateway.http;

import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.gateway.GatewaySettings;
import io.hawser.gateway.GatewayTls;
import io.hawser.gateway.Limits;
import io.hawser.gateway.kind.AllReplicaSets;
import io.hawser.gateway.kind.PodResizeResource;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.Resources;
import io.hawser.gateway.kind.StatefulSetResource;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.Connection;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every request's way in: who asks, for what, and what an error looks like on the way out. */
public final class ApiHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ApiHandler.class);

  private static final PodResizeResource RESIZE = new PodResizeResource();

  private final byte[] tokenDigest;
  private final ClusterAccess cluster;
  private final Bodies bodies;
  private final Streams streams = new Streams();
  private final ResourceReads reads;
  private final ResourceWrites writes;
  private final Watches watches;
  private final PodStreams podStreams;
  private final Subresources subresources;
  private final ObjectScale<StatefulSet> statefulScale;
  private final ObjectScale<ReplicaSet> replicaScale;
  private final MetricsApi metrics;
  private final HawserApi hawser;

  public ApiHandler(
      GatewaySettings settings, ClusterAccess cluster, ActorRef<DrillProtocol.Command> drills) {
    this.tokenDigest = digest(settings.token());
    this.cluster = cluster;
    this.bodies = new Bodies(cluster.system());
    this.reads = new ResourceReads(cluster);
    this.writes = new ResourceWrites(cluster, bodies);
    this.watches = new Watches(cluster, streams);
    this.podStreams = new PodStreams(cluster, streams, bodies.materializer());
    this.subresources = new Subresources(cluster, bodies);
    this.statefulScale =
        new ObjectScale<>(cluster, bodies, new StatefulSetResource(), ObjectScale.STATEFUL);
    this.replicaScale =
        new ObjectScale<>(cluster, bodies, new AllReplicaSets().own(), ObjectScale.REPLICA);
    this.metrics = new MetricsApi(cluster);
    this.hawser = new HawserApi(settings, cluster, drills, bodies);
  }

  /** From now on the status tells clients of a port with TLS. */
  public void secured(int port, GatewayTls tls) {
    hawser.secured(port, tls);
  }

  /** Never fails: whatever goes wrong becomes a Status. */
  public CompletionStage<HttpResponse> handle(HttpRequest request) {
    CompletionStage<HttpResponse> answer;
    try {
      answer = route(new ApiRequest(request));
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return answer
        .handle(
            (response, failure) ->
                failure == null
                    ? CompletableFuture.completedStage(response)
                    : refusal(request, failure))
        .thenCompose(refusedOrNot -> refusedOrNot);
  }

  /**
   * What is left of the body is read away, or the connection would wait for it for ever. Who sends
   * too much is told only then: a client that still writes would meet a closed connection and never
   * read why.
   */
  private CompletionStage<HttpResponse> refusal(HttpRequest request, Throwable failure) {
    HttpResponse response = error(request, failure);
    CompletionStage<?> readAway =
        request.discardEntityBytes(bodies.materializer()).completionStage();
    if (response.status().intValue() != StatusCodes.CONTENT_TOO_LARGE.intValue()) {
      return CompletableFuture.completedStage(response);
    }
    return readAway
        .toCompletableFuture()
        .thenApply(done -> response)
        .completeOnTimeout(response, Limits.BODY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(moreThanIsReadAway -> response);
  }

  private HttpResponse error(HttpRequest request, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof StatusError error) {
      HttpResponse response = Responses.error(error);
      return error.code() == 413 ? response.addHeader(Connection.create("close")) : response;
    } else if (cause instanceof IllegalUriException) {
      return Responses.error(StatusError.badRequest("the request's URI: " + cause.getMessage()));
    }
    LOG.error("{} {} failed", request.method().name(), request.getUri().getPathString(), cause);
    return Responses.error(
        StatusError.of(500, "InternalError", "an error inside the gateway: " + cause));
  }

  private CompletionStage<HttpResponse> route(ApiRequest request) {
    List<String> segments = request.segments();
    Optional<CompletionStage<HttpResponse>> health = health(request);
    if (health.isPresent()) {
      return health.get();
    }
    if (OperatorApi.isJoin(request)) {
      return hawser.join(request);
    }
    requireToken(request);
    if (request.method().equals("GET")) {
      var document = Discovery.at(segments);
      if (document.isPresent()) {
        return Subresources.done(Responses.ok(document.get()));
      }
      if (request.path().equals("/openapi/v2")) {
        return Subresources.done(emptyOpenApi());
      }
    }
    Optional<CompletionStage<HttpResponse>> openApi = OpenApiAnswers.at(request);
    if (openApi.isPresent()) {
      return openApi.get();
    }
    if (segments.size() >= 4 && request.path().startsWith("/apis/hawser.io/v1/")) {
      return hawser.handle(segments.subList(3, segments.size()), request);
    }
    ApiPath path = ApiPath.parse(segments).orElseThrow(() -> noSuchPath(request));
    if (path.group().equals("authorization.k8s.io")
        && path.plural().equals("selfsubjectaccessreviews")
        && request.method().equals("POST")) {
      return subresources.accessReview(request);
    }
    if (path.group().equals(MetricsApi.GROUP) && request.method().equals("GET")) {
      return metrics.get(path, request);
    }
    Resource<?> resource =
        Resources.find(path.group(), path.version(), path.plural())
            .filter(r -> r.type().namespaced() || path.namespace().isEmpty())
            .orElseThrow(() -> noSuchPath(request));
    return path.subresource().isPresent()
        ? subresource(resource, path, request)
        : object(resource, path, request);
  }

  private <T> CompletionStage<HttpResponse> object(
      Resource<T> resource, ApiPath path, ApiRequest request) {
    boolean named = path.name().isPresent();
    if (resource.type().namespaced() && path.namespace().isEmpty()) {
      boolean readsAll = !named && request.method().equals("GET");
      if (!readsAll) {
        throw noSuchPath(request);
      }
    }
    return switch (request.method() + (named ? " one" : " all")) {
      case "GET one" -> request.flag("watch") ? watchOne() : reads.get(resource, path, request);
      case "GET all" -> {
        if (request.flag("watch")) {
          streams.requireRoom();
          yield watches.watch(resource, path, request);
        }
        yield reads.list(resource, path, request);
      }
      case "POST all" -> writes.create(resource, path, request);
      case "PUT one" -> writes.update(resource, path, request);
      case "PATCH one" -> writes.patch(resource, path, request);
      case "DELETE one" -> writes.delete(resource, path, request);
      case "DELETE all" -> writes.deleteCollection(resource, path, request);
      default -> throw notAllowed(request);
    };
  }

  private static CompletionStage<HttpResponse> watchOne() {
    throw StatusError.badRequest(
        "watch: watch the list with fieldSelector=metadata.name=NAME instead");
  }

  private CompletionStage<HttpResponse> subresource(
      Resource<?> resource, ApiPath path, ApiRequest request) {
    String what = resource.type().plural() + "/" + path.subresource().orElseThrow();
    return switch (request.method() + " " + what) {
      case "GET statefulsets/scale" -> statefulScale.get(path);
      case "PUT statefulsets/scale" -> statefulScale.put(path, request);
      case "PATCH statefulsets/scale" -> statefulScale.patch(path, request);
      case "GET replicasets/scale" -> replicaScale.get(path);
      case "PUT replicasets/scale" -> replicaScale.put(path, request);
      case "PATCH replicasets/scale" -> replicaScale.patch(path, request);
      case "GET deployments/scale" -> subresources.getScale(path);
      case "PUT deployments/scale" -> subresources.putScale(path, request);
      case "PATCH deployments/scale" -> subresources.patchScale(path, request);
      case "GET pods/resize" -> reads.get(resource, path, request);
      case "PUT pods/resize" -> writes.update(RESIZE, path, request);
      case "PATCH pods/resize" -> writes.patch(RESIZE, path, request);
      case "POST pods/eviction" -> subresources.evict(path, request);
      case "GET pods/log" -> podStreams.log(path, request);
      case "GET pods/exec", "POST pods/exec" -> podStreams.exec(path, request);
      case "GET pods/attach", "POST pods/attach" -> podStreams.attach(path, request);
      default -> {
        if (request.method().equals("GET") && path.subresource().get().equals("status")) {
          yield reads.get(resource, path, request);
        }
        throw noSuchPath(request);
      }
    };
  }

  /** Open to everyone: they tell nothing but whether this gateway lives and can serve. */
  private Optional<CompletionStage<HttpResponse>> health(ApiRequest request) {
    if (!request.method().equals("GET")) {
      return Optional.empty();
    }
    return switch (request.path()) {
      case "/livez" -> Optional.of(Subresources.done(Responses.text(200, "ok")));
      case "/readyz", "/healthz" ->
          Optional.of(
              cluster
                  .rawView()
                  .thenApply(
                      view ->
                          view.connected()
                              ? Responses.text(200, "ok")
                              : Responses.text(503, "the scheduler can't be reached")));
      default -> Optional.empty();
    };
  }

  /**
   * kubectl asks for the old form of {@link OpenApiAnswers} beside the new one. It reads a
   * zero-length document as an empty one and skips its own validation; this server validates every
   * request itself.
   */
  private static HttpResponse emptyOpenApi() {
    return HttpResponse.create()
        .withEntity(HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, new byte[0]));
  }

  private void requireToken(ApiRequest request) {
    String header = request.header("Authorization").orElse("");
    boolean bearer = header.regionMatches(true, 0, "Bearer ", 0, 7);
    byte[] given = digest(bearer ? header.substring(7).strip() : "");
    // Digests have one length and isEqual looks at every byte: the time taken tells nothing.
    if (!MessageDigest.isEqual(given, tokenDigest)) {
      throw StatusError.of(
          401, "Unauthorized", "a valid bearer token is needed: Authorization: Bearer TOKEN");
    }
  }

  private static byte[] digest(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  private static StatusError noSuchPath(ApiRequest request) {
    return StatusError.of(
        404,
        "NotFound",
        "the server could not find the requested resource: "
            + request.method()
            + " "
            + request.path());
  }

  private static StatusError notAllowed(ApiRequest request) {
    return StatusError.of(
        405, "MethodNotAllowed", request.method() + " is not supported for " + request.path());
  }
}
