package io.hawser.ops.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.security.NodeTls;
import io.hawser.cluster.security.Pem;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.scheduler.security.CertificateAuthority;
import io.hawser.scheduler.security.CertificateRequest;
import io.hawser.scheduler.security.JoinToken;
import io.hawser.scheduler.security.NodeCertificates;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * A machine's way into a cluster with TLS: it trusts the gateway because its authority is the one
 * that the token names, shows the token, and gets a certificate for a key that never leaves it.
 *
 * @param gateway {@code host:port} of a gateway's HTTPS
 */
record JoinRequest(String gateway, JoinToken token, String node, String listen, Set<String> roles) {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * Joins, and writes what was given into the node's directories.
   *
   * @throws CommandFailure when the gateway is not the token's, does not answer or refuses
   */
  JoinedCluster send(Path dir, Path tlsDir) throws IOException {
    KeyPair key = CertificateRequest.newKey();
    ObjectNode body = MAPPER.createObjectNode();
    body.put("token", token.claim());
    body.put("csr", CertificateRequest.write(node, List.of(listen), key));
    roles.forEach(body.putArray("roles")::add);
    JsonNode answer = post(body);
    String authority = answer.path("authority").asText();
    requireAuthority(authority);
    NodeCertificates.install(tlsDir, key, answer.path("certificate").asText(), authority);
    if (answer.has("authoritySecret")) {
      NodeTls.writeSecret(
          tlsDir.resolve(CertificateAuthority.FILE), answer.path("authoritySecret").asText());
    }
    List<String> seeds = new ArrayList<>();
    answer.path("seeds").forEach(seed -> seeds.add(seed.asText()));
    Map<String, String> controllers = new HashMap<>();
    answer
        .path("controllers")
        .fields()
        .forEachRemaining(e -> controllers.put(e.getKey(), e.getValue().asText()));
    JoinedCluster joined =
        new JoinedCluster(answer.path("gatewayToken").asText(), seeds, controllers);
    joined.write(dir);
    return joined;
  }

  private JsonNode post(ObjectNode body) throws IOException {
    HttpClient http = HttpClient.newBuilder().sslContext(context()).connectTimeout(TIMEOUT).build();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://" + gateway + "/apis/hawser.io/v1/join"))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw ApiStatus.failure(answer.statusCode(), answer.body());
      }
      return MAPPER.readTree(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    } catch (IOException e) {
      throw new CommandFailure("no join at " + gateway + ": " + ApiStatus.oneLine(e), e);
    }
  }

  private SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, new TrustManager[] {new TokensAuthority(token.fingerprint())}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JVM has TLS 1.3", e);
    }
  }

  private void requireAuthority(String pem) {
    try {
      var certificates = Pem.certificates(pem);
      if (certificates.size() == 1
          && Pem.fingerprint(certificates.get(0)).equals(token.fingerprint())) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw new CommandFailure("the cluster's certificate can't be read: " + e.getMessage(), e);
    }
    throw new CommandFailure(gateway + " answered for another authority than the token names");
  }
}
