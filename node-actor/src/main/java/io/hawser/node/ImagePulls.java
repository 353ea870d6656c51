package io.hawser.node;

import io.hawser.model.PodContainer;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.ImageStore.Fetched;
import io.hawser.runtime.ImageStore.Wanted;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.ImageHolder;
import io.hawser.runtime.image.registry.PullPolicy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Gets images for the containers of a node. However many ask for an image at a time, it is looked
 * for and pulled once. Nothing here blocks its caller.
 */
final class ImagePulls {
  private final ImageStore images;
  private final NodeImages settings;
  private final Executor quick;
  private final Executor slow;
  private final Map<Key, Flight> flights = new ConcurrentHashMap<>();
  private volatile Function<String, CompletionStage<List<ImageHolder>>> peers =
      name -> CompletableFuture.completedFuture(List.of());

  /** Containers of the same key get the same answer. */
  private record Key(String name, PullPolicy policy, List<PullSecret> secrets) {}

  /**
   * An image on its way.
   *
   * @param begun completes when it turned out not to be here
   */
  record Flight(CompletableFuture<Fetched> result, CompletableFuture<Void> begun) {}

  /** This thread has no time for a download. */
  private static final class NotHere extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotHere() {
      super("not here", null, false, false);
    }
  }

  /**
   * @param quick for what takes milliseconds
   * @param slow for downloads
   */
  ImagePulls(ImageStore images, NodeImages settings, Executor quick, Executor slow) {
    this.images = images;
    this.settings = settings;
    this.quick = quick;
    this.slow = slow;
  }

  /** Who else may have an image, once the node's actors know the others. */
  void ask(Function<String, CompletionStage<List<ImageHolder>>> newPeers) {
    peers = newPeers;
  }

  Flight get(PodContainer container, List<PullSecret> secrets) {
    Key key = new Key(container.image(), policy(container), secrets);
    Flight fresh = new Flight(new CompletableFuture<>(), new CompletableFuture<>());
    Flight present = flights.putIfAbsent(key, fresh);
    if (present != null) {
      return present;
    }
    NodeThreads.call(quick, () -> fetch(key, ImagePulls::refuse))
        .whenComplete(
            (image, failure) -> {
              if (failure != null && NodeThreads.cause(failure) instanceof NotHere) {
                fresh.begun().complete(null);
                NodeThreads.call(slow, () -> fetch(key, () -> {}))
                    .whenComplete((late, problem) -> complete(key, fresh, late, problem));
              } else {
                complete(key, fresh, image, failure);
              }
            });
    return fresh;
  }

  private static void refuse() {
    throw new NotHere();
  }

  /** Who asks once it has ended gets a new one: what it found may be out of date. */
  private void complete(Key key, Flight flight, Fetched image, Throwable failure) {
    flights.remove(key, flight);
    if (failure == null) {
      flight.result().complete(image);
    } else {
      flight.result().completeExceptionally(NodeThreads.cause(failure));
    }
  }

  private Fetched fetch(Key key, Runnable beforeLongWork) {
    Credentials secrets = Credentials.NONE;
    for (PullSecret secret : key.secrets()) {
      secrets = secrets.or(secret.credentials());
    }
    return images.fetch(
        new Wanted(
            key.name(),
            key.policy(),
            settings.registries().get(),
            secrets,
            () -> holders(key.name()),
            beforeLongWork));
  }

  /** Who does not answer in time has nothing. */
  private List<ImageHolder> holders(String name) {
    try {
      return peers
          .apply(name)
          .toCompletableFuture()
          .get(NodeLimits.PEERS_ANSWER.toMillis() * 2, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
      return List.of();
    }
  }

  private static PullPolicy policy(PodContainer container) {
    return switch (container.imagePullPolicy()) {
      case ALWAYS -> PullPolicy.ALWAYS;
      case IF_NOT_PRESENT -> PullPolicy.IF_NOT_PRESENT;
      case NEVER -> PullPolicy.NEVER;
    };
  }
}
