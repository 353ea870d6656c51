package io.hawser.scheduler.security;

import io.hawser.cluster.security.NodeTls;
import io.hawser.cluster.security.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Writes a node's identity into its directory. */
public final class NodeCertificates {
  private NodeCertificates() {}

  /** The directory of keys: nobody else may look into it. */
  public static Path prepare(Path dir) throws IOException {
    Files.createDirectories(dir);
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
    return dir;
  }

  /** Signs and writes an identity where the authority is at hand. */
  public static void issue(
      CertificateAuthority authority,
      Path dir,
      String node,
      List<String> addresses,
      Instant now,
      Duration validity)
      throws IOException {
    KeyPair key = CertificateRequest.newKey();
    CertificateRequest request =
        CertificateRequest.read(CertificateRequest.write(node, addresses, key));
    install(dir, key, authority.sign(request, now, validity), authority.certificatePem());
  }

  /** Writes what an authority has answered to a request made with this key. */
  public static void install(Path dir, KeyPair key, String certificatePem, String authorityPem)
      throws IOException {
    NodeTls.writeSecret(
        prepare(dir).resolve(NodeTls.FILE),
        Pem.encode(Pem.KEY, key.getPrivate().getEncoded()) + certificatePem + authorityPem);
  }
}
