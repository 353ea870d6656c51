package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
      assertThat(files)
          .as("nothing is left but what is locked")
          .containsExactlyInAnyOrder(file, directory.resolve(".gateway.p12.lock"));
    }
  }

  @Test
  void processesThatShareAFileMakeOneKey() throws Exception {
    Path file = directory.resolve("gateway.p12");
    Process other;
    String certificate;
    try (FileChannel channel =
            FileChannel.open(
                directory.resolve(".gateway.p12.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock making = channel.lock()) {
      other = inAnotherProcess(file);
      assertThat(firstLine(other)).isEqualTo("begins");
      Path elsewhere = directory.resolve("made.p12");
      certificate = GatewayTls.loadOrCreate(elsewhere, List.of("127.0.0.1")).certificatePem();
      Files.move(elsewhere, file);
    }
    String read = new String(other.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(other.waitFor()).isZero();
    assertThat(read).contains(certificate);
  }

  private static String firstLine(Process process) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = process.getInputStream().read(); c != '\n' && c != -1; ) {
      line.append((char) c);
      c = process.getInputStream().read();
    }
    return line.toString();
  }

  private static Process inAnotherProcess(Path file) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            OtherGateway.class.getName(),
            file.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Prints the certificate of the gateway whose key is in the file. */
  static final class OtherGateway {
    private OtherGateway() {}

    public static void main(String[] arguments) throws IOException {
      System.out.println("begins");
      System.out.println(
          GatewayTls.loadOrCreate(Path.of(arguments[0]), List.of("127.0.0.1")).certificatePem());
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
