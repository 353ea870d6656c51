package io.hawser.scheduler.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.cluster.security.NodeTls;
import io.hawser.cluster.security.Pem;
import io.hawser.cluster.security.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTlsTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
  @TempDir Path dir;

  @Test
  void twoNodesOfOneAuthorityAcceptEachOther() throws Exception {
    NodeTls one = node(authority, "n1", Instant.now(), DAY);
    NodeTls two = node(authority, "n2", Instant.now(), DAY);
    assertThat(Handshake.between(one.context(), two.context()).getSubjectX500Principal().getName())
        .isEqualTo("CN=n1");
    Handshake.between(two.context(), one.context());
  }

  @Test
  void aNodeOfAnotherAuthorityIsRefusedOnEitherSide() throws Exception {
    NodeTls ours = node(authority, "n1", Instant.now(), DAY);
    NodeTls theirs = node(CertificateAuthority.create(Instant.now()), "n2", Instant.now(), DAY);
    assertThatThrownBy(() -> Handshake.between(ours.context(), theirs.context()))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Handshake.between(theirs.context(), ours.context()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void whileTheAuthorityIsReplacedBothAreBelieved() throws Exception {
    CertificateAuthority next = CertificateAuthority.create(Instant.now());
    NodeTls old = node(authority, "n1", Instant.now(), DAY);
    NodeTls renewed = node(next, "n2", Instant.now(), DAY);
    List<String> both = List.of(authority.certificatePem(), next.certificatePem());
    tell(old, "n1", new Trust(1, both, next.fingerprint(), Map.of()));
    tell(renewed, "n2", new Trust(1, both, next.fingerprint(), Map.of()));

    Handshake.between(old.context(), renewed.context());
    Handshake.between(renewed.context(), old.context());
    assertThat(old.isOfFormerAuthority()).isTrue();
    assertThat(renewed.isOfFormerAuthority()).isFalse();

    tell(renewed, "n2", new Trust(2, List.of(next.certificatePem()), next.fingerprint(), Map.of()));
    assertThat(renewed.trustVersion()).isEqualTo(2);
    assertThatThrownBy(() -> Handshake.between(renewed.context(), old.context()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aNodeThatWasThrownOutIsRefusedUntilItHasALaterCertificate() throws Exception {
    Instant at = Instant.now().minus(DAY.dividedBy(2));
    NodeTls server = node(authority, "n1", Instant.now(), DAY);
    NodeTls gone = node(authority, "n2", at, DAY);
    NodeTls other = node(authority, "n3", at, DAY);
    tell(server, "n1", new Trust(1, List.of(), "", Map.of("n2", at)));

    assertThatThrownBy(() -> Handshake.between(server.context(), gone.context()))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Handshake.between(gone.context(), server.context()))
        .isInstanceOf(IOException.class);
    Handshake.between(server.context(), other.context());

    NodeTls again = node(authority, "n2", Instant.now(), DAY);
    Handshake.between(server.context(), again.context());
  }

  private void tell(NodeTls tls, String name, Trust trust) throws IOException {
    Path file = dir.resolve(name).resolve(NodeTls.TRUST_FILE);
    NodeTls.writeSecret(file, trust.text());
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(trust.version() * 5)));
    tls.reload();
  }

  @Test
  void aClientWithoutACertificateIsRefused() throws Exception {
    NodeTls ours = node(authority, "n1", Instant.now(), DAY);
    SSLContext bare = SSLContext.getInstance("TLSv1.3");
    bare.init(null, new TrustManager[] {ours.trustManager()}, new SecureRandom());
    assertThatThrownBy(() -> Handshake.between(ours.context(), bare))
        .isInstanceOf(IOException.class);
  }

  @Test
  void anOldCertificateIsRefusedAndItsSuccessorIsUsedWithoutARestart() throws Exception {
    NodeTls server = node(authority, "n1", Instant.now().minus(DAY), DAY.dividedBy(2));
    NodeTls client = node(authority, "n2", Instant.now(), DAY);
    assertThatThrownBy(() -> Handshake.between(server.context(), client.context()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the certificate of CN=n1 ended at")
        .hasMessageContaining("12 h 0 min ago");

    SSLContext unchanged = server.context();
    renew(server, "n1");
    assertThat(server.validUntil()).isAfter(Instant.now());
    assertThat(server.renewAt())
        .isBetween(Instant.now().plus(DAY.dividedBy(2)), server.validUntil());
    Handshake.between(unchanged, client.context());
  }

  @Test
  void aClockThatIsWrongByATimeZoneKeepsNobodyOut() throws Exception {
    Instant ahead = Instant.now().plus(Duration.ofHours(14));
    NodeTls server = node(authority, "n1", ahead, CertificateAuthority.NODE_VALIDITY);
    NodeTls client = node(authority, "n2", Instant.now(), DAY);
    Handshake.between(server.context(), client.context());
    Handshake.between(client.context(), server.context());
  }

  @Test
  void aCertificateThatHasNotBegunIsRefusedNamingHowFarTheClocksAreApart() throws Exception {
    Instant ahead = Instant.now().plus(DAY.multipliedBy(4)).plusSeconds(60);
    NodeTls server = node(authority, "n1", ahead, CertificateAuthority.NODE_VALIDITY);
    NodeTls client = node(authority, "n2", Instant.now(), DAY);
    assertThatThrownBy(() -> Handshake.between(server.context(), client.context()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the certificate of CN=n1 begins only at")
        .hasMessageContaining("behind by 3 d 0 h or more");
    assertThatThrownBy(() -> Handshake.between(client.context(), server.context()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aNewCertificateThatHasNotBegunWaitsWhileThePresentOneIsValid() throws Exception {
    Instant ahead = Instant.now().plus(DAY.multipliedBy(4));
    String next = signed("n1", ahead);
    assertThat(node(authority, "n1", Instant.now(), DAY).whyWait(next).orElseThrow())
        .contains("begins only at");
    assertThat(node(authority, "n2", Instant.now(), DAY).whyWait(signed("n2", Instant.now())))
        .isEmpty();
    Instant before = Instant.now().minus(DAY);
    assertThat(node(authority, "n3", before, DAY.dividedBy(2)).whyWait(next)).isEmpty();
  }

  private String signed(String name, Instant at) {
    CertificateRequest request =
        CertificateRequest.read(
            CertificateRequest.write(name, List.of("127.0.0.1"), CertificateRequest.newKey()));
    return authority.sign(request, at, CertificateAuthority.NODE_VALIDITY);
  }

  @Test
  void aDamagedFileLeavesTheIdentityBeforeInPlace() throws Exception {
    NodeTls server = node(authority, "n1", Instant.now(), DAY);
    Path file = dir.resolve("n1").resolve(NodeTls.FILE);
    Files.writeString(file, "-----BEGIN PRIVATE KEY-----");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(9)));
    server.reload();
    Handshake.between(server.context(), node(authority, "n2", Instant.now(), DAY).context());
  }

  @Test
  void keysAreForTheirOwnerOnlyAndAnOpenFileIsRefused() throws Exception {
    node(authority, "n1", Instant.now(), DAY);
    Path own = dir.resolve("n1");
    authority.save(own);
    for (String name : List.of(NodeTls.FILE, CertificateAuthority.FILE)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own.resolve(name))))
          .isEqualTo("rw-------");
    }
    Files.setPosixFilePermissions(
        own.resolve(NodeTls.FILE), PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> NodeTls.open(own)).hasMessageContaining("chmod 600");
  }

  @Test
  void theAuthorityIsTheSameAfterItWasReadBack() throws IOException {
    authority.save(NodeCertificates.prepare(dir.resolve("a")));
    assertThat(CertificateAuthority.open(dir.resolve("a")).fingerprint())
        .isEqualTo(authority.fingerprint());
  }

  @Test
  void aRequestWhoseSignatureIsNotItsKeysIsRefused() {
    var other = CertificateRequest.newKey();
    var mixed =
        new java.security.KeyPair(CertificateRequest.newKey().getPublic(), other.getPrivate());
    String request = CertificateRequest.write("n1", List.of("127.0.0.1"), mixed);
    assertThatThrownBy(() -> CertificateRequest.read(request))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("signature");
  }

  @Test
  void onlyNamesOfNodesAreSigned() {
    String request = CertificateRequest.write("Not A Node", List.of(), CertificateRequest.newKey());
    assertThatThrownBy(() -> CertificateRequest.read(request)).hasMessageContaining("common name");
    assertThatThrownBy(() -> CertificateRequest.read(Pem.encode(Pem.KEY, new byte[3])))
        .hasMessageContaining("csr");
  }

  private NodeTls node(CertificateAuthority by, String name, Instant from, Duration validity)
      throws IOException {
    Path own = dir.resolve(name);
    NodeCertificates.issue(by, own, name, List.of("127.0.0.1"), from, validity);
    return NodeTls.open(own);
  }

  private void renew(NodeTls tls, String name) throws IOException {
    Path own = dir.resolve(name);
    NodeCertificates.issue(authority, own, name, List.of("127.0.0.1"), Instant.now(), DAY);
    // Two writes can fall into one tick of the file system's clock.
    Files.setLastModifiedTime(
        own.resolve(NodeTls.FILE), FileTime.from(Instant.now().plusSeconds(5)));
    tls.reload();
  }
}
