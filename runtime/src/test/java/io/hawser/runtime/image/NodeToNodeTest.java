package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.registry.Credential;
import io.hawser.runtime.image.registry.ImageServer;
import io.hawser.runtime.image.registry.PullPolicy;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.RetryPolicy;
import io.hawser.runtime.image.registry.ServedImages;
import io.hawser.runtime.image.registry.TransferProgress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    server = ImageServer.start(first.library(), address, "t0k3n");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private RegistrySettings settings(String token) {
    String host = "127.0.0.1:" + server.address().getPort();
    return RegistrySettings.defaults()
        .withRetry(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)))
        .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5))
        .withMirrors(
            Map.of(RegistrySettings.ANY_REGISTRY, List.of(RegistrySettings.Mirror.parse(host))))
        .withCredentials(
            (registry, repository) ->
                registry.equals(host)
                    ? Optional.of(new Credential(ImageServer.USER, token))
                    : Optional.empty());
  }

  @Test
  void imageOfOneNodeReachesAnotherWithoutARegistry() {
    StoredImage image =
        ImagesTest.layered(
            first.library(),
            "127.0.0.1:1/team/app:1",
            new TarBytes().file("f", "content").toBytes());
    StoredImage pulled =
        second.ensure("127.0.0.1:1/team/app:1", PullPolicy.IF_NOT_PRESENT, settings("t0k3n"));
    assertThat(pulled.manifest()).isEqualTo(image.manifest());
    assertThat(
            new LayeredImageStore(second.library())
                .find("127.0.0.1:1/team/app:1")
                .orElseThrow()
                .root()
                .resolve("f"))
        .hasContent("content");
  }

  @Test
  void withoutTheTokenNothingIsServed() {
    ImagesTest.layered(
        first.library(), "127.0.0.1:1/app:1", new TarBytes().file("f", "x").toBytes());
    assertThatThrownBy(
            () ->
                second.pull(
                    "127.0.0.1:1/app:1",
                    Optional.empty(),
                    settings("wrong"),
                    TransferProgress.SILENT))
        .hasMessageContaining("does not accept the credentials");
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
    assertThatThrownBy(() -> second.ensure("app:1", PullPolicy.NEVER, RegistrySettings.defaults()))
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
      RegistrySettings with =
          settings("")
              .withMirrors(Map.of())
              .withCredentials((r, p) -> Optional.of(new Credential("me", "secret")));
      RegistrySettings without = with.withCredentials((r, p) -> Optional.empty());
      second.ensure(name, PullPolicy.IF_NOT_PRESENT, with);
      assertThat(second.ensure(name, PullPolicy.IF_NOT_PRESENT, with).diffIds()).hasSize(1);
      ServedImages served = new ServedImages(second.library());
      String digest = second.inspect(name).manifest().digest().toString();
      for (String reference : List.of("1", digest)) {
        String path = "/v2/" + registry.host() + "/a/manifests/" + reference;
        assertThat(served.answer(path, Optional.empty()).status()).isEqualTo(404);
      }
      for (PullPolicy policy : PullPolicy.values()) {
        assertThatThrownBy(() -> second.ensure(name, policy, without))
            .isInstanceOfSatisfying(
                ImageFault.class,
                e -> assertThat(e.kind()).isEqualTo(ImageFault.Kind.UNAUTHORIZED));
      }
    }
  }
}
