package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.ImageFault;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;

/**
 * Sends requests: credentials, redirects, retries with limits, and errors as sentences. An answer
 * that is no success is a fault, except where the caller expects it.
 */
final class RegistryHttp {
  private static final int MAX_REDIRECTS = 5;
  private static final int MAX_ERROR_BYTES = 4096;

  private final RegistrySettings settings;
  private final Map<String, HttpClient> clients = new ConcurrentHashMap<>();
  private final RegistryAuth auth;

  RegistryHttp(RegistrySettings settings) {
    this.settings = settings;
    this.auth = new RegistryAuth(this, settings.credentials());
  }

  RegistrySettings settings() {
    return settings;
  }

  /**
   * A request to one repository.
   *
   * @param doing for errors, such as {@code pull of a/b:1}
   * @param actions for tokens: {@code pull} or {@code pull,push}
   * @param request makes the request anew for each try
   */
  record Call(
      RegistryEndpoint endpoint,
      String doing,
      String actions,
      Supplier<HttpRequest.Builder> request) {}

  /**
   * Sends until there is an answer other than 401, 429 and 5xx, or the tries are used up.
   *
   * @return any other answer; the caller closes its body
   */
  HttpResponse<InputStream> send(Call call) {
    RetryPolicy retry = settings.retry();
    ImageFault last = null;
    for (int attempt = 1; attempt <= retry.attempts(); attempt++) {
      Duration asked = Duration.ZERO;
      try {
        HttpResponse<InputStream> response = sendAuthorized(call);
        if (response.statusCode() != 429 && response.statusCode() < 500) {
          return response;
        }
        asked = retryAfter(response);
        last = refusal(call, response);
      } catch (IOException e) {
        last = unreachable(call, e);
      }
      if (!last.passing() && last.kind() != ImageFault.Kind.RATE_LIMITED) {
        throw last;
      }
      if (attempt < retry.attempts()) {
        pause(retry.pause(attempt, asked));
      }
    }
    throw new ImageFault(
        last.kind(), last.getMessage() + " (tried " + retry.attempts() + " times)", last);
  }

  private HttpResponse<InputStream> sendAuthorized(Call call) throws IOException {
    RegistryEndpoint endpoint = call.endpoint();
    Optional<String> authorization = auth.known(endpoint, call.actions());
    HttpResponse<InputStream> response = follow(call, authorization);
    if (response.statusCode() != 401) {
      return response;
    }
    response.body().close();
    String fresh = auth.answer(endpoint, call.actions(), response, authorization, call.doing());
    response = follow(call, Optional.of(fresh));
    if (response.statusCode() == 401) {
      String detail = detail(response);
      boolean known = endpoint.credential(settings.credentials()).isPresent();
      throw new ImageFault(
          ImageFault.Kind.UNAUTHORIZED,
          call.doing()
              + ": "
              + endpoint.host()
              + " answered 401: "
              + (known
                  ? "it does not accept the credentials for " + endpoint.registry()
                  : "it needs a login, and there are no credentials for " + endpoint.registry())
              + detail);
    }
    return response;
  }

  /** Redirects lead to storage elsewhere, which must not see the registry's credentials. */
  private HttpResponse<InputStream> follow(Call call, Optional<String> authorization)
      throws IOException {
    HttpRequest.Builder builder = call.request().get();
    authorization.ifPresent(value -> builder.setHeader("Authorization", value));
    HttpRequest request = builder.timeout(settings.answerTimeout()).build();
    HttpResponse<InputStream> response = sendOnce(call.endpoint(), call.endpoint().host(), request);
    for (int hop = 0; isRedirect(request, response); hop++) {
      if (hop == MAX_REDIRECTS) {
        throw new ImageFault(
            ImageFault.Kind.REGISTRY_UNAVAILABLE,
            call.doing() + ": more than " + MAX_REDIRECTS + " redirects");
      }
      URI target = target(call, request, response);
      response.body().close();
      HttpRequest.Builder next = call.request().get().uri(target);
      if (authorization.isPresent() && sameHost(target, request.uri())) {
        next.setHeader("Authorization", authorization.get());
      }
      request = next.timeout(settings.answerTimeout()).build();
      response = sendOnce(call.endpoint(), hostOf(target), request);
    }
    return response;
  }

  private static boolean isRedirect(HttpRequest request, HttpResponse<?> response) {
    int status = response.statusCode();
    boolean reading = request.method().equals("GET") || request.method().equals("HEAD");
    return reading
        && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
  }

  private static URI target(Call call, HttpRequest request, HttpResponse<?> response) {
    String location =
        response
            .headers()
            .firstValue("Location")
            .orElseThrow(
                () ->
                    new ImageFault(
                        ImageFault.Kind.REGISTRY_UNAVAILABLE,
                        call.doing() + ": a redirect without a Location"));
    URI target = request.uri().resolve(location);
    if (request.uri().getScheme().equals("https") && !"https".equals(target.getScheme())) {
      throw new ImageFault(
          ImageFault.Kind.REGISTRY_UNAVAILABLE,
          call.doing() + ": a redirect from https to " + target.getScheme() + " is not followed");
    }
    return target;
  }

  private static boolean sameHost(URI a, URI b) {
    return hostOf(a).equals(hostOf(b)) && a.getScheme().equals(b.getScheme());
  }

  static String hostOf(URI uri) {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  /** One exchange, without any of the above. */
  HttpResponse<InputStream> sendOnce(RegistryEndpoint endpoint, String host, HttpRequest request)
      throws IOException {
    try {
      HttpResponse<InputStream> response =
          client(endpoint, host, request.uri())
              .send(request, HttpResponse.BodyHandlers.ofInputStream());
      return response;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageFault(ImageFault.Kind.REGISTRY_UNAVAILABLE, "interrupted", e);
    }
  }

  private HttpClient client(RegistryEndpoint endpoint, String host, URI uri) {
    if ("http".equals(uri.getScheme())) {
      return clients.computeIfAbsent("http", k -> newClient(Optional.of(NoTls.context())));
    }
    if (endpoint.node() && endpoint.host().equals(host)) {
      return clients.computeIfAbsent("node", k -> newClient(settings.nodeTls()));
    }
    Path authorities = settings.authorities().get(host);
    String key = authorities == null ? "" : host;
    // Never Java's default context: an agent's trusts nobody.
    return clients.computeIfAbsent(
        key,
        k ->
            newClient(
                Optional.of(
                    authorities == null
                        ? TrustedAuthorities.ofJava()
                        : TrustedAuthorities.context(authorities))));
  }

  private HttpClient newClient(Optional<SSLContext> tls) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(settings.connectTimeout());
    tls.ifPresent(builder::sslContext);
    return builder.build();
  }

  /** The sentence for an answer that is no success; reads and closes its body. */
  ImageFault refusal(Call call, HttpResponse<InputStream> response) {
    int status = response.statusCode();
    String message =
        call.doing() + ": " + call.endpoint().host() + " answered " + status + detail(response);
    ImageFault.Kind kind =
        switch (status) {
          case 401, 403 -> ImageFault.Kind.UNAUTHORIZED;
          case 404 -> ImageFault.Kind.NOT_FOUND;
          case 429 -> ImageFault.Kind.RATE_LIMITED;
          default ->
              status >= 500 ? ImageFault.Kind.REGISTRY_UNAVAILABLE : ImageFault.Kind.BAD_INPUT;
        };
    return new ImageFault(kind, message);
  }

  private static String detail(HttpResponse<InputStream> response) {
    try (InputStream body = response.body()) {
      String text = RegistryErrors.message(body.readNBytes(MAX_ERROR_BYTES));
      return text.isEmpty() ? "" : ": " + text;
    } catch (IOException e) {
      return "";
    }
  }

  ImageFault unreachable(Call call, IOException e) {
    String host = call.endpoint().host();
    if (e instanceof HttpTimeoutException) {
      return new ImageFault(
          ImageFault.Kind.REGISTRY_UNAVAILABLE,
          call.doing() + ": " + host + " did not answer in time: " + e.getMessage(),
          e);
    }
    if (e instanceof SSLHandshakeException) {
      return new ImageFault(
          ImageFault.Kind.UNAUTHORIZED,
          call.doing() + ": no trusted connection to " + host + ": " + e.getMessage(),
          e);
    }
    String why = e instanceof ConnectException ? "no connection" : String.valueOf(e.getMessage());
    return new ImageFault(
        ImageFault.Kind.REGISTRY_UNAVAILABLE, call.doing() + ": " + host + ": " + why, e);
  }

  /** Seconds or a date; source: RFC 9110, section 10.2.3. */
  private static Duration retryAfter(HttpResponse<?> response) {
    String text = response.headers().firstValue("Retry-After").orElse("").trim();
    try {
      if (text.matches("\\d{1,9}")) {
        return Duration.ofSeconds(Long.parseLong(text));
      }
      if (!text.isEmpty()) {
        Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        Duration left = Duration.between(Instant.now(), until);
        return left.isNegative() ? Duration.ZERO : left;
      }
    } catch (DateTimeParseException e) {
      // As if nothing had been said.
    }
    return Duration.ZERO;
  }

  static void pause(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageFault(ImageFault.Kind.REGISTRY_UNAVAILABLE, "interrupted", e);
    }
  }
}
