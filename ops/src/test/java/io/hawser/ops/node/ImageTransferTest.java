package io.hawser.ops.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.cluster.security.NodeTls;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.ImageHolder;
import io.hawser.runtime.image.registry.ImageServer;
import io.hawser.runtime.image.registry.Puller;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.RetryPolicy;
import io.hawser.runtime.image.registry.TransferProgress;
import io.hawser.runtime.image.store.References;
import io.hawser.scheduler.security.CertificateAuthority;
import io.hawser.scheduler.security.NodeCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images between nodes that know each other by the cluster's own authority. */
class ImageTransferTest {
  private static final String NAME = "docker.io/library/web:1";
  private static final String TOKEN = "t0k3n";

  private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
  @TempDir Path dir;
  private StoredImage image;
  private ImageServer server;

  @BeforeEach
  void serve() throws IOException {
    Path root = Files.createDirectories(dir.resolve("root"));
    Files.writeString(root.resolve("file"), "content");
    Images images = Images.open(dir.resolve("first"));
    image = images.importDirectory(NAME, root, RunConfig.EMPTY);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    Optional<SSLContext> tls = Optional.of(identity(authority, "n1"));
    server = ImageServer.start(images.library(), address, TOKEN, tls);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private SSLContext identity(CertificateAuthority by, String name) throws IOException {
    Path own = dir.resolve(name);
    Duration day = Duration.ofDays(1);
    NodeCertificates.issue(by, own, name, List.of("127.0.0.1"), Instant.now(), day);
    return NodeTls.open(own).context();
  }

  private StoredImage copy(Optional<SSLContext> as) {
    RegistrySettings settings =
        RegistrySettings.defaults()
            .withRetry(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)))
            .withCredentials(Credentials.NONE)
            .withNodeTls(as);
    ImageHolder holder =
        new ImageHolder(
            "n1",
            "127.0.0.1:" + server.address().getPort(),
            true,
            TOKEN,
            image.target().digest(),
            References.Source.LOCAL,
            1);
    return new Puller(Images.open(dir.resolve("second")).library(), settings)
        .copy(ImageName.parse(NAME), List.of(holder), TransferProgress.SILENT);
  }

  @Test
  void imageTravelsBetweenNodesOfOneAuthority() throws IOException {
    StoredImage copied = copy(Optional.of(identity(authority, "n2")));
    assertThat(copied.manifest()).isEqualTo(image.manifest());
    assertThat(Images.open(dir.resolve("second")).library().layers().findAll(copied.diffIds()))
        .hasValueSatisfying(
            layers -> assertThat(layers.get(0).directory().resolve("file")).hasContent("content"));
  }

  @Test
  void nobodyElseIsServed() throws IOException {
    SSLContext stranger = identity(CertificateAuthority.create(Instant.now()), "n3");
    for (Optional<SSLContext> who : List.of(Optional.of(stranger), Optional.<SSLContext>empty())) {
      assertThatThrownBy(() -> copy(who))
          .isInstanceOf(ImageFault.class)
          .hasMessageContaining("no trusted connection");
    }
    assertThat(Images.open(dir.resolve("second")).list()).isEmpty();
  }
}
