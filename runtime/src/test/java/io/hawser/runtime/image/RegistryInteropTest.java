package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.image.archive.ArchiveWriter;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.registry.Credential;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.TransferProgress;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Talks to Debian's docker-registry, and checks with Debian's skopeo, on loopback. */
class RegistryInteropTest {
  @TempDir Path directory;
  private Process registry;
  private String host;
  private Images images;
  private RegistrySettings settings = RegistrySettings.defaults().withCredentials(Credentials.NONE);

  @BeforeEach
  void open() {
    assumeTrue(
        Files.exists(Path.of("/usr/bin/docker-registry")),
        "Debian's docker-registry is not installed");
    images = Images.open(directory.resolve("images"));
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (registry != null) {
      registry.destroy();
      assertThat(registry.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void start(String extraConfig) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    host = "127.0.0.1:" + port;
    Path config = directory.resolve("registry.yml");
    Files.writeString(
        config,
        "version: 0.1\nlog: {level: error}\nstorage:\n  filesystem: {rootdirectory: "
            + directory.resolve("registry")
            + "}\nhttp:\n  addr: "
            + host
            + "\n"
            + extraConfig);
    registry =
        new ProcessBuilder("/usr/bin/docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("registry.log").toFile())
            .start();
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(this::answers);
  }

  private boolean answers() {
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + "/v2/")).build();
      HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
      return true;
    } catch (IOException e) {
      return e.getMessage() != null && e.getMessage().contains("parser");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(7).nextBytes(noise);
    return noise;
  }

  private Path run(String... command) throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin", command[0])), command[0] + " is not installed");
    Path out = Files.createTempFile(directory, "out", "");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(() -> read(out)).isZero();
    return out;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void pushedImageIsPulledElsewhereWithTheSameDigestAndSkopeoSeesIt() throws Exception {
    start("");
    StoredImage image =
        ImagesTest.layered(
            images.library(),
            "app:1",
            new TarBytes()
                .add(
                    io.hawser.runtime.image.tar.TarEntry.of("big", '0', 0644).withSize(20 << 20),
                    noise(20 << 20))
                .toBytes(),
            new TarBytes().file("small", "x").toBytes());
    String name = host + "/team/app:1";
    Descriptor pushed = images.push("app:1", Optional.of(name), settings, TransferProgress.SILENT);
    assertThat(pushed.digest()).isEqualTo(image.manifest().digest());

    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    StoredImage pulled = elsewhere.pull(name, Optional.empty(), settings, TransferProgress.SILENT);
    assertThat(pulled.manifest()).isEqualTo(image.manifest());
    assertThat(
            new LayeredImageStore(elsewhere.library())
                .find(name)
                .orElseThrow()
                .layers()
                .get(0)
                .resolve("small"))
        .hasContent("x");

    Path inspected = run("skopeo", "inspect", "--tls-verify=false", "docker://" + name);
    assertThat(Files.readString(inspected)).contains(image.manifest().digest().toString());
  }

  @Test
  void layersOfAnotherRepositoryAreMountedNotSent() throws Exception {
    start("");
    ImagesTest.layered(images.library(), host + "/one:1", new TarBytes().file("f", "x").toBytes());
    images.push(host + "/one:1", Optional.empty(), settings, TransferProgress.SILENT);
    images.tag(host + "/one:1", host + "/two:1");
    ConcurrentMap<Digest, TransferProgress.Stage> stages = new ConcurrentHashMap<>();
    StoredImage two = images.inspect(host + "/two:1");
    images.push(
        host + "/two:1", Optional.empty(), settings, (b, stage, n, of) -> stages.put(b, stage));
    assertThat(stages.get(two.content().layers().get(0).digest()))
        .isEqualTo(TransferProgress.Stage.PRESENT);
    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    assertThat(
            elsewhere
                .pull(host + "/two:1", Optional.empty(), settings, TransferProgress.SILENT)
                .id())
        .isEqualTo(two.id());
  }

  @Test
  void imageThatSkopeoPushedIsPulledWithItsDigest() throws Exception {
    start("");
    Path root = Files.createDirectories(directory.resolve("root"));
    Files.writeString(root.resolve("f"), "content");
    images.importDirectory("app:1", root, RunConfig.EMPTY);
    Path archive = directory.resolve("app.tar");
    images.save(List.of("app:1"), ArchiveWriter.Format.DOCKER_ARCHIVE, archive);
    run(
        "skopeo",
        "copy",
        "--dest-tls-verify=false",
        "docker-archive:" + archive,
        "docker://" + host + "/s:1");
    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    StoredImage pulled =
        elsewhere.pull(host + "/s:1", Optional.empty(), settings, TransferProgress.SILENT);
    assertThat(pulled.id()).isEqualTo(images.inspect("app:1").id());
  }

  @Test
  void savedImagesPassSkopeoAndUmociUnpacksTheSameTree() throws Exception {
    Path root = Files.createDirectories(directory.resolve("root"));
    Files.writeString(root.resolve("f"), "content");
    Files.createLink(root.resolve("hard"), root.resolve("f"));
    Files.createSymbolicLink(root.resolve("soft"), Path.of("f"));
    StoredImage image = images.importDirectory("app:1", root, RunConfig.EMPTY);
    Path layout = directory.resolve("layout");
    images.save(List.of("app:1"), ArchiveWriter.Format.OCI_LAYOUT, layout);
    Path inspected = run("skopeo", "inspect", "oci:" + layout + ":1");
    assertThat(Files.readString(inspected)).contains(image.manifest().digest().toString());
    Path archive = directory.resolve("archive.tar");
    images.save(List.of("app:1"), ArchiveWriter.Format.OCI_ARCHIVE, archive);
    run("skopeo", "inspect", "oci-archive:" + archive + ":1");
    Path bundle = directory.resolve("bundle");
    run("umoci", "unpack", "--rootless", "--image", layout + ":1", bundle.toString());
    run("diff", "-r", "--no-dereference", root.toString(), bundle.resolve("rootfs").toString());
  }

  @Test
  void dockerArchiveOfSkopeoIsLoadedWithItsNameAndId() throws Exception {
    StoredImage image =
        ImagesTest.layered(
            images.library(),
            "quay.io/some/app:1",
            new TarBytes().file("f", "below").toBytes(),
            new TarBytes().file("f", "above").toBytes());
    Path layout = directory.resolve("layout");
    images.save(List.of("quay.io/some/app:1"), ArchiveWriter.Format.OCI_LAYOUT, layout);
    Path archive = directory.resolve("docker.tar");
    run("skopeo", "copy", "oci:" + layout + ":1", "docker-archive:" + archive + ":other/app:3");
    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    assertThat(elsewhere.load(archive, Optional.empty())).hasSize(1);
    StoredImage loaded = elsewhere.inspect("other/app:3");
    assertThat(loaded.diffIds()).isEqualTo(image.diffIds());
    assertThat(
            new LayeredImageStore(elsewhere.library())
                .find("other/app:3")
                .orElseThrow()
                .layers()
                .get(0)
                .resolve("f"))
        .hasContent("above");
  }

  @Test
  void wrongPasswordAndMissingImageAreTold() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/usr/bin/htpasswd")), "Debian's apache2-utils is not installed");
    Path users = run("htpasswd", "-Bbn", "me", "secret");
    start("auth:\n  htpasswd: {realm: test, path: " + users + "}\n");
    assertThatThrownBy(
            () -> images.pull(host + "/a:1", Optional.empty(), settings, TransferProgress.SILENT))
        .hasMessageContaining("401: it needs a login");
    settings = settings.withCredentials((r, p) -> Optional.of(new Credential("me", "secret")));
    assertThatThrownBy(
            () -> images.pull(host + "/a:1", Optional.empty(), settings, TransferProgress.SILENT))
        .isInstanceOfSatisfying(
            ImageFault.class, e -> assertThat(e.kind()).isEqualTo(ImageFault.Kind.NOT_FOUND))
        .hasMessageContaining("answered 404: MANIFEST_UNKNOWN");
  }

  @Test
  void ownAuthorityIsTrustedAndAnUnknownOneIsNot() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/openssl")), "openssl is not installed");
    Path key = directory.resolve("key.pem");
    Path certificate = directory.resolve("cert.pem");
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        key.toString(),
        "-out",
        certificate.toString());
    start("  tls: {certificate: " + certificate + ", key: " + key + "}\n");
    ImagesTest.layered(images.library(), "app:1", new TarBytes().file("f", "x").toBytes());
    String name = host + "/app:1";
    RegistrySettings trusting = settings.withAuthorities(java.util.Map.of(host, certificate));
    images.push("app:1", Optional.of(name), trusting, TransferProgress.SILENT);
    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    assertThat(elsewhere.pull(name, Optional.empty(), trusting, TransferProgress.SILENT).diffIds())
        .hasSize(1);

    Path other = directory.resolve("other.pem");
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=other",
        "-keyout",
        key.toString(),
        "-out",
        other.toString());
    RegistrySettings doubting = settings.withAuthorities(java.util.Map.of(host, other));
    assertThatThrownBy(
            () -> elsewhere.pull(name, Optional.empty(), doubting, TransferProgress.SILENT))
        .hasMessageContaining("no trusted connection to " + host);
  }
}
