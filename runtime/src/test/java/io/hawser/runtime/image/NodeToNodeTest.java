package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.ImageStore.Fetched;
import io.hawser.runtime.ImageStore.Wanted;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.registry.Credential;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.ImageHolder;
import io.hawser.runtime.image.registry.ImageServer;
import io.hawser.runtime.image.registry.PullPolicy;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.RetryPolicy;
import io.hawser.runtime.image.registry.ServedImages;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeToNodeTest {
  @TempDir Path directory;
  private Images first;
  private Images second;
  private ImageServer server;

  @BeforeEach
  void start() throws Exception {
    first = Images.open(directory.resolve("first"));
    second = Images.open(directory.resolve("second"));
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    server = ImageServer.start(first.library(), address, "t0k3n", Optional.empty());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static RegistrySettings settings() {
    return RegistrySettings.defaults()
        .withRetry(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)))
        .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5))
        .withCredentials(Credentials.NONE);
  }

  /** What the first node would answer when it is asked for the image. */
  private List<ImageHolder> first(String name, String token) {
    return first.library().reference(name).stream()
        .map(
            r ->
                new ImageHolder(
                    "n1",
                    "127.0.0.1:" + server.address().getPort(),
                    false,
                    token,
                    r.target().digest(),
                    r.source(),
                    r.updatedEpochMillis()))
        .toList();
  }

  private static Wanted wanted(
      String name, PullPolicy policy, RegistrySettings settings, Credentials secrets) {
    return new Wanted(name, policy, settings, secrets, List::of, () -> {});
  }

  private static final String NAME = "127.0.0.1:1/team/app:1";

  private void make(String content) {
    ImagesTest.layered(first.library(), NAME, new TarBytes().file("f", content).toBytes());
  }

  private Fetched fetch(PullPolicy policy, List<ImageHolder> holders) {
    return new LayeredImageStore(second.library())
        .fetch(new Wanted(NAME, policy, settings(), Credentials.NONE, () -> holders, () -> {}));
  }

  @Test
  void imageOfOneNodeReachesAnotherWithoutARegistry() {
    make("content");
    Fetched copy = fetch(PullPolicy.IF_NOT_PRESENT, first(NAME, "t0k3n"));
    assertThat(copy.image().layers().get(0).resolve("f")).hasContent("content");
    assertThat(copy.how()).contains("Successfully copied", "from node n1");
    assertThat(fetch(PullPolicy.IF_NOT_PRESENT, List.of()).how()).contains("already present");
  }

  @Test
  void imageMadeInTheClusterIsFollowedByAlwaysWithoutARegistry() {
    make("old");
    fetch(PullPolicy.ALWAYS, first(NAME, "t0k3n"));
    make("new");
    Fetched stale = fetch(PullPolicy.IF_NOT_PRESENT, first(NAME, "t0k3n"));
    assertThat(stale.image().layers().get(0).resolve("f")).hasContent("old");
    Fetched fresh = fetch(PullPolicy.ALWAYS, first(NAME, "t0k3n"));
    assertThat(fresh.image().layers().get(0).resolve("f")).hasContent("new");
    assertThat(fetch(PullPolicy.ALWAYS, first(NAME, "t0k3n")).how()).contains("already present");
  }

  @Test
  void withoutTheTokenNothingIsServed() {
    make("x");
    assertThatThrownBy(() -> fetch(PullPolicy.ALWAYS, first(NAME, "wrong")))
        .hasMessageContaining("does not accept");
  }

  @Test
  void whatANodeServesMustHaveTheDigestItNamed() {
    make("x");
    ImageHolder holder = first(NAME, "t0k3n").get(0);
    Digest other = Digest.of(new byte[] {1});
    ImageHolder liar =
        new ImageHolder("n1", holder.host(), false, "t0k3n", other, holder.source(), 1);
    assertThatThrownBy(() -> fetch(PullPolicy.ALWAYS, List.of(liar)))
        .isInstanceOf(ImageFault.class);
    assertThat(second.list()).isEmpty();
  }

  @Test
  void servedPathsLeadNowhereElse() throws Exception {
    ServedImages served = new ServedImages(first.library());
    Files.writeString(directory.resolve("secret"), "x");
    for (String path :
        List.of(
            "/v2/x/y/blobs/../../secret",
            "/v2/x/y/blobs/sha256:" + "0".repeat(64),
            "/v2/x/y/blobs/sha256:..",
            "/etc/passwd",
            "/v2/x/y/tags/list")) {
      assertThat(served.answer(path, Optional.empty()).file()).isEmpty();
      assertThat(served.answer(path, Optional.empty()).status()).isBetween(400, 404);
    }
  }

  @Test
  void policiesMeanWhatTheyMeanInKubernetes() throws Exception {
    ImageName latest = ImageName.parse("app");
    assertThat(PullPolicy.of(Optional.empty(), latest)).isEqualTo(PullPolicy.ALWAYS);
    assertThat(PullPolicy.of(Optional.empty(), ImageName.parse("app:1")))
        .isEqualTo(PullPolicy.IF_NOT_PRESENT);
    assertThatThrownBy(() -> PullPolicy.of(Optional.of("Sometimes"), latest))
        .hasMessageContaining("expected Always, IfNotPresent or Never");
    assertThatThrownBy(() -> fetch(PullPolicy.NEVER, List.of()))
        .isInstanceOfSatisfying(
            ImageFault.class, e -> assertThat(e.reason()).isEqualTo("ErrImageNeverPull"));
  }

  @Test
  void privateImageIsNotOpenToPodsWithoutTheSecret() throws Exception {
    try (FakeRegistry registry = new FakeRegistry()) {
      registry.putImage("a", "1", Platform.here(), new TarBytes().file("f", "x").toBytes());
      registry.faults.add(
          e -> {
            if (e.getRequestHeaders().containsKey("Authorization")) {
              return false;
            }
            e.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"r\"");
            return FakeRegistry.answer(e, 401, "");
          });
      String name = registry.host() + "/a:1";
      LayeredImageStore store = new LayeredImageStore(second.library());
      Credentials secret = (r, p) -> Optional.of(new Credential("me", "secret"));
      Wanted with = wanted(name, PullPolicy.IF_NOT_PRESENT, settings(), secret);
      store.fetch(with);
      long asked = registry.requests.size();
      assertThat(store.fetch(with).how()).contains("already present");
      assertThat(registry.requests)
          .as("a known credential is not asked about again")
          .hasSize((int) asked);
      ServedImages served = new ServedImages(second.library());
      String digest = second.inspect(name).manifest().digest().toString();
      for (String reference : List.of("1", digest)) {
        String path = "/v2/" + registry.host() + "/a/manifests/" + reference;
        assertThat(served.answer(path, Optional.empty()).status()).isEqualTo(404);
      }
      for (PullPolicy policy : PullPolicy.values()) {
        Wanted without = wanted(name, policy, settings(), Credentials.NONE);
        assertThatThrownBy(() -> store.fetch(without))
            .isInstanceOfSatisfying(
                ImageFault.class,
                e -> assertThat(e.kind()).isEqualTo(ImageFault.Kind.UNAUTHORIZED));
      }
    }
  }
}
