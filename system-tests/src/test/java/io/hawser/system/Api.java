package io.hawser.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;

/** A plain HTTP client of the gateways; asks the next one when one does not answer. */
final class Api {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final List<String> gateways;
  private final String token;

  Api(List<String> gateways, String token) {
    this.gateways = List.copyOf(gateways);
    this.token = token;
  }

  /** A gateway's answer. */
  record Response(int code, JsonNode body) {}

  Response get(String path) {
    return send("GET", path, "application/json", null);
  }

  Response send(String method, String path, String contentType, byte[] body) {
    IOException last = null;
    for (String gateway : gateways) {
      try {
        return sendTo(gateway, method, path, contentType, body);
      } catch (IOException e) {
        last = e;
      }
    }
    throw new NotReachable(last);
  }

  Response sendTo(String gateway, String method, String path, String contentType, byte[] body)
      throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(gateway + path))
            .timeout(Duration.ofSeconds(15))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", contentType)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return new Response(response.statusCode(), JSON.readTree(response.body()));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The pods of the default namespace that are not being deleted. */
  List<JsonNode> pods() {
    return items(get("/api/v1/namespaces/default/pods").body()).stream()
        .filter(p -> p.at("/metadata/deletionTimestamp").isMissingNode())
        .toList();
  }

  List<JsonNode> readyPods() {
    return pods().stream().filter(Api::isReady).toList();
  }

  static boolean isReady(JsonNode pod) {
    return items(pod.at("/status/conditions")).stream()
        .anyMatch(
            c ->
                c.path("type").asText().equals("Ready")
                    && c.path("status").asText().equals("True"));
  }

  /** The elements of a list object's {@code items}, or of an array. */
  static List<JsonNode> items(JsonNode list) {
    JsonNode array = list.isArray() ? list : list.path("items");
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  /** No gateway answered. */
  static final class NotReachable extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotReachable(Throwable cause) {
      super("no gateway answers", cause);
    }
  }
}
