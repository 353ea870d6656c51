package io.hawser.ops.node;

import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.Roles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFormingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** There and back takes longer than the first wait for an answer, and less than the last. */
  private static final long ONE_WAY_MILLIS = ClusterForming.RETRY.toMillis() * 2 / 3;

  @TempDir Path dir;
  private final List<DelayedPort> ports = new ArrayList<>();
  private final List<ActorTestKit> members = new ArrayList<>();

  @AfterEach
  void stop() {
    members.forEach(ActorTestKit::shutdownTestKit);
    ports.forEach(DelayedPort::close);
  }

  @Test
  void whoseQuestionsAreAnsweredLateIsLetInAllTheSame() throws IOException {
    ActorTestKit first = member();
    Cluster cluster = Cluster.get(first.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    ActorTestKit late = member();

    late.spawn(ClusterForming.create(joining(ports.get(0).port())));

    await()
        .atMost(PATIENCE)
        .until(() -> Cluster.get(late.system()).selfMember().status().equals(MemberStatus.up()));
  }

  /** An actor system whose messages arrive late. */
  private ActorTestKit member() throws IOException {
    int own = freePort();
    DelayedPort port = new DelayedPort(own, ONE_WAY_MILLIS);
    ports.add(port);
    Config config =
        ConfigFactory.parseString(
                """
                pekko.remote.artery.bind { hostname = "127.0.0.1", port = %d }
                pekko.coordinated-shutdown.exit-jvm = off
                pekko.cluster.seed-node-timeout = 12s
                """
                    .formatted(own))
            .withFallback(
                ClusterConfig.member("127.0.0.1", port.port(), List.of(Roles.WORKER), List.of()));
    ActorTestKit kit = ActorTestKit.create(ClusterConfig.SYSTEM, ClusterConfig.load(config));
    members.add(kit);
    return kit;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private NodeOptions joining(int member) {
    return new NodeOptions(
        "late",
        dir,
        "127.0.0.1",
        0,
        0,
        0,
        0,
        List.of("127.0.0.1:" + member),
        Map.of(),
        Set.of(Roles.WORKER),
        "10.0.0.0/24",
        dir,
        0,
        dir.resolve("registries.yaml"),
        dir.resolve("gateway.p12"),
        "",
        1000,
        1 << 30,
        Duration.ofSeconds(1),
        Optional.empty());
  }
}
