package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** Answers in the shapes the API has. */
final class Responses {
  private static final ContentType YAML =
      MediaTypes.applicationWithOpenCharset("yaml", "yaml")
          .toContentType(org.apache.pekko.http.javadsl.model.HttpCharsets.UTF_8);

  private Responses() {}

  static HttpResponse ok(JsonNode body) {
    return of(200, body, Accepted.JSON);
  }

  static HttpResponse of(int code, JsonNode body, Accepted accepted) {
    return accepted.yaml()
        ? HttpResponse.create()
            .withStatus(code)
            .withEntity(HttpEntities.create(YAML, Json.yamlBytes(body)))
        : HttpResponse.create()
            .withStatus(code)
            .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, Json.bytes(body)));
  }

  static HttpResponse text(int code, String text) {
    return HttpResponse.create()
        .withStatus(code)
        .withEntity(HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, text));
  }

  static HttpResponse stream(ContentType type, Source<ByteString, ?> bytes) {
    return HttpResponse.create().withEntity(HttpEntities.createChunked(type, bytes));
  }

  static HttpResponse error(StatusError error) {
    HttpResponse response = of(error.code(), error.toJson(), Accepted.JSON);
    if (error.code() == 401) {
      response = response.addHeader(RawHeader.create("WWW-Authenticate", "Bearer"));
    }
    if (error.retryAfterSeconds().isPresent()) {
      response =
          response.addHeader(
              RawHeader.create(
                  "Retry-After", Integer.toString(error.retryAfterSeconds().getAsInt())));
    }
    return response;
  }
}
