package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.ImageFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** TLS that trusts the authorities Java knows, and the certificates of a PEM file besides. */
final class TrustedAuthorities {
  private TrustedAuthorities() {}

  /** Trusts whom Java trusts, whatever this JVM's default context is. */
  static SSLContext ofJava() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java's own authorities can't be read", e);
    }
  }

  static SSLContext context(Path pem) {
    try (InputStream in = Files.newInputStream(pem)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (X509Certificate known : systemManager(null).getAcceptedIssuers()) {
        store.setCertificateEntry("system-" + count++, known);
      }
      for (Certificate own : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("own-" + count++, own);
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {systemManager(store)}, null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          "can't read certificates from " + pem + ": " + e.getMessage(),
          e);
    }
  }

  private static X509TrustManager systemManager(KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }
}
