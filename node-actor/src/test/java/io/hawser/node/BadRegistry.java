package io.hawser.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hawser.runtime.image.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A registry on loopback that has one image, {@code a:1}, and answers wrongly as told. */
final class BadRegistry implements AutoCloseable {
  static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String INDEX = "application/vnd.oci.image.index.v1+json";

  /** Answers instead of the registry; false: leaves it to the registry. */
  interface Fault {
    boolean handle(HttpExchange exchange) throws IOException;
  }

  private record Content(String type, byte[] bytes) {}

  private final Map<String, Content> content = new ConcurrentHashMap<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;
  private volatile Fault fault = exchange -> false;

  BadRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  void fault(Fault newFault) {
    fault = newFault;
  }

  /**
   * @param platform of the image's config, such as amd64
   */
  void putImage(String platform, byte[] layer) {
    String config =
        "{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
            .formatted(platform, Digest.of(layer));
    String manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
            .formatted(
                MANIFEST,
                blob("application/vnd.oci.image.config.v1+json", bytes(config)),
                blob("application/vnd.oci.image.layer.v1.tar", layer));
    put("/v2/a/manifests/1", MANIFEST, bytes(manifest));
  }

  void put(String path, String type, byte[] bytes) {
    content.put(path, new Content(type, bytes));
  }

  private String blob(String type, byte[] bytes) {
    put("/v2/a/blobs/" + Digest.of(bytes), "application/octet-stream", bytes);
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(type, Digest.of(bytes), bytes.length);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (fault.handle(exchange)) {
        return;
      }
      Content found = content.get(exchange.getRequestURI().getPath());
      if (found == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", found.type());
      exchange.sendResponseHeaders(200, found.bytes().length);
      exchange.getResponseBody().write(found.bytes());
    }
  }

  static boolean status(HttpExchange exchange, int code) throws IOException {
    exchange.sendResponseHeaders(code, -1);
    return true;
  }

  /** Takes the question and says nothing until the registry ends. */
  boolean silence() throws IOException {
    try {
      ended.await();
      return true;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Announces some bytes and hangs up after a few. */
  static boolean cutOff(HttpExchange exchange, String type, long announced) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(200, announced);
    exchange.getResponseBody().write(new byte[512]);
    exchange.getResponseBody().flush();
    exchange.close();
    return true;
  }

  @Override
  public void close() {
    ended.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
