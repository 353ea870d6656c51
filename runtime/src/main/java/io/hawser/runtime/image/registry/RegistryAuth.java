package io.hawser.runtime.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.OciJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers a registry's challenges: basic authentication, and tokens from the server that the
 * challenge names; source: distribution.github.io, "Token Authentication Specification".
 */
final class RegistryAuth {
  private static final int MAX_TOKEN_BYTES = 256 << 10;
  private static final Pattern PARAMETER =
      Pattern.compile("([A-Za-z_]+)\\s*=\\s*(?:\"([^\"]*)\"|([^\",\\s]+))");

  private final RegistryHttp http;
  private final Credentials credentials;
  private final Map<String, String> known = new ConcurrentHashMap<>();

  RegistryAuth(RegistryHttp http, Credentials credentials) {
    this.http = http;
    this.credentials = credentials;
  }

  /** What worked for this repository before. */
  Optional<String> known(RegistryEndpoint endpoint, String actions) {
    return Optional.ofNullable(known.get(key(endpoint, actions)));
  }

  private static String key(RegistryEndpoint endpoint, String actions) {
    return endpoint.host() + "/" + endpoint.repository() + " " + actions;
  }

  /**
   * Makes the header that answers a 401.
   *
   * @param refused the header that was refused, if one was sent
   */
  String answer(
      RegistryEndpoint endpoint,
      String actions,
      HttpResponse<?> response,
      Optional<String> refused,
      String doing)
      throws IOException {
    Optional<Credential> credential = endpoint.credential(credentials);
    String challenge =
        response.headers().allValues("WWW-Authenticate").stream()
            .filter(c -> isScheme(c, "bearer") || isScheme(c, "basic"))
            .findFirst()
            .orElse("");
    if (isScheme(challenge, "bearer")) {
      String token = token(endpoint, actions, parameters(challenge), credential, doing);
      known.put(key(endpoint, actions), "Bearer " + token);
      return "Bearer " + token;
    }
    Optional<String> basic = credential.filter(c -> !c.username().isEmpty()).map(this::basic);
    if (basic.isEmpty() || basic.equals(refused)) {
      throw new ImageFault(
          ImageFault.Kind.UNAUTHORIZED,
          doing
              + ": "
              + endpoint.host()
              + " answered 401: "
              + (basic.isEmpty()
                  ? "it needs a login, and there are no credentials for " + endpoint.registry()
                  : "it does not accept these credentials"));
    }
    known.put(key(endpoint, actions), basic.get());
    return basic.get();
  }

  private static boolean isScheme(String challenge, String scheme) {
    return challenge.toLowerCase(Locale.ROOT).startsWith(scheme);
  }

  private static Map<String, String> parameters(String challenge) {
    Map<String, String> parameters = new HashMap<>();
    Matcher matcher = PARAMETER.matcher(challenge);
    while (matcher.find()) {
      String value = matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
      parameters.put(matcher.group(1).toLowerCase(Locale.ROOT), value);
    }
    return parameters;
  }

  private String basic(Credential credential) {
    String pair = credential.username() + ":" + credential.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private String token(
      RegistryEndpoint endpoint,
      String actions,
      Map<String, String> challenge,
      Optional<Credential> credential,
      String doing)
      throws IOException {
    URI realm = realm(endpoint, challenge, doing);
    String service = challenge.getOrDefault("service", "");
    String scope = "repository:" + endpoint.repository() + ":" + actions;
    HttpRequest request =
        credential.isPresent() && !credential.get().identityToken().isEmpty()
            ? refresh(realm, service, scope, credential.get())
            : get(realm, service, scope, credential);
    HttpResponse<InputStream> response =
        http.sendOnce(endpoint, RegistryHttp.hostOf(realm), request);
    try (InputStream body = response.body()) {
      byte[] bytes = body.readNBytes(MAX_TOKEN_BYTES);
      if (response.statusCode() != 200) {
        throw refused(endpoint, realm, response.statusCode(), bytes, credential, doing);
      }
      JsonNode answer = OciJson.tree(bytes, "the token of " + realm.getHost());
      String token = answer.path("token").asText(answer.path("access_token").asText(""));
      if (token.isEmpty() || !token.matches("[\\x21-\\x7e]+")) {
        throw new ImageFault(
            ImageFault.Kind.UNAUTHORIZED, doing + ": " + realm.getHost() + " gave no token");
      }
      return token;
    }
  }

  private static ImageFault refused(
      RegistryEndpoint endpoint,
      URI realm,
      int status,
      byte[] body,
      Optional<Credential> credential,
      String doing) {
    String whose =
        credential.isPresent()
            ? "does not accept the credentials for " + endpoint.registry()
            : "gives no token without a login to " + endpoint.registry();
    boolean passing = status == 429 || status >= 500;
    return new ImageFault(
        passing ? ImageFault.Kind.REGISTRY_UNAVAILABLE : ImageFault.Kind.UNAUTHORIZED,
        doing
            + ": "
            + realm.getHost()
            + " answered "
            + status
            + (passing ? "" : ", it " + whose)
            + ": "
            + RegistryErrors.message(body));
  }

  private static URI realm(RegistryEndpoint endpoint, Map<String, String> challenge, String doing) {
    try {
      URI realm = URI.create(challenge.getOrDefault("realm", ""));
      boolean secure = "https".equals(realm.getScheme());
      // A password must not leave an encrypted conversation.
      if (realm.getHost() != null && (secure || endpoint.plainHttp())) {
        return realm;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new ImageFault(
        ImageFault.Kind.UNAUTHORIZED,
        doing
            + ": "
            + endpoint.host()
            + " names no trustworthy token server: '"
            + challenge.get("realm")
            + "'");
  }

  private HttpRequest get(
      URI realm, String service, String scope, Optional<Credential> credential) {
    String query = "service=" + encode(service) + "&scope=" + encode(scope);
    String separator = realm.getRawQuery() == null ? "?" : "&";
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(realm + separator + query))
            .timeout(http.settings().answerTimeout());
    credential.ifPresent(c -> request.setHeader("Authorization", basic(c)));
    return request.build();
  }

  private HttpRequest refresh(URI realm, String service, String scope, Credential credential) {
    String form =
        "grant_type=refresh_token&client_id=hawser&service="
            + encode(service)
            + "&scope="
            + encode(scope)
            + "&refresh_token="
            + encode(credential.identityToken());
    return HttpRequest.newBuilder(realm)
        .timeout(http.settings().answerTimeout())
        .setHeader("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(form))
        .build();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
