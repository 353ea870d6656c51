package io.hawser.cluster.security;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whom a node believes beyond the authority of its own certificate: the other authorities while one
 * is replaced by the next, and which nodes were thrown out. The whole of it, under a growing
 * version.
 *
 * @param authorities certificates in PEM; empty: only the one of the node's own certificate
 * @param signer fingerprint of the authority that signs now; empty: it was never changed
 * @param revoked a node's certificates from before that time are refused
 */
public record Trust(
    long version, List<String> authorities, String signer, Map<String, Instant> revoked) {
  /** What was never changed. */
  public static final Trust NONE = new Trust(0, List.of(), "", Map.of());

  private static final String VERSION = "version ";
  private static final String SIGNER = "signer ";
  private static final String REVOKED = "revoked ";

  public Trust {
    authorities = List.copyOf(authorities);
    revoked = Map.copyOf(revoked);
  }

  /** As a file: lines, then the certificates. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(VERSION).append(version).append('\n');
    text.append(SIGNER).append(signer).append('\n');
    new TreeMap<>(revoked)
        .forEach(
            (node, at) -> text.append(REVOKED).append(node).append(' ').append(at).append('\n'));
    authorities.forEach(text::append);
    return text.toString();
  }

  /**
   * Reads {@link #text()} back.
   *
   * @throws GeneralSecurityException when it is damaged
   */
  static Trust parse(String text) throws GeneralSecurityException {
    long version = -1;
    String signer = "";
    Map<String, Instant> revoked = new TreeMap<>();
    try {
      for (String line : text.lines().toList()) {
        if (line.startsWith(VERSION)) {
          version = Long.parseLong(line.substring(VERSION.length()));
        } else if (line.startsWith(SIGNER)) {
          signer = line.substring(SIGNER.length());
        } else if (line.startsWith(REVOKED)) {
          String[] fields = line.substring(REVOKED.length()).split(" ");
          revoked.put(fields[0], Instant.parse(fields[1]));
        }
      }
    } catch (RuntimeException e) {
      throw new GeneralSecurityException("whom to trust can't be read: " + e.getMessage(), e);
    }
    if (version < 0) {
      throw new GeneralSecurityException("whom to trust has no version");
    }
    List<String> authorities = new ArrayList<>();
    for (X509Certificate authority : Pem.certificates(text)) {
      authorities.add(Pem.encode(Pem.CERTIFICATE, authority.getEncoded()));
    }
    return new Trust(version, authorities, signer, revoked);
  }

  List<X509Certificate> certificates() throws GeneralSecurityException {
    return Pem.certificates(String.join("", authorities));
  }

  /** True when its node was thrown out after this certificate began. */
  boolean isRevoked(X509Certificate certificate) {
    String name = certificate.getSubjectX500Principal().getName();
    Instant at = revoked.get(name.startsWith("CN=") ? name.substring(3) : name);
    return at != null && !certificate.getNotBefore().toInstant().isAfter(at);
  }
}
