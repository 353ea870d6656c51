package io.hawser.cluster.security;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Whether a certificate's time is now, and when it is not, what that says of the clocks: a machine
 * whose clock is wrong is told so, and not that somebody is no member.
 */
public final class CertificateTime {
  private CertificateTime() {}

  /**
   * Why it is not valid at that time: which clock is wrong by how much, as far as can be told.
   *
   * @param now by this machine's clock
   * @return empty when its time is now
   */
  public static Optional<String> whyNot(X509Certificate certificate, Instant now) {
    Instant begin = certificate.getNotBefore().toInstant();
    Instant end = certificate.getNotAfter().toInstant();
    String whose = "the certificate of " + certificate.getSubjectX500Principal().getName();
    if (now.isBefore(begin)) {
      return Optional.of(
          "%s begins only at %s, this machine's clock says %s: it is behind by %s or more, or that of the controller that signed the certificate is ahead"
              .formatted(whose, begin, seconds(now), words(Duration.between(now, begin))));
    } else if (now.isAfter(end)) {
      return Optional.of(
          "%s ended at %s, %s ago by this machine's clock (%s)"
              .formatted(whose, end, words(Duration.between(end, now)), seconds(now)));
    }
    return Optional.empty();
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }

  /** As a person says it, down to the minute when it is hours. */
  private static String words(Duration duration) {
    if (duration.toDays() > 0) {
      return "%d d %d h".formatted(duration.toDays(), duration.toHoursPart());
    } else if (duration.toHours() > 0) {
      return "%d h %d min".formatted(duration.toHours(), duration.toMinutesPart());
    }
    return "%d min %d s".formatted(duration.toMinutes(), duration.toSecondsPart());
  }
}
