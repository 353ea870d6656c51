package io.hawser.scheduler.security;

import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.protocol.SecurityProtocol.Signed;
import io.hawser.cluster.security.NodeTls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Asks for this node's next certificate when two thirds of the present one's time are over, with a
 * new key each time, until there is one. Nothing has to restart: see {@link NodeTls}.
 */
public final class CertificateRenewal {
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

  private final Settings settings;
  private final ActorContext<Message> context;
  private KeyPair asked;

  private enum Look {
    NOW
  }

  private record Message(Look look, Signed signed, Throwable failure) {}

  /**
   * @param interval how often to look
   */
  public record Settings(
      NodeTls tls, Path dir, String node, List<String> addresses, Duration interval) {}

  private CertificateRenewal(Settings settings, ActorContext<Message> context) {
    this.settings = settings;
    this.context = context;
  }

  public static Behavior<?> create(Settings settings, ActorRef<SecurityProtocol.Command> security) {
    return Behaviors.<Message>setup(
        context -> {
          CertificateRenewal renewal = new CertificateRenewal(settings, context);
          return Behaviors.withTimers(
              timers -> {
                timers.startTimerWithFixedDelay(
                    new Message(Look.NOW, null, null), settings.interval());
                return Behaviors.receive(Message.class)
                    .onMessage(Message.class, message -> renewal.on(message, security))
                    .build();
              });
        });
  }

  private Behavior<Message> on(Message message, ActorRef<SecurityProtocol.Command> security) {
    if (message.look() == Look.NOW) {
      if (!Instant.now().isBefore(settings.tls().renewAt())) {
        ask(security);
      }
    } else if (message.failure() != null || message.signed().refusal().isPresent()) {
      context
          .getLog()
          .warn(
              "No new certificate yet, this one ends at {}: {}",
              settings.tls().validUntil(),
              message.failure() != null
                  ? message.failure().toString()
                  : message.signed().refusal().get());
    } else {
      install(message.signed());
    }
    return Behaviors.same();
  }

  private void ask(ActorRef<SecurityProtocol.Command> security) {
    asked = CertificateRequest.newKey();
    String csr = CertificateRequest.write(settings.node(), settings.addresses(), asked);
    context.ask(
        Signed.class,
        security,
        ANSWER_TIMEOUT,
        replyTo -> new SecurityProtocol.Renew(csr, replyTo),
        (signed, failure) -> new Message(null, signed, failure));
  }

  /** Two small files; once in weeks this may hold the thread. */
  private void install(Signed signed) {
    try {
      NodeCertificates.install(settings.dir(), asked, signed.certificate(), signed.authority());
      settings.tls().reload();
    } catch (IOException e) {
      context.getLog().error("The new certificate can't be written", e);
    }
  }
}
