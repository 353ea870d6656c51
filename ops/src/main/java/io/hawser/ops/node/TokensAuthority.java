package io.hawser.ops.node;

import io.hawser.cluster.security.CertificateTime;
import io.hawser.cluster.security.ChainTrust;
import io.hawser.cluster.security.Pem;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;

/**
 * Trusts a server whose chain ends in the authority that a join token names. The token was made by
 * that cluster, so nobody in between can take the authority's place. Names are not compared: the
 * machine may know the gateway by any address.
 */
final class TokensAuthority extends ChainTrust {
  private final String fingerprint;

  TokensAuthority(String fingerprint) {
    this.fingerprint = fingerprint;
  }

  @Override
  protected void checkServer(X509Certificate[] chain) throws CertificateException {
    if (chain == null || chain.length != 2) {
      throw new CertificateException("the gateway does not show its authority");
    }
    if (!MessageDigest.isEqual(Pem.fingerprint(chain[1]).getBytes(), fingerprint.getBytes())) {
      throw new CertificateException("the gateway's authority is not the one that the token names");
    }
    try {
      chain[0].verify(chain[1].getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new CertificateException("the gateway's certificate is not its authority's", e);
    }
    Optional<String> outOfTime = CertificateTime.whyNot(chain[0], Instant.now());
    if (outOfTime.isPresent()) {
      throw new CertificateException(outOfTime.get());
    }
  }

  @Override
  protected void checkClient(X509Certificate[] chain) throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
