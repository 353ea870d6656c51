package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.gateway.GatewayFixture.Reply;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a request is said by name, and changes nothing. */
class GatewayBadInputTest extends OverHttp {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "Bearer wrong", "Bearer ", "Basic dGVzdA==", "Bearer test-token-012345678"})
  void aRequestWithoutTheTokenIsUnauthorized(String authorization) {
    HttpRequest.Builder request = HttpRequest.newBuilder(gateway.uri("/api/v1/nodes"));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    Reply reply = gateway.send(request.build());
    assertStatus(reply, 401, "Unauthorized");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/readyz", "/healthz"})
  void healthIsToldToEveryone(String path) {
    assertThat(gateway.send(HttpRequest.newBuilder(gateway.uri(path)).build()).code())
        .isEqualTo(200);
  }

  static List<BadManifest> badManifests() {
    return BadManifest.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badManifests")
  void badInputIsRefusedAndChangesNothing(BadManifest bad) {
    String before = revision();
    Reply reply = gateway.send("POST", DEPLOYMENTS, "application/yaml", bad.manifest());
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().at("/details/causes").findValuesAsText("field")).contains(bad.field());
    assertThat(reply.json().at("/details/kind").asText()).isEqualTo("Deployment");
    assertThat(items(DEPLOYMENTS)).isEmpty();
    assertThat(revision()).isEqualTo(before);
  }

  @Test
  void aBodyBeyondTheLimitIsRefusedByName() {
    String huge = Manifests.WEB + "#" + "x".repeat(2 * 1024 * 1024);
    Reply reply = gateway.send("POST", DEPLOYMENTS, "application/yaml", huge);
    assertStatus(reply, 413, "RequestEntityTooLarge");
    assertThat(reply.json().path("message").asText()).contains("1048576 bytes");
    assertThat(items(DEPLOYMENTS)).isEmpty();
  }

  @Test
  void anUnannouncedBodyBeyondTheLimitIsRefusedByName() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      OutputStream out = socket.getOutputStream();
      String head =
          "POST "
              + DEPLOYMENTS
              + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
              + GatewayFixture.TOKEN
              + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      String chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
      for (int i = 0; i < 17; i++) {
        out.write(chunk.getBytes(StandardCharsets.US_ASCII));
      }
      out.flush();
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
      assertThat(in.readLine()).contains("413");
    }
  }

  @Test
  void aYamlBombIsRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i));
      bomb.append("*a%d,".formatted(i - 1).repeat(10)).append("]\n");
    }
    assertStatus(
        gateway.send("POST", DEPLOYMENTS, "application/yaml", bomb.toString()), 400, "BadRequest");
  }

  @Test
  void brokenUtf8IsRefused() {
    byte[] broken = "{\"kind\":\"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
    HttpRequest request =
        gateway
            .authorized(DEPLOYMENTS)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(broken))
            .build();
    Reply reply = gateway.send(request);
    assertStatus(reply, 400, "BadRequest");
    assertThat(reply.json().path("message").asText()).contains("UTF-8");
  }

  @Test
  void anUnknownContentTypeIsRefused() {
    assertStatus(
        gateway.send("POST", DEPLOYMENTS, "application/x-www-form-urlencoded", "a=b"),
        415,
        "UnsupportedMediaType");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nope",
        "/api/v2/pods",
        "/api/v1/replicationcontrollers",
        "/apis/apps/v1/nosuchthings",
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1",
        "/api/v1/namespaces/default/pods/a/b/c",
        "/api/v1/pods/web"
      })
  void anUnknownPathIsNotFound(String path) {
    assertStatus(gateway.get(path), 404, "NotFound");
  }

  @Test
  void anUnknownMethodIsNotAllowed() {
    assertStatus(gateway.send("PUT", DEPLOYMENTS, "", ""), 405, "MethodNotAllowed");
    assertStatus(
        gateway.send(
            "POST",
            "/apis/apps/v1/namespaces/default/controllerrevisions",
            "application/json",
            "{}"),
        405,
        "MethodNotAllowed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?labelSelector=a%3Db%3Dc",
        "?fieldSelector=spec.color%3Dred",
        "?resourceVersion=x",
        "?watch=maybe",
        "?timeoutSeconds=-1&watch=1"
      })
  void aWrongParameterIsRefusedByName(String query) {
    Reply reply = gateway.get(PODS + query);
    assertStatus(reply, 400, "BadRequest");
    String name = query.substring(1, query.indexOf('='));
    assertThat(reply.json().path("message").asText()).contains(name);
  }

  @Test
  void aNamespaceThatIsNotThereIsNamed() {
    Reply reply =
        gateway.send(
            "POST",
            "/apis/apps/v1/namespaces/nowhere/deployments",
            "application/yaml",
            Manifests.WEB);
    assertThat(reply.code()).isEqualTo(404);
    assertThat(reply.json().path("message").asText()).contains("nowhere");
  }

  @Test
  void aDryRunThatIsNotSupportedIsRefusedAndNotIgnored() {
    Reply reply =
        gateway.send("POST", DEPLOYMENTS + "?dryRun=Some", "application/yaml", Manifests.WEB);
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().path("message").asText()).contains("dryRun").contains("All");
    assertThat(items(DEPLOYMENTS)).isEmpty();
    createWeb();
    String web = DEPLOYMENTS + "/web";
    String options = "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"dryRun\":[\"Some\"]}";
    assertStatus(gateway.send("DELETE", web, "application/json", options), 422, "Invalid");
    Reply scale =
        gateway.send("PATCH", web + "/scale?dryRun=Some", MERGE, "{\"spec\":{\"replicas\":5}}");
    assertStatus(scale, 422, "Invalid");
    assertThat(gateway.get(web).json().at("/spec/replicas").asInt()).isEqualTo(2);
  }
}
