package io.hawser.gateway.http;

import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.gateway.Limits;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.wire.StatusError;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Changes worked out from the object as this gateway sees it: what loses a race is worked out anew
 * once the winner's change is seen here, {@link Limits#PATCH_ATTEMPTS} times in all.
 */
final class Races {
  /** How long a conflicting change may take to reach this gateway's replica. */
  private static final Duration RACE_WAIT = Duration.ofMillis(500);

  private final ClusterAccess cluster;

  Races(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  /**
   * One change of one object.
   *
   * @param pinned its client named the version it knows and wants to hear of a conflict
   * @param once works it out and asks for it; what it throws itself is final
   */
  record Change<T>(
      Resource<T> resource,
      ApiPath path,
      boolean pinned,
      Function<View, CompletionStage<HttpResponse>> once) {
    Optional<T> find(View view) {
      return resource.find(view.state(), path.namespace(), path.name().orElseThrow());
    }
  }

  <T> CompletionStage<HttpResponse> run(Change<T> change) {
    return cluster.view().thenCompose(view -> attempt(change, view, 1));
  }

  private <T> CompletionStage<HttpResponse> attempt(Change<T> change, View view, int attempt) {
    boolean last = change.pinned() || attempt >= Limits.PATCH_ATTEMPTS;
    Optional<T> seen = change.find(view);
    return change
        .once()
        .apply(view)
        .handle(
            (response, failure) -> {
              if (failure == null) {
                return CompletableFuture.completedFuture(response);
              }
              if (last || !isLost(failure, seen.isPresent())) {
                return CompletableFuture.<HttpResponse>failedFuture(failure);
              }
              return awaitChange(change, seen, view, deadlineIn(RACE_WAIT))
                  .thenCompose(newer -> attempt(change, newer, attempt + 1))
                  .toCompletableFuture();
            })
        .thenCompose(stage -> stage);
  }

  /** It was changed, made or deleted in between. */
  private static boolean isLost(Throwable failure, boolean wasThere) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof StatusError error
        && (error.reason().equals("Conflict")
            || error.reason().equals(wasThere ? "NotFound" : "AlreadyExists"));
  }

  /**
   * What another client made of the object in between, or the view after the time-out. Any other
   * change may come first: a replica that catches up after a hand-over sees many.
   */
  private <T> CompletionStage<View> awaitChange(
      Change<T> change, Optional<T> seen, View view, long deadlineNanos) {
    long left = deadlineNanos - System.nanoTime();
    if (left <= 0) {
      return CompletableFuture.completedFuture(view);
    }
    return cluster
        .await(view.state().revision() + 1, Duration.ofNanos(left))
        .thenCompose(
            newer ->
                change.find(newer).equals(seen)
                    ? awaitChange(change, seen, newer, deadlineNanos)
                    : CompletableFuture.completedFuture(newer));
  }

  private static long deadlineIn(Duration wait) {
    return System.nanoTime() + wait.toNanos();
  }
}
