package io.hawser.gateway.http;

import io.hawser.gateway.openapi.OpenApi;
import io.hawser.gateway.openapi.OpenApi.Document;
import io.hawser.gateway.wire.StatusError;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * Serves {@link OpenApi}'s documents as clients cache them: an address with a document's hash never
 * changes what it holds, one without is asked for again each time, and answered with 304.
 */
final class OpenApiAnswers {
  private static final String FOR_EVER = "private, immutable, max-age=31536000";
  private static final String ASK_AGAIN = "private, no-cache";

  private OpenApiAnswers() {}

  /** Empty for a path that is none of theirs; making the documents keeps no caller waiting. */
  static Optional<CompletionStage<HttpResponse>> at(ApiRequest request) {
    boolean theirs =
        request.method().equals("GET") && (request.path() + "/").startsWith(OpenApi.ROOT + "/");
    return theirs
        ? Optional.of(CompletableFuture.supplyAsync(() -> answer(OpenApi.get(), request)))
        : Optional.empty();
  }

  private static HttpResponse answer(OpenApi api, ApiRequest request) {
    requireJson(request);
    List<String> below = request.segments().subList(2, request.segments().size());
    if (below.isEmpty()) {
      return answer(api.index(), request, ASK_AGAIN);
    }
    String groupVersion = String.join("/", below);
    Document document =
        api.document(groupVersion)
            .orElseThrow(
                () ->
                    StatusError.of(
                        404, "NotFound", "no group and version is called " + groupVersion));
    Optional<String> hash = request.param("hash");
    if (hash.isPresent() && !hash.get().equals(document.hash())) {
      return HttpResponse.create()
          .withStatus(301)
          .addHeader(RawHeader.create("Location", OpenApi.address(groupVersion, document)));
    }
    return answer(document, request, hash.isPresent() ? FOR_EVER : ASK_AGAIN);
  }

  /** There is no other form: a client that prefers protobuf has to name JSON, too. */
  private static void requireJson(ApiRequest request) {
    if (Accepted.of(request.header("Accept")).yaml()) {
      throw StatusError.of(406, "NotAcceptable", "only application/json is served here");
    }
  }

  private static HttpResponse answer(Document document, ApiRequest request, String caching) {
    String tag = '"' + document.hash() + '"';
    boolean known =
        request.header("If-None-Match").filter(given -> given.contains(tag)).isPresent();
    HttpResponse response =
        HttpResponse.create()
            .addHeader(RawHeader.create("ETag", tag))
            .addHeader(RawHeader.create("Cache-Control", caching))
            .addHeader(RawHeader.create("Vary", "Accept"));
    return known
        ? response.withStatus(304)
        : response.withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, document.bytes()));
  }
}
