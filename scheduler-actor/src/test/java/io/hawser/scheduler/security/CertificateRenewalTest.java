package io.hawser.scheduler.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.protocol.SecurityProtocol.Renew;
import io.hawser.cluster.security.NodeTls;
import io.hawser.cluster.security.Trust;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateRenewalTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration VALIDITY = Duration.ofDays(30);

  @TempDir Path dir;
  private final ActorTestKit testKit =
      ActorTestKit.create(
          ConfigFactory.parseString(
                  """
                  pekko.actor.provider = cluster
                  pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                  """)
              .withFallback(ConfigFactory.load()));

  @AfterEach
  void stop() {
    testKit.shutdownTestKit();
  }

  /** Told twice, it asks twice: each answer goes with the key that it was asked for. */
  @Test
  void anAnswerIsInstalledWithItsOwnKey() throws IOException {
    CertificateAuthority before = CertificateAuthority.create(Instant.now());
    CertificateAuthority after = CertificateAuthority.create(Instant.now());
    NodeCertificates.issue(before, dir, "n1", List.of("127.0.0.1"), Instant.now(), VALIDITY);
    TestProbe<SecurityProtocol.Command> security = testKit.createTestProbe();
    @SuppressWarnings("unchecked")
    ActorRef<Object> renewal =
        (ActorRef<Object>)
            testKit.spawn(
                CertificateRenewal.create(
                    new CertificateRenewal.Settings(
                        NodeTls.open(dir), dir, "n1", List.of("127.0.0.1"), PATIENCE),
                    security.ref()));
    Trust trust =
        new Trust(
            1,
            List.of(before.certificatePem(), after.certificatePem()),
            after.fingerprint(),
            Map.of());
    renewal.tell(new SecurityProtocol.TellTrust(trust, security.ref()));
    renewal.tell(new SecurityProtocol.TellTrust(trust, security.ref()));
    Renew first = nextAsked(security);
    nextAsked(security);

    first
        .replyTo()
        .tell(
            new SecurityProtocol.Signed(
                after.sign(CertificateRequest.read(first.csr()), Instant.now(), VALIDITY),
                after.certificatePem(),
                Optional.empty(),
                Map.of(),
                Optional.empty()));

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(NodeTls.open(dir).signedBy()).isEqualTo(after.fingerprint()));
  }

  @Test
  void aKeyThatIsNotTheCertificatesIsRefused() throws IOException {
    CertificateAuthority authority = CertificateAuthority.create(Instant.now());
    CertificateRequest request =
        CertificateRequest.read(
            CertificateRequest.write("n1", List.of("127.0.0.1"), CertificateRequest.newKey()));
    NodeCertificates.install(
        dir,
        CertificateRequest.newKey(),
        authority.sign(request, Instant.now(), VALIDITY),
        authority.certificatePem());
    assertThatThrownBy(() -> NodeTls.open(dir)).hasMessageContaining("not the certificate's");
  }

  private static Renew nextAsked(TestProbe<SecurityProtocol.Command> security) {
    return (Renew)
        security
            .fishForMessage(
                PATIENCE,
                message ->
                    message instanceof Renew
                        ? org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes.complete()
                        : org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes
                            .continueAndIgnore())
            .get(0);
  }
}
