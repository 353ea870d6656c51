package io.hawser.gateway;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Namespace;
import io.hawser.model.ObjectMeta;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway whose scheduler says nothing, over a replica that says what each test wants. */
class DisconnectedGatewayTest {
  private static final String TOKEN = "test-token-0123456789";
  private static final View UNKNOWN = new View(ClusterState.EMPTY, false);

  private static final AtomicReference<View> VIEW = new AtomicReference<>(UNKNOWN);
  private static ActorTestKit kit;
  private static ServerBinding binding;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create("disconnected", ConfigFactory.load());
    TestProbe<SchedulerProtocol.Command> scheduler = kit.createTestProbe();
    TestProbe<DrillProtocol.Command> drills = kit.createTestProbe();
    ActorRef<ReplicaProtocol.Command> replica = kit.spawn(scripted());
    GatewaySettings settings = new GatewaySettings("n1", "127.0.0.1", 0, TOKEN, Optional.empty());
    binding =
        Gateway.start(kit.system(), settings, replica, scheduler.ref(), drills.ref())
            .toCompletableFuture()
            .join();
  }

  private static Behavior<ReplicaProtocol.Command> scripted() {
    return Behaviors.receive(ReplicaProtocol.Command.class)
        .onMessage(
            ReplicaProtocol.GetState.class,
            ask -> {
              ask.replyTo().tell(VIEW.get());
              return Behaviors.same();
            })
        .onMessage(
            ReplicaProtocol.Watch.class,
            watch -> {
              watch.watcher().tell(new ReplicaProtocol.Expired(77));
              return Behaviors.same();
            })
        .build();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void forget() {
    VIEW.set(UNKNOWN);
  }

  @Test
  void moreWritesThanMayWaitAreSentAwayForAMoment() throws Exception {
    VIEW.set(new View(ClusterState.EMPTY, true));
    HttpClient client = HttpClient.newHttpClient();
    String body = "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"}}";
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i <= Limits.MAX_WRITES; i++) {
      answers.add(
          client.sendAsync(
              request("POST", "/api/v1/namespaces", body), HttpResponse.BodyHandlers.ofString()));
    }
    HttpResponse<String> refused =
        (HttpResponse<String>)
            CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new)).get(60, SECONDS);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
    answers.forEach(answer -> answer.cancel(true));
  }

  @Test
  void itLivesButIsNotReady() throws Exception {
    assertThat(send("GET", "/livez", "").statusCode()).isEqualTo(200);
    HttpResponse<String> ready = send("GET", "/readyz", "");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(ready.body()).contains("scheduler");
  }

  @Test
  void beforeItHasHeardAnythingItShowsNothingRatherThanAnEmptyCluster() throws Exception {
    HttpResponse<String> list = send("GET", "/api/v1/pods", "");
    assertThat(list.statusCode()).isEqualTo(503);
    assertThat(list.headers().firstValue("Retry-After")).isPresent();
    assertThat(json(list).path("reason").asText()).isEqualTo("ServiceUnavailable");
  }

  @Test
  void whatMayBeOldIsShownWithAWarning() throws Exception {
    VIEW.set(new View(known(), false));
    HttpResponse<String> list = send("GET", "/api/v1/namespaces", "");
    assertThat(list.statusCode()).isEqualTo(200);
    assertThat(json(list).at("/items/0/metadata/name").asText()).isEqualTo("blue");
    assertThat(list.headers().firstValue("Warning").orElse("")).contains("may be old");
    VIEW.set(new View(known(), true));
    assertThat(send("GET", "/api/v1/namespaces", "").headers().firstValue("Warning")).isEmpty();
  }

  @Test
  void aWriteThatNobodyAnswersSaysThatItMayHaveHappened() throws Exception {
    VIEW.set(new View(known(), true));
    HttpResponse<String> answer =
        send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"red\"}}");
    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(json(answer).path("message").asText())
        .contains("did not answer within 10 s")
        .contains("may or may not");
  }

  @Test
  void aWatchOfWhatIsNoLongerAtHandEndsWithExpired() throws Exception {
    VIEW.set(new View(known(), true));
    HttpResponse<String> watch = send("GET", "/api/v1/pods?watch=1&resourceVersion=5", "");
    assertThat(watch.statusCode()).isEqualTo(200);
    JsonNode frame = json(watch);
    assertThat(frame.path("type").asText()).isEqualTo("ERROR");
    assertThat(frame.at("/object/code").asInt()).isEqualTo(410);
    assertThat(frame.at("/object/reason").asText()).isEqualTo("Expired");
    assertThat(frame.at("/object/message").asText()).contains("77");
  }

  private static ClusterState known() {
    Instant now = Instant.now();
    ObjectMeta meta = new ObjectMeta("", "blue", "u", 1, 0, now, Map.of(), Map.of());
    return ClusterState.EMPTY.evolve(new SchedulerEvent.NamespaceCreated(new Namespace(meta), now));
  }

  private static JsonNode json(HttpResponse<String> response) throws Exception {
    return Json.MAPPER.readTree(response.body().strip());
  }

  private static HttpResponse<String> send(String method, String path, String body)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(request(method, path, body), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest request(String method, String path, String body) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + binding.localAddress().getPort() + path))
        .timeout(GatewayFixture.PATIENCE)
        .header("Authorization", "Bearer " + TOKEN)
        .header("Content-Type", "application/json")
        .method(method, HttpRequest.BodyPublishers.ofString(body))
        .build();
  }
}
