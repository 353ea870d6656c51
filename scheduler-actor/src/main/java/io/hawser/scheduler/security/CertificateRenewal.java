package io.hawser.scheduler.security;

import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.protocol.SecurityProtocol.Signed;
import io.hawser.cluster.security.NodeTls;
import io.hawser.cluster.security.Trust;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * Asks for this node's next certificate when two thirds of the present one's time are over, with a
 * new key each time, until there is one. Nothing has to restart: see {@link NodeTls}.
 */
public final class CertificateRenewal {
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

  private final Settings settings;
  private final ActorContext<Object> context;
  private final ActorRef<SecurityProtocol.Command> security;

  private enum Look {
    NOW
  }

  /** With the key it was asked for: another question may be under way. */
  private record Answered(KeyPair key, Signed signed, Throwable failure) {}

  /**
   * @param interval how often to look
   */
  public record Settings(
      NodeTls tls, Path dir, String node, List<String> addresses, Duration interval) {}

  private CertificateRenewal(
      Settings settings,
      ActorContext<Object> context,
      ActorRef<SecurityProtocol.Command> security) {
    this.settings = settings;
    this.context = context;
    this.security = security;
  }

  /** Takes {@link SecurityProtocol.TellTrust} from the security actor, and what it tells itself. */
  public static Behavior<?> create(Settings settings, ActorRef<SecurityProtocol.Command> security) {
    return Behaviors.<Object>setup(
        context -> {
          CertificateRenewal renewal = new CertificateRenewal(settings, context, security);
          renewal.report(security);
          return Behaviors.withTimers(
              timers -> {
                timers.startTimerWithFixedDelay(Look.NOW, settings.interval());
                return Behaviors.receive(Object.class)
                    .onMessage(Look.class, look -> renewal.onLook())
                    .onMessage(Answered.class, renewal::onAnswered)
                    .onMessage(SecurityProtocol.TellTrust.class, renewal::onTrust)
                    .build();
              });
        });
  }

  private Behavior<Object> onLook() {
    if (settings.tls().isOfFormerAuthority() || !Instant.now().isBefore(settings.tls().renewAt())) {
      ask();
    }
    return Behaviors.same();
  }

  private Behavior<Object> onAnswered(Answered answered) {
    if (answered.failure() != null || answered.signed().refusal().isPresent()) {
      context
          .getLog()
          .warn(
              "No new certificate yet, this one ends at {}: {}",
              settings.tls().validUntil(),
              answered.failure() != null
                  ? answered.failure().toString()
                  : answered.signed().refusal().get());
    } else {
      install(answered.key(), answered.signed());
      report(security);
    }
    return Behaviors.same();
  }

  /** Whom to believe has changed, or who signs: then this node's certificate is to be a new one. */
  private Behavior<Object> onTrust(SecurityProtocol.TellTrust tell) {
    Trust trust = tell.trust();
    if (trust.version() > settings.tls().trustVersion()) {
      try {
        NodeTls.writeSecret(settings.dir().resolve(NodeTls.TRUST_FILE), trust.text());
        settings.tls().reload();
      } catch (IOException e) {
        context.getLog().error("Whom to believe can't be written", e);
        return Behaviors.same();
      }
    }
    if (settings.tls().isOfFormerAuthority()) {
      ask();
    }
    report(tell.replyTo());
    return Behaviors.same();
  }

  private void report(ActorRef<SecurityProtocol.Command> to) {
    String self = Cluster.get(context.getSystem()).selfMember().address().toString();
    to.tell(
        new SecurityProtocol.TrustInstalled(
            self, settings.tls().trustVersion(), settings.tls().signedBy()));
  }

  private void ask() {
    KeyPair key = CertificateRequest.newKey();
    String csr = CertificateRequest.write(settings.node(), settings.addresses(), key);
    context.ask(
        Signed.class,
        security,
        ANSWER_TIMEOUT,
        replyTo -> new SecurityProtocol.Renew(csr, replyTo),
        (signed, failure) -> new Answered(key, signed, failure));
  }

  /** Two small files; once in weeks this may hold the thread. */
  private void install(KeyPair key, Signed signed) {
    Optional<String> wait = settings.tls().whyWait(signed.certificate());
    if (wait.isPresent()) {
      context.getLog().warn("The certificate before stays and is renewed later: {}", wait.get());
      return;
    }
    try {
      NodeCertificates.install(settings.dir(), key, signed.certificate(), signed.authority());
      settings.tls().reload();
    } catch (IOException e) {
      context.getLog().error("The new certificate can't be written", e);
    }
  }
}
