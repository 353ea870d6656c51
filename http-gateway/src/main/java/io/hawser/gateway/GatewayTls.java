package io.hawser.gateway;

import io.hawser.cluster.security.NodeTls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * A gateway's own certificate: made once by the JDK's keytool, kept in a file that only its owner
 * reads, and handed to clients in their kubeconfig. Go's Kubernetes clients, kubectl among them,
 * send a token over TLS only.
 *
 * <p>Blocks; for start-up, not for actors.
 */
public final class GatewayTls {
  static final int VALID_DAYS = 3_650;
  private static final long KEYTOOL_SECONDS = 60;

  /**
   * A third of the processor time: compiled lightly, and a password that is no secret is not
   * strengthened by thousands of rounds.
   */
  private static final List<String> KEYTOOL_FLAGS =
      List.of(
          "-J-XX:TieredStopAtLevel=1",
          "-J-XX:+UseSerialGC",
          "-J-Dkeystore.pkcs12.keyPbeIterationCount=1",
          "-J-Dkeystore.pkcs12.certPbeIterationCount=1",
          "-J-Dkeystore.pkcs12.macIterationCount=1");

  private static final Set<PosixFilePermission> ONLY_OWNER =
      PosixFilePermissions.fromString("rw-------");

  private static final String ALIAS = "gateway";

  /** The file's permissions protect the key; the format insists on a password. */
  private static final String PASSWORD = "hawser-gateway";

  private final SSLContext context;
  private final String certificatePem;

  private GatewayTls(SSLContext context, String certificatePem) {
    this.context = context;
    this.certificatePem = certificatePem;
  }

  /** With the node's own certificate; clients are told to trust the cluster's authority. */
  public static GatewayTls of(NodeTls node) {
    return new GatewayTls(node.context(), node.authorityPem());
  }

  /**
   * Reads the certificate and its key, or makes them when there are none. Gateways of one machine
   * that share the file wait for the one that makes it.
   *
   * @param keyFile a PKCS #12 file; beside it stays one to lock
   * @param addresses the IP addresses that clients will connect to
   * @throws IOException naming the file, when it can't be read or made
   */
  public static GatewayTls loadOrCreate(Path keyFile, List<String> addresses) throws IOException {
    if (!Files.exists(keyFile)) {
      createOnce(keyFile, addresses);
    }
    try (InputStream in = Files.newInputStream(keyFile)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      return new GatewayTls(context(keys), certificatePem(keys));
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException("can't read the gateway's key from " + keyFile + ": " + e, e);
    }
  }

  private static void createOnce(Path keyFile, List<String> addresses) throws IOException {
    Path lockFile = keyFile.resolveSibling("." + keyFile.getFileName() + ".lock");
    try (FileChannel channel =
            FileChannel.open(
                lockFile,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(ONLY_OWNER));
        FileLock held = channel.lock()) {
      if (!Files.exists(keyFile)) {
        create(keyFile, addresses);
      }
    }
  }

  /** Made under another name first: a crash leaves no half-written key behind. */
  private static void create(Path keyFile, List<String> addresses) throws IOException {
    Path directory = keyFile.toAbsolutePath().getParent();
    Path work =
        Files.createTempDirectory(
            directory,
            "tls",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path fresh = work.resolve("key.p12");
    try {
      keytool(fresh, addresses);
      Files.setPosixFilePermissions(fresh, ONLY_OWNER);
      Files.move(fresh, keyFile, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
      Files.deleteIfExists(work);
    }
  }

  private static void keytool(Path file, List<String> addresses) throws IOException {
    String names =
        "dns:localhost," + addresses.stream().map(a -> "ip:" + a).collect(Collectors.joining(","));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(KEYTOOL_FLAGS);
    command.addAll(List.of("-genkeypair", "-alias", ALIAS, "-keyalg", "EC", "-groupname"));
    command.addAll(List.of("secp256r1", "-sigalg", "SHA256withECDSA", "-dname", "CN=hawser"));
    command.addAll(List.of("-ext", "san=" + names, "-ext", "bc=ca:true"));
    command.addAll(List.of("-validity", Integer.toString(VALID_DAYS), "-storetype", "PKCS12"));
    command.addAll(List.of("-keystore", file.toString(), "-storepass", PASSWORD));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes());
    try {
      if (!process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("keytool could not make " + file + ": " + said.strip());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while keytool made " + file, e);
    }
  }

  /** For {@link GatewaySettings#tls}. */
  public SSLContext context() {
    return context;
  }

  /** The certificate in PEM, for a kubeconfig's {@code certificate-authority-data} (in base64). */
  public String certificatePem() {
    return certificatePem;
  }

  private static SSLContext context(KeyStore keys) {
    try {
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      // No client certificates are asked for: the default trust store would cost 3 MiB for nothing.
      context.init(managers.getKeyManagers(), new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the gateway's key can't be used", e);
    }
  }

  private static String certificatePem(KeyStore keys) {
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
