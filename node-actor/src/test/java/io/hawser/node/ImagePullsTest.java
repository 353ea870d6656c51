package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.model.PodContainer;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.image.ImageFault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ImagePullsTest {
  private final ExecutorService quick = Executors.newSingleThreadExecutor();
  private final ExecutorService slow = Executors.newFixedThreadPool(2);
  private final SlowStore store = new SlowStore();
  private final ImagePulls pulls = new ImagePulls(store, NodeImages.PLAIN, quick, slow);
  private final PodContainer container = Pods.container("main");

  @AfterEach
  void stop() {
    store.gate.countDown();
    quick.shutdownNow();
    slow.shutdownNow();
  }

  /** Its images are not here, and the network gives them when the test says so. */
  private static final class SlowStore implements ImageStore {
    final CountDownLatch gate = new CountDownLatch(1);
    final AtomicInteger downloads = new AtomicInteger();
    volatile Optional<ImageFault> failure = Optional.empty();

    @Override
    public Fetched fetch(Wanted wanted) {
      wanted.beforeLongWork().run();
      downloads.incrementAndGet();
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      failure.ifPresent(
          f -> {
            throw f;
          });
      return new Fetched(find(wanted.name()).orElseThrow(), "pulled");
    }

    @Override
    public Image importDirectory(String reference, Path root, ImageConfig config) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Image> find(String reference) {
      ImageConfig none = new ImageConfig(List.of(), List.of(), List.of(), "", "", "");
      return Optional.of(new Image(reference, "sha256:x", none, 1, List.of(Path.of("/"))));
    }

    @Override
    public List<Image> list() {
      return List.of();
    }
  }

  private static <T> T soon(java.util.concurrent.Future<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  @Test
  void imageIsPulledOnceHoweverManyPodsWantIt() throws Exception {
    List<ImagePulls.Flight> flights = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      flights.add(pulls.get(container, List.of()));
    }
    for (ImagePulls.Flight flight : flights) {
      soon(flight.begun());
    }
    store.gate.countDown();
    for (ImagePulls.Flight flight : flights) {
      assertThat(soon(flight.result()).how()).isEqualTo("pulled");
    }
    assertThat(store.downloads).hasValue(1);
  }

  @Test
  void podsWithOtherSecretsAreAskedForSeparately() throws Exception {
    ImagePulls.Flight open = pulls.get(container, List.of());
    ImagePulls.Flight secret = pulls.get(container, List.of(new PullSecret("s", "{}")));
    store.gate.countDown();
    soon(open.result());
    soon(secret.result());
    assertThat(store.downloads).hasValue(2);
  }

  @Test
  void whoHearsOfAResultAndAsksAgainGetsANewOne() throws Exception {
    store.gate.countDown();
    ImagePulls.Flight first = pulls.get(container, List.of());
    CompletableFuture<ImagePulls.Flight> again =
        first.result().thenApply(image -> pulls.get(container, List.of()));
    soon(soon(again).result());
    assertThat(store.downloads).hasValue(2);
  }

  @Test
  void everybodyHearsOfAFailureAndTheNextOneTriesAgain() throws Exception {
    store.failure = Optional.of(new ImageFault(ImageFault.Kind.NOT_FOUND, "no such image"));
    ImagePulls.Flight first = pulls.get(container, List.of());
    ImagePulls.Flight second = pulls.get(container, List.of());
    store.gate.countDown();
    for (ImagePulls.Flight flight : List.of(first, second)) {
      assertThatThrownBy(() -> soon(flight.result())).hasMessageContaining("no such image");
    }
    store.failure = Optional.empty();
    assertThat(soon(pulls.get(container, List.of()).result()).how()).isEqualTo("pulled");
  }
}
