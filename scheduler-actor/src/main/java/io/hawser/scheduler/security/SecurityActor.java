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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * The cluster's certificate authority at work, a singleton on the controllers. Gateways ask it for
 * machines that want to join, members for their next certificate.
 */
public final class SecurityActor
    extends EventSourcedBehavior<Command, SecurityEvent, SecurityState> {
  public static final String PERSISTENCE_ID = "security";

  /** Longest that a join token may be valid. */
  static final Duration MAX_TTL = Duration.ofDays(30);

  private static final Duration RESTART_MIN = Duration.ofMillis(200);
  private static final Duration RESTART_MAX = Duration.ofSeconds(5);
  private static final Set<String> ROLES = Set.of(Roles.CONTROLLER, Roles.WORKER, Roles.GATEWAY);

  private final Settings settings;
  private final TrustSpread spread;
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
    return Behaviors.supervise(
            Behaviors.<Command>setup(context -> new SecurityActor(context, settings)))
        .onFailure(
            Exception.class, SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, 0.2));
  }

  private SecurityActor(ActorContext<Command> context, Settings settings) {
    super(
        PersistenceId.ofUniqueId(PERSISTENCE_ID),
        SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, 0.2));
    this.settings = settings;
    this.spread = new TrustSpread(context);
  }

  @Override
  public SignalHandler<SecurityState> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(
            RecoveryCompleted.instance(),
            state -> {
              spread.follow();
              spread.toAll(state.authorities().trust());
            })
        .build();
  }

  @Override
  public SecurityState emptyState() {
    return SecurityState.empty();
  }

  @Override
  public EventHandler<SecurityState, SecurityEvent> eventHandler() {
    return SecurityState::evolve;
  }

  @Override
  public CommandHandler<Command, SecurityEvent, SecurityState> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(SecurityProtocol.JournalRestored.class, restored -> readAnew())
        .onCommand(SecurityProtocol.CreateToken.class, this::onCreateToken)
        .onCommand(SecurityProtocol.ListTokens.class, this::onListTokens)
        .onCommand(SecurityProtocol.RevokeToken.class, this::onRevokeToken)
        .onCommand(SecurityProtocol.Join.class, this::onJoin)
        .onCommand(SecurityProtocol.Renew.class, this::onRenew)
        .onCommand(SecurityProtocol.ChangeAuthority.class, this::onChangeAuthority)
        .onCommand(SecurityProtocol.RevokeNode.class, this::onRevokeNode)
        .onCommand(SecurityProtocol.ReadAuthority.class, this::onReadAuthority)
        .onCommand(SecurityProtocol.TrustInstalled.class, this::onTrustInstalled)
        .onCommand(TrustSpread.MemberCame.class, this::onMemberCame)
        .build();
  }

  /** Its supervisor starts it again. */
  private static Effect<SecurityEvent, SecurityState> readAnew() {
    throw new IllegalStateException("the journal was restored from a backup: it is read anew");
  }

  private Effect<SecurityEvent, SecurityState> onCreateToken(
      SecurityState state, SecurityProtocol.CreateToken create) {
    Instant now = settings.clock().instant();
    Optional<String> refusal = refusal(state.tokens(), create, now);
    if (refusal.isPresent()) {
      create.replyTo().tell(new TokenAnswer(Optional.empty(), Optional.empty(), refusal));
      return Effect().none();
    }
    JoinToken token = JoinToken.create(random, signing(state).fingerprint());
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

  private Effect<SecurityEvent, SecurityState> onListTokens(
      SecurityState state, SecurityProtocol.ListTokens list) {
    list.replyTo()
        .tell(new SecurityProtocol.Tokens(state.tokens().valid(settings.clock().instant())));
    return Effect().none();
  }

  private Effect<SecurityEvent, SecurityState> onRevokeToken(
      SecurityState state, SecurityProtocol.RevokeToken revoke) {
    SecurityEvent.TokenCreated known = state.tokens().byId().get(revoke.id());
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

  private Effect<SecurityEvent, SecurityState> onJoin(
      SecurityState state, SecurityProtocol.Join join) {
    Optional<String> refusal =
        state.tokens().refusal(join.secret(), join.roles(), settings.clock().instant());
    join.replyTo()
        .tell(
            refusal
                .map(Signed::refused)
                .orElseGet(() -> sign(state, join.csr(), join.roles().contains(Roles.CONTROLLER))));
    return Effect().none();
  }

  private Effect<SecurityEvent, SecurityState> onRenew(
      SecurityState state, SecurityProtocol.Renew renew) {
    renew.replyTo().tell(sign(state, renew.csr(), false));
    return Effect().none();
  }

  private CertificateAuthority signing(SecurityState state) {
    return state.authorities().signing(settings.authority());
  }

  private Signed sign(SecurityState state, String csr, boolean controller) {
    try {
      CertificateAuthority authority = signing(state);
      CertificateRequest request = CertificateRequest.read(csr);
      Instant revoked = state.authorities().revoked().get(request.node());
      String certificate =
          authority.sign(
              request,
              revoked == null ? Instant.EPOCH : revoked.plusSeconds(1),
              settings.clock().instant(),
              settings.validity());
      return new Signed(
          certificate,
          authority.certificatePem(),
          controller ? Optional.of(authority.secretPem()) : Optional.empty(),
          settings.controllers().get(),
          Optional.empty());
    } catch (IllegalArgumentException | IllegalStateException e) {
      return Signed.refused(e.getMessage());
    }
  }

  private Effect<SecurityEvent, SecurityState> onChangeAuthority(
      SecurityState state, SecurityProtocol.ChangeAuthority change) {
    AuthoritySteps.Step step =
        AuthoritySteps.decide(
            change.step(),
            state.authorities(),
            signing(state),
            behind(state.authorities()),
            settings.clock().instant());
    if (step.refusal().isPresent()) {
      change.replyTo().tell(answer(state, step.refusal()));
      return Effect().none();
    }
    return Effect()
        .persist(step.event().orElseThrow())
        .thenRun(
            after -> {
              spread.toAll(after.authorities().trust());
              change.replyTo().tell(answer(after, Optional.empty()));
            });
  }

  /** Members that have not heard of the last change, or whose certificate is of another signer. */
  private List<String> behind(Authorities authorities) {
    boolean renewed = authorities.next().isEmpty() && !authorities.signer().isEmpty();
    return spread.waitingFor(
        done ->
            done.version() == authorities.version()
                && (!renewed || done.signedBy().equals(authorities.signer())));
  }

  private SecurityProtocol.AuthorityAnswer answer(SecurityState state, Optional<String> refusal) {
    Authorities authorities = state.authorities();
    return new SecurityProtocol.AuthorityAnswer(
        List.copyOf(authorities.believed().keySet()),
        signing(state).fingerprint(),
        behind(authorities),
        authorities.revoked(),
        refusal);
  }

  private Effect<SecurityEvent, SecurityState> onRevokeNode(
      SecurityState state, SecurityProtocol.RevokeNode revoke) {
    if (settings.controllers().get().containsKey(revoke.node())) {
      revoke
          .replyTo()
          .tell(
              answer(
                  state,
                  Optional.of(
                      "%s keeps the journal: hawser controller remove %s first"
                          .formatted(revoke.node(), revoke.node()))));
      return Effect().none();
    }
    return Effect()
        .persist(new SecurityEvent.NodeRevoked(revoke.node(), settings.clock().instant()))
        .thenRun(
            after -> {
              spread.throwOut(revoke.address());
              spread.toAll(after.authorities().trust());
              revoke.replyTo().tell(answer(after, Optional.empty()));
            });
  }

  private Effect<SecurityEvent, SecurityState> onReadAuthority(
      SecurityState state, SecurityProtocol.ReadAuthority read) {
    read.replyTo().tell(answer(state, Optional.empty()));
    return Effect().none();
  }

  private Effect<SecurityEvent, SecurityState> onTrustInstalled(
      SecurityState state, SecurityProtocol.TrustInstalled done) {
    spread.done(done);
    if (done.version() != state.authorities().version()) {
      spread.to(done.member(), state.authorities().trust());
    }
    return Effect().none();
  }

  private Effect<SecurityEvent, SecurityState> onMemberCame(
      SecurityState state, TrustSpread.MemberCame came) {
    spread.to(came.event().member().address().toString(), state.authorities().trust());
    return Effect().none();
  }
}
