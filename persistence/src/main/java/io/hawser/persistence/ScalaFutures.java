package io.hawser.persistence;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/** Java's stages as the futures Pekko's plugins return. */
final class ScalaFutures {
  private ScalaFutures() {}

  /**
   * Fails with the cause itself: persistent actors and operators should see it, not its wrapper.
   */
  static <T> Future<T> of(CompletionStage<T> stage) {
    CompletableFuture<T> plain = new CompletableFuture<>();
    stage.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            plain.complete(value);
          } else {
            plain.completeExceptionally(cause(failure));
          }
        });
    return FutureConverters.asScala(plain);
  }

  static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
