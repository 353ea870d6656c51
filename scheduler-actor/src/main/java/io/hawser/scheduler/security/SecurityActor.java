package io.hawser.scheduler.security;

import io.hawser.cluster.Roles;
import io.hawser.cluster.protocol.SecurityEvent;
import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.protocol.SecurityProtocol.Command;
import io.hawser.cluster.protocol.SecurityProtocol.Signed;
import io.hawser.cluster.protocol.SecurityProtocol.TokenAnswer;
import io.hawser.cluster.protocol.SecurityProtocol.TokenInfo;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;

/**
 * The cluster's certificate authority at work, a singleton on the controllers. Gateways ask it for
 * machines that want to join, members for their next certificate.
 */
public final class SecurityActor extends EventSourcedBehavior<Command, SecurityEvent, JoinTokens> {
  public static final String PERSISTENCE_ID = "security";

  /** Longest that a join token may be valid. */
  static final Duration MAX_TTL = Duration.ofDays(30);

  private static final Duration RESTART_MIN = Duration.ofMillis(200);
  private static final Duration RESTART_MAX = Duration.ofSeconds(5);
  private static final Set<String> ROLES = Set.of(Roles.CONTROLLER, Roles.WORKER, Roles.GATEWAY);

  private final Settings settings;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param validity of the certificates it signs
   * @param controllers who keeps the journal now, {@code host:port} by name
   */
  public record Settings(
      CertificateAuthority authority,
      Duration validity,
      Supplier<Map<String, String>> controllers,
      Clock clock) {}

  public static Behavior<Command> create(Settings settings) {
    return Behaviors.supervise(Behaviors.<Command>setup(context -> new SecurityActor(settings)))
        .onFailure(
            Exception.class, SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, 0.2));
  }

  private SecurityActor(Settings settings) {
    super(
        PersistenceId.ofUniqueId(PERSISTENCE_ID),
        SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, 0.2));
    this.settings = settings;
  }

  @Override
  public JoinTokens emptyState() {
    return JoinTokens.empty();
  }

  @Override
  public EventHandler<JoinTokens, SecurityEvent> eventHandler() {
    return JoinTokens::evolve;
  }

  @Override
  public CommandHandler<Command, SecurityEvent, JoinTokens> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(SecurityProtocol.CreateToken.class, this::onCreateToken)
        .onCommand(SecurityProtocol.ListTokens.class, this::onListTokens)
        .onCommand(SecurityProtocol.RevokeToken.class, this::onRevokeToken)
        .onCommand(SecurityProtocol.Join.class, this::onJoin)
        .onCommand(SecurityProtocol.Renew.class, this::onRenew)
        .build();
  }

  private Effect<SecurityEvent, JoinTokens> onCreateToken(
      JoinTokens tokens, SecurityProtocol.CreateToken create) {
    Instant now = settings.clock().instant();
    Optional<String> refusal = refusal(tokens, create, now);
    if (refusal.isPresent()) {
      create.replyTo().tell(new TokenAnswer(Optional.empty(), Optional.empty(), refusal));
      return Effect().none();
    }
    JoinToken token = JoinToken.create(random, settings.authority().fingerprint());
    TokenInfo info =
        new TokenInfo(
            token.id(), new TreeSet<>(create.roles()), now, now.plusSeconds(create.ttlSeconds()));
    return Effect()
        .persist(new SecurityEvent.TokenCreated(info, JoinToken.digest(token.secret())))
        .thenRun(
            after ->
                create
                    .replyTo()
                    .tell(
                        new TokenAnswer(
                            Optional.of(info), Optional.of(token.text()), Optional.empty())));
  }

  private static Optional<String> refusal(
      JoinTokens tokens, SecurityProtocol.CreateToken create, Instant now) {
    if (create.roles().isEmpty() || !ROLES.containsAll(create.roles())) {
      return Optional.of("roles: expected any of " + new TreeSet<>(ROLES));
    }
    if (create.ttlSeconds() < 1 || create.ttlSeconds() > MAX_TTL.toSeconds()) {
      return Optional.of("ttlSeconds: expected 1 to " + MAX_TTL.toSeconds());
    }
    return tokens.valid(now).size() < JoinTokens.MAX_TOKENS
        ? Optional.empty()
        : Optional.of("there are " + JoinTokens.MAX_TOKENS + " tokens: revoke some");
  }

  private Effect<SecurityEvent, JoinTokens> onListTokens(
      JoinTokens tokens, SecurityProtocol.ListTokens list) {
    list.replyTo().tell(new SecurityProtocol.Tokens(tokens.valid(settings.clock().instant())));
    return Effect().none();
  }

  private Effect<SecurityEvent, JoinTokens> onRevokeToken(
      JoinTokens tokens, SecurityProtocol.RevokeToken revoke) {
    SecurityEvent.TokenCreated known = tokens.byId().get(revoke.id());
    if (known == null) {
      revoke
          .replyTo()
          .tell(
              new TokenAnswer(
                  Optional.empty(), Optional.empty(), Optional.of("there is no such token")));
      return Effect().none();
    }
    return Effect()
        .persist(new SecurityEvent.TokenRevoked(revoke.id()))
        .thenRun(
            after ->
                revoke
                    .replyTo()
                    .tell(
                        new TokenAnswer(
                            Optional.of(known.token()), Optional.empty(), Optional.empty())));
  }

  private Effect<SecurityEvent, JoinTokens> onJoin(JoinTokens tokens, SecurityProtocol.Join join) {
    Optional<String> refusal =
        tokens.refusal(join.secret(), join.roles(), settings.clock().instant());
    join.replyTo()
        .tell(
            refusal
                .map(Signed::refused)
                .orElseGet(() -> sign(join.csr(), join.roles().contains(Roles.CONTROLLER))));
    return Effect().none();
  }

  private Effect<SecurityEvent, JoinTokens> onRenew(
      JoinTokens tokens, SecurityProtocol.Renew renew) {
    renew.replyTo().tell(sign(renew.csr(), false));
    return Effect().none();
  }

  private Signed sign(String csr, boolean controller) {
    try {
      CertificateAuthority authority = settings.authority();
      String certificate =
          authority.sign(
              CertificateRequest.read(csr), settings.clock().instant(), settings.validity());
      return new Signed(
          certificate,
          authority.certificatePem(),
          controller ? Optional.of(authority.secretPem()) : Optional.empty(),
          settings.controllers().get(),
          Optional.empty());
    } catch (IllegalArgumentException e) {
      return Signed.refused(e.getMessage());
    }
  }
}
