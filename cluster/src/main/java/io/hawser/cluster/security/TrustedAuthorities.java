package io.hawser.cluster.security;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trusts what the cluster's authority has signed, or the one before or after it while it is being
 * replaced, when it is valid now and its node was not thrown out. Names are not compared with
 * addresses: the authority signs nothing but this cluster's nodes, and a node may be known by many
 * addresses.
 */
final class TrustedAuthorities extends ChainTrust {
  /** A peer with a wrong clock tries each second; once in so long is enough to be read. */
  private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(TrustedAuthorities.class);

  private final Supplier<List<X509Certificate>> authorities;
  private final Predicate<X509Certificate> revoked;
  private final AtomicLong warnAgainAtNanos = new AtomicLong(System.nanoTime());

  TrustedAuthorities(
      Supplier<List<X509Certificate>> authorities, Predicate<X509Certificate> revoked) {
    this.authorities = authorities;
    this.revoked = revoked;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    if (chain == null || chain.length == 0) {
      throw new CertificateException("the other side shows no certificate");
    }
    try {
      PKIXParameters parameters =
          new PKIXParameters(
              authorities.get().stream()
                  .map(authority -> new TrustAnchor(authority, null))
                  .collect(Collectors.toSet()));
      // Revocation is by node and time and known to every node; see docs/adr/0040.
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(List.of(chain[0])),
              parameters);
    } catch (GeneralSecurityException e) {
      Optional<String> time = isOfTime(e) ? outOfTime(chain[0]) : Optional.empty();
      throw new CertificateException(
          time.orElse(
              "the other side's certificate is not one of this cluster's: " + e.getMessage()),
          e);
    }
    if (revoked.test(chain[0])) {
      throw new CertificateException(
          "the other side's certificate was revoked: " + chain[0].getSubjectX500Principal());
    }
  }

  private static boolean isOfTime(GeneralSecurityException e) {
    return e instanceof CertPathValidatorException invalid
        && (invalid.getReason() == BasicReason.NOT_YET_VALID
            || invalid.getReason() == BasicReason.EXPIRED);
  }

  /** Who refuses tells its own log: the other side hears no reason, and neither does a user. */
  private Optional<String> outOfTime(X509Certificate certificate) {
    Optional<String> why = CertificateTime.whyNot(certificate, Instant.now());
    long now = System.nanoTime();
    long again = warnAgainAtNanos.get();
    if (why.isPresent()
        && now - again >= 0
        && warnAgainAtNanos.compareAndSet(again, now + WARNING_INTERVAL.toNanos())) {
      LOG.warn("A connection is refused: {}", why.get());
    }
    return why;
  }

  @Override
  protected void checkServer(X509Certificate[] chain) throws CertificateException {
    check(chain);
  }

  @Override
  protected void checkClient(X509Certificate[] chain) throws CertificateException {
    check(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.get().toArray(X509Certificate[]::new);
  }
}
