package io.hawser.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A gateway's own certificate: made once, kept in a file that only its owner reads, and handed to
 * clients in their kubeconfig. Go's Kubernetes clients, kubectl among them, send a token over TLS
 * only.
 *
 * <p>Blocks; for start-up, not for actors.
 */
public final class GatewayTls {
  static final int VALID_DAYS = 3_650;
  private static final int SERIAL_BITS = 120;
  private static final String ALIAS = "gateway";

  /** The file's permissions protect the key; the format insists on a password. */
  private static final String PASSWORD = "hawser-gateway";

  private final KeyStore keys;

  private GatewayTls(KeyStore keys) {
    this.keys = keys;
  }

  /**
   * Reads the certificate and its key, or makes them when there are none.
   *
   * @param keyFile a PKCS #12 file
   * @param addresses the IP addresses that clients will connect to
   * @throws IOException naming the file, when it can't be read or made
   */
  public static GatewayTls loadOrCreate(Path keyFile, List<String> addresses) throws IOException {
    if (!Files.exists(keyFile)) {
      create(keyFile, addresses);
    }
    try (InputStream in = Files.newInputStream(keyFile)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      return new GatewayTls(keys);
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException("can't read the gateway's key from " + keyFile + ": " + e, e);
    }
  }

  /** Made under another name first: a crash leaves no half-written key behind. */
  private static void create(Path keyFile, List<String> addresses) throws IOException {
    Path directory = keyFile.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    Path fresh =
        Files.createTempFile(
            directory,
            "tls",
            ".p12",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (OutputStream out = Files.newOutputStream(fresh)) {
      selfSigned(addresses).store(out, PASSWORD.toCharArray());
      Files.move(fresh, keyFile, StandardCopyOption.ATOMIC_MOVE);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("can't make the gateway's key " + keyFile + ": " + e, e);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /** An elliptic-curve key with a certificate that clients take for its own authority. */
  private static KeyStore selfSigned(List<String> addresses)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    X500Name name = new X500Name("CN=hawser");
    Instant now = Instant.now();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            new BigInteger(SERIAL_BITS, new SecureRandom()),
            Date.from(now.minus(Duration.ofHours(1))),
            Date.from(now.plus(Duration.ofDays(VALID_DAYS))),
            name,
            pair.getPublic());
    List<GeneralName> names = new ArrayList<>();
    names.add(new GeneralName(GeneralName.dNSName, "localhost"));
    addresses.forEach(a -> names.add(new GeneralName(GeneralName.iPAddress, a)));
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
        .addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(names.toArray(GeneralName[]::new)));
    Certificate certificate =
        new JcaX509CertificateConverter()
            .getCertificate(
                builder.build(
                    new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        ALIAS, pair.getPrivate(), PASSWORD.toCharArray(), new Certificate[] {certificate});
    return keys;
  }

  /** For {@link GatewaySettings#tls}. */
  public SSLContext context() {
    try {
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the gateway's key can't be used", e);
    }
  }

  /** The certificate in PEM, for a kubeconfig's {@code certificate-authority-data} (in base64). */
  public String certificatePem() {
    try {
      Certificate certificate = keys.getCertificate(ALIAS);
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the gateway's certificate can't be written", e);
    }
  }
}
