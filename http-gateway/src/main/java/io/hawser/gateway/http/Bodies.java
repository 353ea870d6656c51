package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.Limits;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Protobuf;
import io.hawser.gateway.wire.StatusError;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.RequestEntity;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;

/** Reads request bodies, bounded in size and time. */
final class Bodies {
  private final ActorSystem<?> system;
  private final Materializer materializer;

  Bodies(ActorSystem<?> system) {
    this.system = system;
    this.materializer = Materializer.matFromSystem(system);
  }

  Materializer materializer() {
    return materializer;
  }

  /**
   * @return fails with 413 beyond {@link Limits#MAX_BODY_BYTES}, with 408 when it comes too slowly
   */
  CompletionStage<byte[]> bytes(ApiRequest request) {
    RequestEntity entity = request.http().entity();
    long announced = entity.getContentLengthOption().orElse(0);
    if (announced > Limits.MAX_BODY_BYTES) {
      return CompletableFuture.failedFuture(tooLarge());
    }
    return entity
        .withSizeLimit(Limits.MAX_BODY_BYTES)
        .toStrict(Limits.BODY_TIMEOUT.toMillis(), Limits.MAX_BODY_BYTES, system)
        .handleAsync(
            (strict, failure) -> {
              if (failure != null) {
                throw explain(failure);
              }
              return strict.getData().toArray();
            },
            system.executionContext());
  }

  private static StatusError tooLarge() {
    return StatusError.of(
        413,
        "RequestEntityTooLarge",
        "the request's body is larger than the limit of "
            + Limits.MAX_BODY_BYTES
            + " bytes (1 MiB)");
  }

  private static RuntimeException explain(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof EntityStreamSizeException) {
      return tooLarge();
    } else if (cause instanceof TimeoutException) {
      return StatusError.of(
          408,
          "Timeout",
          "the request's body did not arrive within " + Limits.BODY_TIMEOUT.toSeconds() + " s");
    }
    return new CompletionException(cause);
  }

  /**
   * The body as a tree.
   *
   * @return fails with 400 when it can't be read, with 415 for another type than JSON, YAML and
   *     protobuf
   */
  CompletionStage<JsonNode> tree(ApiRequest request) {
    String type = request.contentType();
    return bytes(request).thenApply(bytes -> parse(type, bytes));
  }

  /**
   * The body as one of Hawser's own objects.
   *
   * @param kind what a refusal calls it
   * @param read takes the fields; whatever it leaves is refused by name
   * @return fails as {@link #tree}, and with 422 that names every wrong field
   */
  <T> CompletionStage<T> read(ApiRequest request, String kind, Function<Fields, T> read) {
    return tree(request)
        .thenApply(
            tree -> {
              Causes causes = new Causes();
              Fields fields = Fields.of(Documents.requireObject(tree), causes);
              T object = read.apply(fields);
              fields.end();
              causes.throwIfAny(new StatusError.Subject("hawser.io", kind, ""));
              return object;
            });
  }

  static JsonNode parse(String type, byte[] bytes) {
    return switch (type) {
      case "application/json" -> Documents.parseJson(bytes);
      case "application/vnd.kubernetes.protobuf" -> Protobuf.parse(bytes);
      case "application/yaml", "application/x-yaml", "text/yaml" -> Documents.parseYaml(bytes);
      default -> throw unsupported(type, "application/json, application/yaml");
    };
  }

  static StatusError unsupported(String type, String supported) {
    return StatusError.of(
        415,
        "UnsupportedMediaType",
        "the body's type " + type + " is not supported here; expected one of: " + supported);
  }
}
