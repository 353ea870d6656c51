package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayTlsTest {
  @TempDir Path directory;

  @Test
  void theCertificateIsMadeOnceAndNamesItsAddresses() throws Exception {
    Path file = directory.resolve("gateway.p12");
    GatewayTls made = GatewayTls.loadOrCreate(file, List.of("127.0.0.1", "10.1.2.3"));
    GatewayTls read = GatewayTls.loadOrCreate(file, List.of());

    assertThat(read.certificatePem()).isEqualTo(made.certificatePem());
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(
                    new ByteArrayInputStream(
                        made.certificatePem().getBytes(StandardCharsets.US_ASCII)));
    certificate.verify(certificate.getPublicKey());
    certificate.checkValidity();
    assertThat(certificate.getBasicConstraints()).as("an authority").isGreaterThanOrEqualTo(0);
    assertThat(certificate.getSubjectAlternativeNames())
        .extracting(name -> name.get(1).toString())
        .containsExactlyInAnyOrder("localhost", "127.0.0.1", "10.1.2.3");
    assertThat(made.context()).isNotNull();
  }

  @Test
  void onlyItsOwnerReadsTheKey() throws IOException {
    Path file = directory.resolve("gateway.p12");
    GatewayTls.loadOrCreate(file, List.of("127.0.0.1"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(directory)) {
      assertThat(files).as("nothing else is left").containsExactly(file);
    }
  }

  @Test
  void aBrokenFileIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("gateway.p12"), "not a key");
    assertThatThrownBy(() -> GatewayTls.loadOrCreate(file, List.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }
}
