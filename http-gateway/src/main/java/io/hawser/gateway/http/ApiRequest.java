package io.hawser.gateway.http;

import io.hawser.gateway.wire.StatusError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.Query;

/** A request's method, path and parameters, read once. */
final class ApiRequest {
  private final HttpRequest request;
  private final String method;
  private final List<String> segments;
  private final Query query;

  ApiRequest(HttpRequest request) {
    this.request = request;
    this.method = request.method().name();
    this.query = request.getUri().query();
    this.segments = new ArrayList<>();
    request.getUri().pathSegments().forEach(segments::add);
    segments.removeIf(String::isEmpty);
  }

  HttpRequest http() {
    return request;
  }

  String method() {
    return method;
  }

  /** The path's parts between its slashes, decoded. */
  List<String> segments() {
    return segments;
  }

  String path() {
    return "/" + String.join("/", segments);
  }

  /** A query parameter; an empty one counts as absent. */
  Optional<String> param(String name) {
    return query.get(name).filter(v -> !v.isEmpty());
  }

  List<String> params(String name) {
    return query.getAll(name);
  }

  /**
   * @throws StatusError 400 unless it is true, false, 1 or 0
   */
  boolean flag(String name) {
    String value = param(name).orElse("false").toLowerCase(Locale.ROOT);
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw StatusError.badRequest(name + ": expected true or false, got " + value);
    };
  }

  /**
   * @throws StatusError 400 unless it is a whole number, 0 or more
   */
  Optional<Long> number(String name) {
    return param(name)
        .map(
            value -> {
              if (!value.matches("\\d{1,18}")) {
                throw StatusError.badRequest(
                    name + ": expected a whole number, 0 or more, got " + value);
              }
              return Long.parseLong(value);
            });
  }

  Optional<String> header(String name) {
    return request.getHeader(name).map(HttpHeader::value);
  }

  /** The media type of the body, in lower case and without parameters. */
  String contentType() {
    String type = request.entity().getContentType().mediaType().toString();
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }
}
