package io.hawser.cluster.security;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Looks at certificates alone: neither at the connection nor at the names of the other side. (The
 * JDK asks an extended trust manager so that it does not compare names by itself.)
 */
public abstract class ChainTrust extends X509ExtendedTrustManager {

  /**
   * @param chain the server's own certificate first; null or empty when it shows none
   * @throws CertificateException when it is not trusted, with the reason
   */
  protected abstract void checkServer(X509Certificate[] chain) throws CertificateException;

  /**
   * @param chain as {@link #checkServer}'s, of a client
   * @throws CertificateException when it is not trusted, with the reason
   */
  protected abstract void checkClient(X509Certificate[] chain) throws CertificateException;

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    checkClient(chain);
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClient(chain);
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClient(chain);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    checkServer(chain);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkServer(chain);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkServer(chain);
  }
}
