package io.hawser.cluster.security;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Who a node is for the others: its key, its certificate and the authority that signed it.
 *
 * @param chain the node's own certificate, then the authority's
 */
record NodeIdentity(PrivateKey key, List<X509Certificate> chain) {
  NodeIdentity {
    chain = List.copyOf(chain);
  }

  /**
   * Reads a key and a chain of two certificates.
   *
   * @throws GeneralSecurityException when something is missing or does not fit together
   */
  static NodeIdentity parse(String text) throws GeneralSecurityException {
    List<X509Certificate> chain = Pem.certificates(text);
    if (chain.size() != 2) {
      throw new GeneralSecurityException(
          "expected the node's certificate and the authority's, found " + chain.size());
    }
    chain.get(0).verify(chain.get(1).getPublicKey());
    PrivateKey key = Pem.privateKey(text);
    if (!fits(key, chain.get(0))) {
      throw new GeneralSecurityException("the key is not the certificate's");
    }
    return new NodeIdentity(key, chain);
  }

  private static boolean fits(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    byte[] any = certificate.getSerialNumber().toByteArray();
    Signature signature = Signature.getInstance("SHA256with" + algorithm(key));
    signature.initSign(key);
    signature.update(any);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(any);
    return signature.verify(signed);
  }

  private static String algorithm(PrivateKey key) {
    return key.getAlgorithm().startsWith("EC") ? "ECDSA" : key.getAlgorithm();
  }

  X509Certificate certificate() {
    return chain.get(0);
  }

  X509Certificate authority() {
    return chain.get(1);
  }

  X509Certificate[] array() {
    return chain.toArray(X509Certificate[]::new);
  }

  /** When to ask for the next certificate: after two thirds of this one's time. */
  Instant renewAt() {
    Instant from = certificate().getNotBefore().toInstant();
    Instant to = certificate().getNotAfter().toInstant();
    return to.minus(Duration.between(from, to).dividedBy(3));
  }
}
