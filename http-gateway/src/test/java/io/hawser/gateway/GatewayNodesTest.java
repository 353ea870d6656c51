package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.gateway.GatewayFixture.Reply;
import io.hawser.gateway.wire.Json;
import io.hawser.model.DrillReport;
import io.hawser.model.Refusal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gateway asks of nodes and of the drill actor: logs, commands, sizes, drills. */
class GatewayNodesTest extends OverHttp {
  @Test
  void aPodsLogComesFromItsNode() {
    createWeb();
    awaitReady(2);
    String pod = names(PODS).get(0);
    assertThat(gateway.get(PODS + "/" + pod + "/log").text())
        .isEqualTo("hello\nfrom " + pod + "\n");
    assertStatus(gateway.get(PODS + "/" + pod + "/log?previous=true"), 400, "BadRequest");
    assertStatus(gateway.get(PODS + "/" + pod + "/log?container=nope"), 400, "BadRequest");
    assertStatus(gateway.get(PODS + "/" + pod + "/log?tailLines=-1"), 400, "BadRequest");
    assertStatus(gateway.get(PODS + "/nope/log"), 404, "NotFound");
  }

  @Test
  void aPodIsResizedWhereItIs() {
    createWeb();
    awaitReady(2);
    String pod = PODS + "/" + names(PODS).get(0);
    JsonNode before = gateway.get(pod + "/resize").json();
    Reply reply =
        gateway.send(
            "PATCH",
            pod + "/resize",
            STRATEGIC,
            """
            {"spec":{"containers":[{"name":"web","resources":{"limits":{"cpu":"1"}}}]}}""");
    assertThat(reply.code()).as(reply.text()).isEqualTo(200);
    JsonNode after = gateway.get(pod).json();
    assertThat(after.at("/spec/containers/0/resources/limits/cpu").asText()).isEqualTo("1");
    assertThat(after.at("/spec/containers/0/resources/limits/memory").asText()).isEqualTo("64Mi");
    assertThat(after.at("/metadata/uid")).isEqualTo(before.at("/metadata/uid"));
    assertThat(after.at("/status/containerStatuses/0/restartCount").asInt()).isZero();

    ObjectNode image = after.deepCopy();
    ((ObjectNode) image.at("/spec/containers/0")).put("image", "other:1");
    Reply refused = gateway.send("PUT", pod + "/resize", "application/json", image.toString());
    assertStatus(refused, 422, "Invalid");
    assertThat(refused.text()).contains("only the cpu and memory of containers can be resized");
    Reply plain =
        gateway.send(
            "PATCH",
            pod,
            STRATEGIC,
            """
            {"spec":{"containers":[{"name":"web","resources":{"limits":{"cpu":"2"}}}]}}""");
    assertStatus(plain, 422, "Invalid");
    assertThat(plain.text()).contains("a pod's spec can't be changed");
    assertThat(items(PODS)).hasSize(2);
  }

  private static void resize(String pod, String requestedCpu) {
    Reply reply =
        gateway.send(
            "PATCH",
            pod + "/resize",
            STRATEGIC,
            """
            {"spec":{"containers":[{"name":"web","resources":{
              "requests":{"cpu":"%s"},"limits":{"cpu":"9"}}}]}}"""
                .formatted(requestedCpu));
    assertThat(reply.code()).as(reply.text()).isEqualTo(200);
  }

  private static Optional<JsonNode> resizePending(JsonNode pod) {
    for (JsonNode condition : pod.at("/status/conditions")) {
      if (condition.path("type").asText().equals("PodResizePending")) {
        return Optional.of(condition);
      }
    }
    return Optional.empty();
  }

  /** The node of the test has eight cores. */
  @Test
  void aSizeThatDoesNotFitYetIsShownAsDeferredAndGrantedWhenAnotherPodIsSmaller() {
    createWeb();
    awaitReady(2);
    String large = PODS + "/" + names(PODS).get(0);
    String waiting = PODS + "/" + names(PODS).get(1);
    String cpu = "/spec/containers/0/resources/requests/cpu";
    String present = gateway.get(waiting).json().at(cpu).asText();
    resize(large, "7");
    resize(waiting, "2");

    JsonNode shown = gateway.get(waiting).json();
    JsonNode condition = resizePending(shown).orElseThrow();
    assertThat(condition.path("status").asText()).isEqualTo("True");
    assertThat(condition.path("reason").asText()).isEqualTo("Deferred");
    assertThat(condition.path("message").asText()).startsWith("node n1 has no room now for");
    assertThat(shown.at(cpu).asText()).as("what is asked for").isEqualTo("2");
    assertThat(shown.at("/status/containerStatuses/0/allocatedResources/cpu").asText())
        .isEqualTo(present);
    Reply labelled =
        gateway.send("PATCH", waiting, MERGE, "{\"metadata\":{\"labels\":{\"size\":\"waits\"}}}");
    assertThat(labelled.code()).as(labelled.text()).isEqualTo(200);

    resize(large, "5");
    JsonNode granted = gateway.get(waiting).json();
    assertThat(resizePending(granted)).isEmpty();
    assertThat(granted.at(cpu).asText()).isEqualTo("2");
    resize(waiting, "8500m");
    assertThat(resizePending(gateway.get(waiting).json()).orElseThrow().path("reason").asText())
        .isEqualTo("Infeasible");
  }

  @Test
  void aPodsLaunchIsAskedOfItsNode() {
    createWeb();
    awaitReady(2);
    String launch = "/apis/hawser.io/v1/launch/default/";
    String pod = names(PODS).get(0);
    JsonNode told = gateway.get(launch + pod).json();
    assertThat(told.path("node").asText()).isEqualTo("n1");
    JsonNode container = told.at("/containers/0");
    assertThat(container.path("attempt").asInt()).isEqualTo(2);
    assertThat(container.at("/calls/0/step").asText())
        .isEqualTo("execve(" + container.path("name").asText() + ")");
    assertThat(container.at("/calls/0/arguments/0").asText()).isEqualTo("\"/bin/web\"");
    assertStatus(gateway.get(launch + "nobody"), 404, "NotFound");
    assertStatus(gateway.get(launch + pod + "?container=nope"), 400, "BadRequest");
  }

  @Test
  void execNeedsAWebSocket() {
    createWeb();
    awaitReady(2);
    Reply reply = gateway.post(PODS + "/" + names(PODS).get(0) + "/exec?command=ls", "");
    assertStatus(reply, 400, "BadRequest");
    assertThat(reply.json().path("message").asText()).contains("v5.channel.k8s.io");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v5.channel.k8s.io", "v4.channel.k8s.io"})
  void aCommandsStreamsComeOverAWebSocket(String protocol) throws Exception {
    createWeb();
    awaitReady(2);
    String path = PODS + "/" + names(PODS).get(0) + "/exec?command=echo&command=a%20b&stdout=true";
    Channels channels = new Channels();
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .header("Authorization", "Bearer " + GatewayFixture.TOKEN)
            .subprotocols(protocol)
            .buildAsync(URI.create("ws" + gateway.uri(path).toString().substring(4)), channels)
            .get();
    channels.closed.get(GatewayFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(socket.getSubprotocol()).isEqualTo(protocol);
    assertThat(channels.messages.get(0)).isEqualTo("\u0001echo a b\n");
    assertThat(channels.messages.get(1)).startsWith("\u0003").contains("Success");
  }

  /** What came over a WebSocket, the channel's number first. */
  private static final class Channels implements WebSocket.Listener {
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      messages.add(StandardCharsets.UTF_8.decode(data).toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(null);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }

  @Test
  void theStatusNamesTheSchedulerAndTheNodes() {
    JsonNode status = gateway.get("/apis/hawser.io/v1/status").json();
    assertThat(status.at("/scheduler/node").asText()).isEqualTo("n1");
    assertThat(status.at("/scheduler/epoch").asLong()).isPositive();
    assertThat(status.path("connected").asBoolean()).isTrue();
    assertThat(status.at("/objects/maxKib").asLong())
        .isPositive()
        .isGreaterThan(status.at("/objects/kib").asLong());
    assertThat(status.at("/nodes/0/name").asText()).isEqualTo("n1");
  }

  @Test
  void aDrillIsStartedByTheDrillActor() throws Exception {
    HttpRequest request =
        gateway
            .authorized("/apis/hawser.io/v1/drills")
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"kind\":\"node-kill\",\"node\":\"n2\",\"probePort\":80}"))
            .build();
    var answer =
        HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    DrillProtocol.StartNodeKill start =
        gateway.drills.expectMessageClass(DrillProtocol.StartNodeKill.class);
    assertThat(start.node()).isEqualTo("n2");
    assertThat(start.probePort()).contains(80);
    start.replyTo().tell(new DrillProtocol.Started(Optional.of(report()), Optional.empty()));
    assertThat(answer.get().statusCode()).isEqualTo(201);
    assertThat(Json.MAPPER.readTree(answer.get().body()).path("id").asText()).isEqualTo("d1");
  }

  @Test
  void aRefusedDrillSaysWhy() throws Exception {
    HttpRequest request =
        gateway
            .authorized("/apis/hawser.io/v1/drills")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"kind\":\"node-kill\",\"node\":\"n9\"}"))
            .build();
    var answer =
        HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    DrillProtocol.StartNodeKill start =
        gateway.drills.expectMessageClass(DrillProtocol.StartNodeKill.class);
    start
        .replyTo()
        .tell(
            new DrillProtocol.Started(
                Optional.empty(),
                Optional.of(Refusal.of(Refusal.Reason.NOT_FOUND, "no node is called n9"))));
    assertThat(answer.get().statusCode()).isEqualTo(404);
    assertThat(answer.get().body()).contains("no node is called n9");
  }

  @Test
  void aWrongDrillIsRefusedByField() {
    Reply reply = gateway.post("/apis/hawser.io/v1/drills", "{\"kind\":\"flood\",\"nod\":\"n1\"}");
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().at("/details/causes").findValuesAsText("field"))
        .containsExactlyInAnyOrder("kind", "node", "nod");
  }

  private static DrillReport report() {
    return new DrillReport(
        "d1",
        "node-kill",
        "n2",
        "running",
        Optional.empty(),
        false,
        Instant.now(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        new DrillReport.Requests(0, 0, 0),
        List.of());
  }
}
