package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.registry.Credential;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.DockerConfig;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.RetryPolicy;
import io.hawser.runtime.image.registry.TransferProgress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullerTest {
  private static final Platform HERE = Platform.here();
  private static final Platform ELSEWHERE = new Platform("linux", "riscv64");

  @TempDir Path directory;
  private FakeRegistry registry;
  private Images images;
  private RegistrySettings settings;
  private final CountDownLatch ended = new CountDownLatch(1);

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry();
    images = Images.open(directory);
    settings =
        RegistrySettings.defaults()
            .withCredentials(Credentials.NONE)
            .withRetry(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(50)))
            .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5));
  }

  @AfterEach
  void stop() {
    ended.countDown();
    registry.close();
  }

  private StoredImage pull(String rest) {
    return images.pull(
        registry.host() + "/" + rest, Optional.empty(), settings, TransferProgress.SILENT);
  }

  private AbstractThrowableAssert<?, ?> refusal(ImageFault.Kind kind, String rest) {
    return assertThatThrownBy(() -> pull(rest))
        .isInstanceOfSatisfying(
            ImageFault.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  private static byte[] tar(String name) {
    return new TarBytes().file(name, name).toBytes();
  }

  /** A layer that does not shrink when packed. */
  private static byte[] largeTar() {
    byte[] noise = new byte[400_000];
    new Random(1).nextBytes(noise);
    return new TarBytes().file("noise", Base64.getEncoder().encodeToString(noise)).toBytes();
  }

  @Test
  void imageIsPulledOnceAndReadyToRun() {
    registry.putImage("a/b", "1", HERE, tar("below"), tar("above"));
    pull("a/b:1");
    ImageStore.Image image =
        new LayeredImageStore(images.library()).find(registry.host() + "/a/b:1").orElseThrow();
    assertThat(image.layers().get(0).resolve("above")).hasContent("above");
    registry.requests.clear();
    pull("a/b:1");
    assertThat(registry.requests).containsExactly("GET /v2/a/b/manifests/1");
  }

  @Test
  void indexGivesThisMachinesManifest() {
    Descriptor ours = registry.putImage("a", "amd", HERE, tar("ours"));
    Descriptor theirs = registry.putImage("a", "risc", ELSEWHERE, tar("theirs"));
    Descriptor index = registry.putIndex("a", "1", theirs, ours);
    StoredImage image = pull("a:1");
    assertThat(image.manifest().digest()).isEqualTo(ours.digest());
    assertThat(image.target().digest()).isEqualTo(index.digest());
    assertThat(images.list()).hasSize(1);
    registry.putIndex("a", "2", theirs);
    refusal(ImageFault.Kind.NO_PLATFORM, "a:2")
        .hasMessageContaining("has no manifest for " + HERE + "; it has linux/riscv64");
  }

  @Test
  void digestPinsTheContent() {
    Descriptor good = registry.putImage("a", "1", HERE, tar("good"));
    assertThat(pull("a@" + good.digest()).manifest().digest()).isEqualTo(good.digest());
    Digest wrong = Digest.of(new byte[] {1});
    registry.put("a/manifests/" + wrong, MediaTypes.OCI_MANIFEST, new byte[] {'{', '}'});
    refusal(ImageFault.Kind.CORRUPT, "a@" + wrong).hasMessageContaining("instead of " + wrong);
  }

  @Test
  void brokenOffLayerIsResumedAtItsOffset() {
    registry.putImage("a", "1", HERE, largeTar());
    AtomicInteger cuts = new AtomicInteger();
    registry.faults.add(
        e -> isLayer(e) && cuts.getAndIncrement() == 0 && registry.cutOff(e, 100_000));
    pull("a:1");
    assertThat(registry.count("blobs.*bytes=\\d+-")).isEqualTo(1);
    assertThat(cuts).hasValue(2);
  }

  private static boolean isLayer(HttpExchange exchange) {
    return exchange.getRequestURI().getPath().contains("/blobs/") && !isConfig(exchange);
  }

  /** The config is the first blob asked for and tiny; layers of these tests are large. */
  private static boolean isConfig(HttpExchange exchange) {
    return CONFIGS.contains(exchange.getRequestURI().getPath())
        || CONFIGS.isEmpty() && CONFIGS.add(exchange.getRequestURI().getPath());
  }

  private static final java.util.Set<String> CONFIGS =
      java.util.concurrent.ConcurrentHashMap.newKeySet();

  @BeforeEach
  void forgetConfigs() {
    CONFIGS.clear();
  }

  @Test
  void layerThatIsAlwaysCutOffAtTheSamePlaceIsGivenUp() {
    registry.putImage("a", "1", HERE, largeTar());
    registry.faults.add(e -> isLayer(e) && registry.cutOff(e, 0));
    refusal(ImageFault.Kind.REGISTRY_UNAVAILABLE, "a:1");
    // Java's client repeats a GET by itself when a kept connection turns out closed.
    assertThat(registry.count("/blobs/")).isBetween(1 + 3L, 1 + 2 * 3L);
  }

  @Test
  void layerWithOtherContentIsRefused() {
    registry.putImage("a", "1", HERE, largeTar());
    registry.faults.add(e -> isLayer(e) && FakeRegistry.answer(e, 200, "not what was announced"));
    assertThatThrownBy(() -> pull("a:1")).isInstanceOf(ImageFault.class);
    assertThat(images.list()).isEmpty();
    registry.faults.clear();
    assertThat(pull("a:1").diffIds()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "401, UNAUTHORIZED",
    "403, UNAUTHORIZED",
    "404, NOT_FOUND",
    "429, RATE_LIMITED",
    "500, REGISTRY_UNAVAILABLE",
    "503, REGISTRY_UNAVAILABLE",
    "400, BAD_INPUT"
  })
  void everyRefusalHasItsKindAndNamesTheRegistry(int status, ImageFault.Kind kind) {
    registry.faults.add(
        e ->
            FakeRegistry.answer(
                e, status, "{\"errors\":[{\"code\":\"SOME\",\"message\":\"said why\"}]}"));
    refusal(kind, "a:1")
        .hasMessageContaining("pull of " + registry.host() + "/a:1 from " + registry.host())
        .hasMessageContaining("answered " + status);
    assertThat(registry.requests).hasSize(status == 429 || status >= 500 ? 3 : 1);
  }

  @Test
  void passingErrorsAreTriedAgainAfterTheTimeAskedFor() {
    registry.putImage("a", "1", HERE, tar("f"));
    AtomicInteger errors = new AtomicInteger();
    registry.faults.add(
        e -> {
          if (errors.getAndIncrement() >= 2) {
            return false;
          }
          e.getResponseHeaders().set("Retry-After", "1");
          return FakeRegistry.answer(e, 429, "");
        });
    assertThat(pull("a:1").diffIds()).hasSize(1);
  }

  @Test
  void manifestWithoutEndIsNotRead() {
    registry.faults.add(
        e -> {
          e.getResponseHeaders().set("Content-Type", MediaTypes.OCI_MANIFEST);
          e.sendResponseHeaders(200, 1L << 30);
          byte[] block = new byte[1 << 16];
          try {
            for (int i = 0; i < 1 << 14; i++) {
              e.getResponseBody().write(block);
            }
          } catch (IOException hungUp) {
            // As it should.
          }
          return true;
        });
    refusal(ImageFault.Kind.TOO_LARGE, "a:1").hasMessageContaining("1073741824 bytes; at most");
  }

  @Test
  void silentRegistryIsGivenUpInTime() {
    settings =
        settings
            .withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(200), Duration.ofMillis(200))
            .withRetry(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)));
    registry.faults.add(this::untilTheEnd);
    refusal(ImageFault.Kind.REGISTRY_UNAVAILABLE, "a:1").hasMessageContaining("in time");
  }

  @Test
  void contentThatStallsIsGivenUpInTime() {
    registry.putImage("a", "1", HERE, largeTar());
    settings =
        settings
            .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(300))
            .withRetry(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)));
    registry.faults.add(
        e -> {
          if (!isLayer(e)) {
            return false;
          }
          e.sendResponseHeaders(200, 300_000);
          e.getResponseBody().write(new byte[10]);
          e.getResponseBody().flush();
          return untilTheEnd(e);
        });
    refusal(ImageFault.Kind.REGISTRY_UNAVAILABLE, "a:1").hasMessageContaining("nothing came");
  }

  private boolean untilTheEnd(HttpExchange exchange) throws IOException {
    try {
      ended.await(30, TimeUnit.SECONDS);
      return true;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void nobodyListening() {
    String host = registry.host();
    registry.close();
    assertThatThrownBy(
            () -> images.pull(host + "/a", Optional.empty(), settings, TransferProgress.SILENT))
        .hasMessageContaining(host + ": no connection")
        .hasMessageContaining("tried 3 times");
  }

  @Test
  void tokenIsFetchedForTheRepositoryWithTheUsersCredential() throws IOException {
    registry.putImage("team/app", "1", HERE, tar("f"));
    registry.faults.add(this::tokenServer);
    refusal(ImageFault.Kind.UNAUTHORIZED, "team/app:1").hasMessageContaining("without a login");

    String config =
        "{\"auths\":{\"http://"
            + registry.host()
            + "/\":{\"auth\":\""
            + base64("me:secret")
            + "\"}}}";
    settings =
        settings.withCredentials(
            DockerConfig.parse(config.getBytes(StandardCharsets.UTF_8), "test"));
    assertThat(pull("team/app:1").diffIds()).hasSize(1);

    settings = settings.withCredentials((r, p) -> Optional.of(new Credential("me", "wrong")));
    images.library().references().remove(ImageName.parse(registry.host() + "/team/app:1"));
    refusal(ImageFault.Kind.UNAUTHORIZED, "team/app:1")
        .hasMessageContaining("does not accept the credentials for " + registry.host())
        .hasMessageNotContaining("wrong");
  }

  private boolean tokenServer(HttpExchange exchange) throws IOException {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (exchange.getRequestURI().getPath().equals("/token")) {
      assertThat(exchange.getRequestURI().getQuery())
          .contains("service=the service")
          .contains("scope=repository:team/app:pull");
      boolean known = ("Basic " + base64("me:secret")).equals(authorization);
      return FakeRegistry.answer(exchange, known ? 200 : 401, "{\"token\":\"t0k3n\"}");
    }
    if ("Bearer t0k3n".equals(authorization)) {
      return false;
    }
    exchange
        .getResponseHeaders()
        .set(
            "WWW-Authenticate",
            "Bearer realm=\"" + registry.url() + "/token\",service=\"the service\"");
    return FakeRegistry.answer(exchange, 401, "");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void basicAuthenticationIsAnswered() {
    registry.putImage("a", "1", HERE, tar("f"));
    registry.faults.add(
        e -> {
          if (("Basic " + base64("me:secret"))
              .equals(e.getRequestHeaders().getFirst("Authorization"))) {
            return false;
          }
          e.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"r\"");
          return FakeRegistry.answer(e, 401, "");
        });
    refusal(ImageFault.Kind.UNAUTHORIZED, "a:1").hasMessageContaining("no credentials for");
    settings = settings.withCredentials((r, p) -> Optional.of(new Credential("me", "secret")));
    assertThat(pull("a:1").diffIds()).hasSize(1);
  }

  @Test
  void redirectToAnotherHostCarriesNoCredential() throws IOException {
    registry.putImage("a", "1", HERE, tar("f"));
    settings = settings.withCredentials((r, p) -> Optional.of(new Credential("me", "secret")));
    try (FakeRegistry storage = new FakeRegistry()) {
      storage.putImage("a", "1", HERE, tar("f"));
      storage.faults.add(
          e -> {
            assertThat(e.getRequestHeaders().containsKey("Authorization")).isFalse();
            return false;
          });
      registry.faults.add(
          e -> {
            if (e.getRequestHeaders().getFirst("Authorization") == null) {
              e.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"r\"");
              return FakeRegistry.answer(e, 401, "");
            }
            if (!e.getRequestURI().getPath().contains("/blobs/")) {
              return false;
            }
            e.getResponseHeaders().set("Location", storage.url() + e.getRequestURI().getPath());
            return FakeRegistry.answer(e, 307, "");
          });
      assertThat(pull("a:1").diffIds()).hasSize(1);
      assertThat(storage.count("/blobs/")).isEqualTo(2);
    }
  }

  @Test
  void mirrorIsAskedFirstAndPassedOverWhenItFails() {
    registry.putImage("hub/library/app", "1", HERE, tar("f"));
    String dead = "127.0.0.1:1";
    settings =
        settings.withMirrors(
            Map.of(
                "docker.io",
                List.of(
                    new RegistrySettings.Mirror(dead, ""),
                    RegistrySettings.Mirror.parse(registry.url() + "/hub"))));
    StoredImage image = images.pull("app:1", Optional.empty(), settings, TransferProgress.SILENT);
    assertThat(image.name()).isEqualTo("docker.io/library/app:1");
  }

  @Test
  void eightPullsOfOneImageFetchItsBlobsOnce() throws Exception {
    registry.putImage("a", "1", HERE, largeTar(), tar("x"));
    var threads = java.util.concurrent.Executors.newFixedThreadPool(8);
    try {
      var all =
          java.util.stream.IntStream.range(0, 8)
              .mapToObj(i -> threads.submit(() -> pull("a:1")))
              .toList();
      for (var one : all) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(registry.count("/blobs/")).isEqualTo(3);
  }

  @Test
  void progressIsTold() {
    Descriptor manifest = registry.putImage("a", "1", HERE, largeTar());
    var stages = java.util.concurrent.ConcurrentHashMap.<TransferProgress.Stage>newKeySet();
    images.pull(
        registry.host() + "/a@" + manifest.digest(),
        Optional.empty(),
        settings,
        (blob, stage, bytes, of) -> {
          assertThat(bytes).isLessThanOrEqualTo(of);
          stages.add(stage);
        });
    assertThat(stages)
        .contains(
            TransferProgress.Stage.MOVING,
            TransferProgress.Stage.MOVED,
            TransferProgress.Stage.UNPACKED);
  }
}
