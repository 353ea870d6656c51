package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hawser.runtime.image.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code hawser image pull} says when the registry errs; the pods' side: BadImagesTest. */
class ImagePullFaultsTest {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final byte[] LAYER = noise(100_000);
  private static final byte[] CONFIG =
      bytes(
          "{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
              .formatted(architecture(), Digest.of(LAYER)));
  private static final byte[] DOCUMENT =
      bytes(
          "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
              .formatted(
                  MANIFEST,
                  descriptor("application/vnd.oci.image.config.v1+json", CONFIG),
                  descriptor("application/vnd.oci.image.layer.v1.tar", LAYER)));
  private static final String MANIFEST_PATH = "/v2/a/manifests/1";
  private static final String LAYER_PATH = "/v2/a/blobs/" + Digest.of(LAYER);

  @TempDir Path dir;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  /** What the registry does when it is asked for one path. */
  interface Answer {
    void to(HttpExchange exchange, CountDownLatch ended) throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    answers.put(MANIFEST_PATH, content(MANIFEST, DOCUMENT));
    answers.put("/v2/a/blobs/" + Digest.of(CONFIG), content("application/json", CONFIG));
    answers.put(LAYER_PATH, content("application/octet-stream", LAYER));
    Path cluster = Files.createDirectories(dir.resolve("cluster"));
    Files.writeString(cluster.resolve("registries.yaml"), "attempts: 2\npatienceSeconds: 1\n");
  }

  @AfterEach
  void stop() {
    ended.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      answers.getOrDefault(exchange.getRequestURI().getPath(), status(404)).to(exchange, ended);
    }
  }

  private static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }

  private static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(1).nextBytes(noise);
    return noise;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String descriptor(String type, byte[] content) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(type, Digest.of(content), content.length);
  }

  private static Answer status(int code) {
    return (exchange, ended) -> exchange.sendResponseHeaders(code, -1);
  }

  private static Answer content(String type, byte[] content) {
    return announced(type, content.length, content);
  }

  private static Answer announced(String type, long length, byte[] content) {
    return (exchange, ended) -> {
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(200, length);
      exchange.getResponseBody().write(content);
      exchange.getResponseBody().flush();
    };
  }

  private static void silence(HttpExchange exchange, CountDownLatch ended) throws IOException {
    try {
      ended.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static byte[] foreignIndex() {
    return bytes(
        """
        {"schemaVersion": 2, "manifests": [
          {"mediaType": "%s", "digest": "sha256:%s", "size": 3,
           "platform": {"os": "linux", "architecture": "s390x"}}]}
        """
            .formatted(MANIFEST, "0".repeat(64)));
  }

  static Stream<Arguments> faults() {
    String octets = "application/octet-stream";
    return Stream.of(
        Arguments.of("401", MANIFEST_PATH, status(401), "answered 401: it needs a login"),
        Arguments.of("404", MANIFEST_PATH, status(404), "answered 404"),
        Arguments.of("429", MANIFEST_PATH, status(429), "answered 429 (tried 2 times)"),
        Arguments.of("500", MANIFEST_PATH, status(500), "answered 500 (tried 2 times)"),
        Arguments.of(
            "silence",
            MANIFEST_PATH,
            (Answer) ImagePullFaultsTest::silence,
            "did not answer in time"),
        Arguments.of(
            "truncated layer",
            LAYER_PATH,
            announced(octets, LAYER.length, new byte[512]),
            "cut off at 512 of 100000 bytes"),
        Arguments.of(
            "wrong digest", LAYER_PATH, content(octets, new byte[LAYER.length]), "has the digest"),
        Arguments.of(
            "no platform", MANIFEST_PATH, content(INDEX, foreignIndex()), "has no manifest for"),
        Arguments.of(
            "manifest of 1 GB",
            MANIFEST_PATH,
            announced(MANIFEST, 1L << 30, new byte[512]),
            "1073741824 bytes; at most"));
  }

  private Result pull(String... options) {
    String name = "127.0.0.1:" + server.getAddress().getPort() + "/a:1";
    return Result.of(
        dir.resolve("cluster"),
        Stream.of(Stream.of("image", "pull", "-q"), Stream.of(options), Stream.of(name))
            .flatMap(words -> words)
            .toArray(String[]::new));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void registrysMistakeIsOneSentence(String name, String path, Answer mistake, String told) {
    answers.put(path, mistake);
    Result result = pull();
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("pull of 127.0.0.1:", told)
        .doesNotContain("Exception")
        .hasLineCount(1);
    assertThat(Result.of(dir.resolve("cluster"), "image", "ls", "-q").out()).isEmpty();
  }

  @Test
  @Tag("kernel")
  void fullDiskIsOneSentence() throws Exception {
    Path small = Files.createDirectories(dir.resolve("small"));
    command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.toString());
    try {
      Result result = pull("--image-dir", small.resolve("images").toString());
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.err()).contains("No space left").hasLineCount(1);
    } finally {
      command("umount", small.toString());
    }
  }

  private static void command(String... words) throws Exception {
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isZero();
  }
}
