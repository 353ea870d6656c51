package io.hawser.scheduler.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.security.NodeTls;
import io.hawser.persistence.HawserStore;
import io.hawser.persistence.StoreMembers;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nobody writes to the journal, reads it or joins it without a certificate of its authority. */
class StoreTlsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration REFUSED_WITHIN = Duration.ofSeconds(3);

  private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
  private final List<ActorSystem> systems = new ArrayList<>();
  @TempDir Path dir;
  private String first;
  private String second;

  @BeforeEach
  void startTheFirst() throws IOException {
    first = "127.0.0.1:" + freePort();
    second = "127.0.0.1:" + freePort();
    issue(authority, "n1", Duration.ofDays(1));
    ready(start("n1", first, Optional.of("n1")));
  }

  @AfterEach
  void stopAll() {
    systems.forEach(
        system ->
            TestKit.shutdownActorSystem(
                system, scala.concurrent.duration.Duration.create(30, TimeUnit.SECONDS), true));
  }

  @Test
  void aPeerOfTheSameAuthorityJoinsAndWrites() throws IOException {
    issue(authority, "n2", Duration.ofDays(1));
    HawserStore joining = start("n2", second, Optional.of("n2"));
    await().atMost(PATIENCE).until(joining::isPeerRunning);
    assertThat(members().add("n2", second)).containsOnlyKeys("n1", "n2");
    ready(joining);
  }

  @Test
  void neitherWithoutACertificateNorWithAnotherAuthoritysDoesAnybodyReadOrJoin()
      throws IOException {
    issue(CertificateAuthority.create(Instant.now()), "stranger", Duration.ofDays(1));
    HawserStore stranger = start("stranger", second, Optional.of("stranger"));
    assertRefused(stranger);
    HawserStore bare = start("bare", "127.0.0.1:" + freePort(), Optional.empty());
    assertRefused(bare);
    assertThat(members().list()).containsOnlyKeys("n1");
  }

  @Test
  void aPeerGoesOnAfterItsCertificateWasRenewed() throws Exception {
    issue(authority, "n2", Duration.ofSeconds(6));
    HawserStore joining = start("n2", second, Optional.of("n2"));
    await().atMost(PATIENCE).until(joining::isPeerRunning);
    members().add("n2", second);
    Instant firstEnds = NodeTls.open(dir.resolve("n2-tls")).validUntil();
    issue(authority, "n2", Duration.ofDays(1));
    Path file = dir.resolve("n2-tls").resolve(NodeTls.FILE);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(3)));
    await().atMost(PATIENCE).until(() -> Instant.now().isAfter(firstEnds.plusMillis(100)));
    // Of two members none is a majority alone: they still speak, over new connections too.
    ready(joining);
    HawserStore.get(systems.get(0));
    ready(HawserStore.get(systems.get(0)));
  }

  private void assertRefused(HawserStore store) {
    await().atMost(PATIENCE).until(store::isPeerRunning);
    assertThatThrownBy(
            () ->
                store
                    .highestSequenceNr("scheduler")
                    .toCompletableFuture()
                    .get(REFUSED_WITHIN.plusSeconds(20).toSeconds(), TimeUnit.SECONDS))
        .hasMessageContaining("not answered");
  }

  private StoreMembers members() {
    return HawserStore.get(systems.get(0)).members().toCompletableFuture().join();
  }

  private void issue(CertificateAuthority by, String name, Duration validity) throws IOException {
    NodeCertificates.issue(
        by, dir.resolve(name + "-tls"), name, List.of("127.0.0.1"), Instant.now(), validity);
  }

  private HawserStore start(String self, String address, Optional<String> tls) {
    Config config =
        ConfigFactory.parseString(
                """
                pekko { loglevel = OFF, stdout-loglevel = OFF, actor.provider = local
                  coordinated-shutdown.exit-jvm = off }
                hawser.store { dir = "%s", self = %s, peers = ["n1=%s"], address = "%s", tls-dir = "%s"
                  timeouts { write = %d s, read = %d s }
                  limits.free-disk-bytes = 1 MiB }
                """
                    .formatted(
                        dir.resolve(self),
                        self,
                        first,
                        self.equals("n1") ? "" : address,
                        tls.map(name -> dir.resolve(name + "-tls").toString()).orElse(""),
                        REFUSED_WITHIN.toSeconds(),
                        REFUSED_WITHIN.toSeconds()))
            .withFallback(ConfigFactory.load());
    ActorSystem system = ActorSystem.create("store", config);
    systems.add(system);
    return HawserStore.get(system);
  }

  private static void ready(HawserStore store) {
    store.ready().toCompletableFuture().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
