package io.hawser.ops.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * Talks to the cluster through its gateways' Kubernetes API and through nothing else. When a
 * gateway does not answer, the next one is tried: always for reads, for writes only while it is
 * certain that nothing was sent. Blocks; safe for use by several threads.
 */
public final class GatewayClient {
  public static final String JSON = "application/json";
  public static final String MERGE_PATCH = "application/merge-patch+json";
  public static final String STRATEGIC_PATCH = "application/strategic-merge-patch+json";
  public static final String TABLE =
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

  /** How long a gateway may take to accept a connection. */
  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  /** How long an answer may take; above the gateway's own bound of ten seconds for a write. */
  public static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

  /** For changes that take long: above the gateway's bound for them. */
  public static final Duration SLOW_TIMEOUT = Duration.ofSeconds(90);

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final List<URI> gateways;
  private final String token;
  private final Optional<SSLContext> tls;
  private final HttpClient http;
  private volatile int preferred;
  private volatile Consumer<String> warned = warning -> {};

  /**
   * @param gateways base URLs, tried in this order
   * @param token the bearer token; empty: none is sent
   */
  public GatewayClient(List<URI> gateways, String token) {
    this(gateways, token, Optional.empty());
  }

  /**
   * @param tls whom to trust; empty: the JDK's authorities
   */
  public GatewayClient(List<URI> gateways, String token, Optional<SSLContext> tls) {
    if (gateways.isEmpty()) {
      throw new IllegalArgumentException("no gateway");
    }
    this.gateways = List.copyOf(gateways);
    this.token = token;
    this.tls = tls;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT);
    builder.sslContext(tls.orElseGet(() -> ofJdk(gateways)));
    this.http = builder.build();
  }

  /** Reading the JDK's authorities takes longer than most commands: only where TLS is spoken. */
  private static SSLContext ofJdk(List<URI> gateways) {
    try {
      if (gateways.stream().anyMatch(gateway -> !"http".equals(gateway.getScheme()))) {
        return SSLContext.getDefault();
      }
      SSLContext trustsNobody = SSLContext.getInstance("TLS");
      trustsNobody.init(null, new TrustManager[0], null);
      return trustsNobody;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
  }

  /** The same cluster without the gateway at this base URL, unless it is the only one. */
  public GatewayClient without(URI gateway) {
    List<URI> others = gateways.stream().filter(g -> !g.equals(gateway)).toList();
    return others.isEmpty() ? this : new GatewayClient(others, token, tls).onWarning(warned);
  }

  /**
   * @param listener hears what a gateway says beside its answer, such as of a field without effect
   */
  public GatewayClient onWarning(Consumer<String> listener) {
    warned = listener;
    return this;
  }

  public List<URI> gateways() {
    return gateways;
  }

  /** The first gateway that answers. */
  public URI answering() {
    get("/version");
    return current();
  }

  /** The bearer token; empty: none. */
  public String token() {
    return token;
  }

  public JsonNode get(String path) {
    return read(path, JSON);
  }

  /** A {@code meta.k8s.io/v1 Table}. */
  public JsonNode table(String path) {
    return read(path, TABLE);
  }

  /** Empty when there is no such object. */
  public Optional<JsonNode> find(String path) {
    try {
      return Optional.of(get(path));
    } catch (CommandFailure e) {
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  public JsonNode post(String path, JsonNode body) {
    return write("POST", path, JSON, body);
  }

  /** For what takes the cluster longer than a write, a minute at most. */
  public JsonNode postSlowly(String path, JsonNode body) {
    return send("POST", path, JSON, BodyPublishers.ofString(body.toString()), SLOW_TIMEOUT);
  }

  /**
   * Sends a file.
   *
   * @throws java.io.FileNotFoundException when there is none
   */
  public JsonNode upload(String path, java.nio.file.Path file)
      throws java.io.FileNotFoundException {
    return send(
        "POST", path, "application/octet-stream", BodyPublishers.ofFile(file), SLOW_TIMEOUT);
  }

  public JsonNode patch(String path, String contentType, JsonNode body) {
    return write("PATCH", path, contentType, body);
  }

  public JsonNode delete(String path, JsonNode options) {
    return write("DELETE", path, JSON, options);
  }

  /** An answer of any length, as it comes; the caller closes it. */
  public InputStream stream(String path, String accept) {
    HttpResponse<InputStream> answer =
        attempt(
            true,
            gateway ->
                http.send(
                    request(gateway, path).header("Accept", accept).GET().build(),
                    BodyHandlers.ofInputStream()));
    if (answer.statusCode() / 100 == 2) {
      return answer.body();
    }
    try (InputStream body = answer.body()) {
      throw failure(answer.statusCode(), new String(body.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw failure(answer.statusCode(), "");
    }
  }

  /**
   * Reads a watch until it ends or {@code more} says false.
   *
   * @param more takes one watch event, {@code {"type":…,"object":…}}
   */
  public void watch(String path, String accept, Predicate<JsonNode> more) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream(path, accept), StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (!line.isBlank() && !more.test(parse(line))) {
          return;
        }
      }
    } catch (IOException e) {
      throw new CommandFailure("the watch broke off: " + ApiStatus.oneLine(e), e);
    }
  }

  /** The bearer token's header value, for a WebSocket. */
  Optional<String> authorization() {
    return token.isEmpty() ? Optional.empty() : Optional.of("Bearer " + token);
  }

  HttpClient http() {
    return http;
  }

  /** The gateway that answered last. */
  URI current() {
    return gateways.get(preferred);
  }

  private JsonNode read(String path, String accept) {
    HttpResponse<String> answer =
        attempt(
            true,
            gateway ->
                http.send(
                    request(gateway, path)
                        .timeout(ANSWER_TIMEOUT)
                        .header("Accept", accept)
                        .GET()
                        .build(),
                    BodyHandlers.ofString()));
    return heard(answer);
  }

  /** Header values such as {@code 299 - "text"}. */
  private JsonNode heard(HttpResponse<String> answer) {
    for (String warning : answer.headers().allValues("Warning")) {
      warned.accept(warning.replaceFirst("^\\d{3} \\S+ \"(.*)\"$", "$1"));
    }
    return body(answer);
  }

  private JsonNode write(String method, String path, String contentType, JsonNode content) {
    return send(
        method, path, contentType, BodyPublishers.ofString(content.toString()), ANSWER_TIMEOUT);
  }

  private JsonNode send(
      String method,
      String path,
      String contentType,
      HttpRequest.BodyPublisher content,
      Duration timeout) {
    HttpResponse<String> answer =
        attempt(
            false,
            gateway ->
                http.send(
                    request(gateway, path)
                        .timeout(timeout)
                        .header("Accept", JSON)
                        .header("Content-Type", contentType)
                        .method(method, content)
                        .build(),
                    BodyHandlers.ofString()));
    return heard(answer);
  }

  private HttpRequest.Builder request(URI gateway, String path) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(gateway + path)).header("User-Agent", "hawser");
    authorization().ifPresent(value -> builder.header("Authorization", value));
    return builder;
  }

  private interface Call<T> {
    HttpResponse<T> on(URI gateway) throws IOException, InterruptedException;
  }

  private <T> HttpResponse<T> attempt(boolean isRead, Call<T> call) {
    int first = preferred;
    Throwable last = null;
    HttpResponse<T> unavailable = null;
    for (int i = 0; i < gateways.size(); i++) {
      int index = (first + i) % gateways.size();
      try {
        HttpResponse<T> answer = call.on(gateways.get(index));
        if (isRead && answer.statusCode() == 503) {
          unavailable = answer;
          continue;
        }
        preferred = index;
        return answer;
      } catch (IOException e) {
        last = e;
        if (!isRead && !nothingWasSent(e)) {
          throw new CommandFailure(
              "the gateway at "
                  + gateways.get(index)
                  + " broke off before it answered, so the change may or may not have been made: "
                  + ApiStatus.oneLine(e),
              e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailure("interrupted", e);
      }
    }
    if (unavailable != null) {
      return unavailable;
    }
    throw new CommandFailure(
        "no gateway answers at "
            + String.join(", ", gateways.stream().map(URI::toString).toList())
            + " ("
            + ApiStatus.oneLine(last)
            + "); is the cluster up?",
        last);
  }

  private static boolean nothingWasSent(IOException e) {
    return e instanceof ConnectException || e instanceof HttpConnectTimeoutException;
  }

  private static JsonNode body(HttpResponse<String> answer) {
    if (answer.statusCode() / 100 != 2) {
      throw failure(answer.statusCode(), answer.body());
    }
    return parse(answer.body());
  }

  private static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new CommandFailure("the gateway's answer is not JSON: " + ApiStatus.shorten(text), e);
    }
  }

  private static CommandFailure failure(int code, String body) {
    return ApiStatus.failure(code, body);
  }
}
