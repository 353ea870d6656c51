package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A gateway that answers what a test told it to, by method and path without the query. */
final class FakeGateway implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, List<Answer>> answers = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  private volatile String warning = "";

  private record Answer(int code, String body) {}

  /** What a client asked. */
  record Request(
      String method, String path, String query, String contentType, String token, String body) {
    JsonNode json() throws IOException {
      return MAPPER.readTree(body);
    }
  }

  FakeGateway() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** One of a cluster that this directory describes, behind another that is down. */
  static FakeGateway in(Path cluster) throws IOException {
    FakeGateway gateway = new FakeGateway();
    Files.writeString(
        cluster.resolve("cluster.json"),
        """
        {"token":"secret","nodes":[{"name":"n1","gateway":"http://127.0.0.1:1"},
          {"name":"n2","gateway":"%s"}]}"""
            .formatted(gateway.url()));
    return gateway;
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Answers in this order; the last one again and again. */
  FakeGateway on(String methodAndPath, int code, String body) {
    answers
        .computeIfAbsent(methodAndPath, key -> new CopyOnWriteArrayList<>())
        .add(new Answer(code, body));
    return this;
  }

  /** With every answer. */
  FakeGateway warning(String header) {
    warning = header;
    return this;
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  /** The only request of this method. */
  Request only(String method) {
    List<Request> found = requests.stream().filter(r -> r.method().equals(method)).toList();
    if (found.size() != 1) {
      throw new AssertionError("expected one " + method + ", got " + requests);
    }
    return found.get(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String query = exchange.getRequestURI().getRawQuery();
    requests.add(
        new Request(
            exchange.getRequestMethod(),
            path,
            query == null ? "" : query,
            exchange.getRequestHeaders().getFirst("Content-Type"),
            exchange.getRequestHeaders().getFirst("Authorization"),
            body));
    List<Answer> known = answers.get(exchange.getRequestMethod() + " " + path);
    Answer answer =
        known == null
            ? new Answer(404, status(404, "NotFound", path + " not found"))
            : known.size() > 1 ? known.remove(0) : known.get(0);
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    if (!warning.isEmpty()) {
      exchange.getResponseHeaders().add("Warning", warning);
    }
    exchange.sendResponseHeaders(answer.code(), bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  static String status(int code, String reason, String message) {
    return MAPPER
        .createObjectNode()
        .put("kind", "Status")
        .put("status", "Failure")
        .put("reason", reason)
        .put("message", message)
        .put("code", code)
        .toString();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
