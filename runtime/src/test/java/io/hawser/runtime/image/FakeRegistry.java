package io.hawser.runtime.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Index;
import io.hawser.runtime.image.oci.Manifest;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.oci.RunConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A registry on loopback that can be told to misbehave. */
final class FakeRegistry implements AutoCloseable {
  /** Handles a request instead of the registry; false: leave it to the registry. */
  interface Fault {
    boolean handle(HttpExchange exchange) throws IOException;
  }

  final List<String> requests = new CopyOnWriteArrayList<>();
  final List<Fault> faults = new CopyOnWriteArrayList<>();
  private final Map<String, byte[]> content = new ConcurrentHashMap<>();
  private final Map<String, String> types = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  FakeRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  String url() {
    return "http://" + host();
  }

  long count(String methodAndPart) {
    return requests.stream().filter(r -> r.matches(".*" + methodAndPart + ".*")).count();
  }

  void put(String path, String type, byte[] bytes) {
    content.put("/v2/" + path, bytes);
    types.put("/v2/" + path, type);
  }

  Descriptor putBlob(String repository, String type, byte[] bytes) {
    put(repository + "/blobs/" + Digest.of(bytes), "application/octet-stream", bytes);
    return new Descriptor(type, Digest.of(bytes), bytes.length);
  }

  Descriptor putManifest(String repository, String tag, String type, byte[] bytes) {
    put(repository + "/manifests/" + tag, type, bytes);
    put(repository + "/manifests/" + Digest.of(bytes), type, bytes);
    return new Descriptor(type, Digest.of(bytes), bytes.length);
  }

  /** An image for one platform; returns its manifest's descriptor. */
  Descriptor putImage(String repository, String tag, Platform platform, byte[]... tars) {
    List<Descriptor> layers = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    for (byte[] tar : tars) {
      layers.add(putBlob(repository, MediaTypes.DOCKER_LAYER_GZIP, TarBytes.gzip(tar)));
      diffIds.add(Digest.of(tar));
    }
    ImageDocument document =
        new ImageDocument(
            null,
            null,
            platform.architecture(),
            platform.variant(),
            platform.os(),
            RunConfig.EMPTY,
            new ImageDocument.RootFs("layers", diffIds),
            null);
    Descriptor config = putBlob(repository, MediaTypes.DOCKER_CONFIG, OciJson.write(document));
    Manifest manifest = new Manifest(2, MediaTypes.DOCKER_MANIFEST, config, layers, Map.of());
    return putManifest(repository, tag, MediaTypes.DOCKER_MANIFEST, OciJson.write(manifest))
        .withPlatform(platform);
  }

  Descriptor putIndex(String repository, String tag, Descriptor... manifests) {
    byte[] index =
        OciJson.write(new Index(2, MediaTypes.DOCKER_INDEX, List.of(manifests), Map.of()));
    return putManifest(repository, tag, MediaTypes.DOCKER_INDEX, index);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(exchange.getRequestMethod() + " " + path + (range == null ? "" : " " + range));
    try (exchange) {
      for (Fault fault : faults) {
        if (fault.handle(exchange)) {
          return;
        }
      }
      byte[] bytes = content.get(path);
      if (bytes == null) {
        answer(exchange, 404, "{\"errors\":[{\"code\":\"UNKNOWN\",\"message\":\"not here\"}]}");
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", types.get(path));
      int status = 200;
      if (range != null) {
        int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        exchange
            .getResponseHeaders()
            .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        bytes = Arrays.copyOfRange(bytes, from, bytes.length);
        status = 206;
      }
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  static boolean answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
    return true;
  }

  /** Promises the whole content and sends a part of it. */
  boolean cutOff(HttpExchange exchange, int bytesSent) throws IOException {
    byte[] bytes = content.get(exchange.getRequestURI().getPath());
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes, 0, bytesSent);
    exchange.getResponseBody().flush();
    // Closing a body that is too short breaks the connection.
    exchange.close();
    return true;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
