package io.hawser.gateway;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaActor;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.gateway.wire.Json;
import io.hawser.model.NodeInfo;
import io.hawser.model.ResourceAmounts;
import io.hawser.scheduler.SchedulerActor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;

/**
 * A gateway over the real scheduler (its journal in memory), the real replica and one {@link
 * FakeNode}, on a free port of the loopback address.
 */
final class GatewayFixture implements AutoCloseable {
  static final String TOKEN = "test-token-0123456789";
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final ActorTestKit kit;
  final TestProbe<DrillProtocol.Command> drills;
  final ActorRef<ReplicaProtocol.Command> replica;
  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private final HttpClient client = HttpClient.newHttpClient();
  private final ServerBinding binding;
  private Path tlsDirectory;

  /** An answer's code and its JSON, or nothing when the body is none. */
  record Reply(int code, JsonNode json, String text, List<String> warnings) {}

  GatewayFixture() {
    this(SchedulerActor.create("n1"), true);
  }

  GatewayFixture(Behavior<SchedulerProtocol.Command> schedulerBehavior, boolean withNode) {
    Config overrides =
        ConfigFactory.parseString(
                """
                hawser.scheduler { journal-plugin = "", snapshot-plugin = "" }
                pekko.coordinated-shutdown.exit-jvm = off
                """)
            .withFallback(PersistenceTestKitPlugin.getInstance().config())
            .withFallback(PersistenceTestKitSnapshotPlugin.getInstance().config())
            .withFallback(
                ClusterConfig.member("127.0.0.1", 0, List.of("controller", "worker"), List.of()));
    kit = ActorTestKit.create(ClusterConfig.SYSTEM, ClusterConfig.load(overrides));
    Cluster cluster = Cluster.get(kit.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await().atMost(PATIENCE).until(() -> cluster.selfMember().status().equals(MemberStatus.up()));
    scheduler = kit.spawn(schedulerBehavior, "scheduler");
    drills = kit.createTestProbe(DrillProtocol.Command.class);
    replica = kit.spawn(ReplicaActor.create(scheduler), "replica");
    binding = start();
    if (withNode) {
      kit.spawn(
          FakeNode.create(info(cluster.selfMember().address().toString()), scheduler), "node");
      await().atMost(PATIENCE).until(() -> get("/readyz").code() == 200);
      await().atMost(PATIENCE).until(() -> get("/api/v1/nodes").json().path("items").size() == 1);
    }
  }

  private ServerBinding start() {
    try {
      tlsDirectory = Files.createTempDirectory("gateway-tls");
      GatewayTls tls =
          GatewayTls.loadOrCreate(tlsDirectory.resolve("gateway.p12"), List.of("127.0.0.1"));
      GatewaySettings settings =
          new GatewaySettings(
              "n1",
              "127.0.0.1",
              0,
              TOKEN,
              Optional.empty(),
              Optional.of(
                  new GatewaySettings.TlsPort(
                      0, java.util.concurrent.CompletableFuture.completedFuture(tls))));
      return Gateway.start(kit.system(), settings, replica, scheduler, drills.ref())
          .toCompletableFuture()
          .join();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For kubectl, from what the status tells. */
  String kubeconfig() {
    JsonNode kubernetes = get("/apis/hawser.io/v1/status").json().path("kubernetes");
    return """
        apiVersion: v1
        kind: Config
        clusters:
        - name: hawser
          cluster: {server: "%s", certificate-authority-data: %s}
        users:
        - name: hawser
          user: {token: "%s"}
        contexts:
        - name: hawser
          context: {cluster: hawser, user: hawser}
        current-context: hawser
        """
        .formatted(
            kubernetes.path("server").asText(),
            kubernetes.path("certificateAuthorityData").asText(),
            TOKEN);
  }

  private static NodeInfo info(String address) {
    return new NodeInfo(
        "n1",
        "run-1",
        address,
        "192.168.0.1",
        "",
        Set.of("controller", "gateway", "worker"),
        "10.0.0.0/24",
        new ResourceAmounts(8_000, 16L << 30, 0, Map.of()),
        110,
        "amd64",
        "6.1.0",
        "Debian GNU/Linux 12",
        "0.1.0");
  }

  int port() {
    return binding.localAddress().getPort();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  Reply get(String path) {
    return send("GET", path, "", "");
  }

  Reply post(String path, String body) {
    return send("POST", path, "application/json", body);
  }

  Reply send(String method, String path, String contentType, String body) {
    HttpRequest.Builder request = authorized(path);
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    return send(request.method(method, HttpRequest.BodyPublishers.ofString(body)).build());
  }

  HttpRequest.Builder authorized(String path) {
    return HttpRequest.newBuilder(uri(path))
        .timeout(PATIENCE)
        .header("Authorization", "Bearer " + TOKEN);
  }

  Reply send(HttpRequest request) {
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      String type = response.headers().firstValue("Content-Type").orElse("");
      JsonNode json =
          type.startsWith("application/json")
              ? Json.MAPPER.readTree(response.body())
              : Json.object();
      return new Reply(
          response.statusCode(), json, response.body(), response.headers().allValues("Warning"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      // The kit's own ten seconds are too few for a starved machine.
      ActorTestKit.shutdown(kit.system(), PATIENCE);
    } finally {
      removeKeys();
    }
  }

  private void removeKeys() {
    try {
      Files.delete(tlsDirectory.resolve("gateway.p12"));
      Files.delete(tlsDirectory.resolve(".gateway.p12.lock"));
      Files.delete(tlsDirectory);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
