package io.hawser.ops.cli;

import io.hawser.cluster.security.Pem;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Trust in one authority, whose certificate is in a file. */
final class TrustedAuthority {
  private TrustedAuthority() {}

  /**
   * @param file certificates in PEM; the last one is the authority's
   */
  static SSLContext context(Path file) {
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      for (X509Certificate certificate : Pem.certificates(Files.readString(file))) {
        trusted.setCertificateEntry(certificate.getSerialNumber().toString(), certificate);
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new CommandFailure(
          "the authority's certificate in " + file + " can't be used: " + ApiStatus.oneLine(e), e);
    }
  }
}
