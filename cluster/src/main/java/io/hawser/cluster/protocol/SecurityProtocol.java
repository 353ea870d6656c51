package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.cluster.Roles;
import io.hawser.cluster.security.Trust;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.ClusterSingletonSettings;
import org.apache.pekko.cluster.typed.SingletonActor;

/**
 * Who may join a cluster with TLS: join tokens and certificates. Spoken to a singleton on the
 * controllers, which hold the authority's key.
 */
public final class SecurityProtocol {
  public static final String SINGLETON_NAME = "security";

  /** True in the configuration of a member whose cluster has an authority. */
  public static final String ENABLED = "hawser.tls.enabled";

  private SecurityProtocol() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = CreateToken.class, name = "create-token"),
    @JsonSubTypes.Type(value = ListTokens.class, name = "list-tokens"),
    @JsonSubTypes.Type(value = RevokeToken.class, name = "revoke-token"),
    @JsonSubTypes.Type(value = Join.class, name = "join"),
    @JsonSubTypes.Type(value = Renew.class, name = "renew"),
    @JsonSubTypes.Type(value = ChangeAuthority.class, name = "change-authority"),
    @JsonSubTypes.Type(value = RevokeNode.class, name = "revoke-node"),
    @JsonSubTypes.Type(value = ReadAuthority.class, name = "read-authority"),
    @JsonSubTypes.Type(value = TrustInstalled.class, name = "trust-installed"),
    @JsonSubTypes.Type(value = JournalRestored.class, name = "journal-restored"),
  })
  public interface Command extends ClusterMessage {}

  /** The journal is another one than what was read of it: tokens and trust are read anew. */
  public record JournalRestored() implements Command {}

  /**
   * Makes a token that lets machines join.
   *
   * @param roles what a machine that shows it may be
   */
  public record CreateToken(Set<String> roles, long ttlSeconds, ActorRef<TokenAnswer> replyTo)
      implements Command {}

  public record ListTokens(ActorRef<Tokens> replyTo) implements Command {}

  public record RevokeToken(String id, ActorRef<TokenAnswer> replyTo) implements Command {}

  /**
   * A machine that is no member yet wants a certificate.
   *
   * @param secret the token without the authority's fingerprint
   * @param csr a PKCS #10 request in PEM
   */
  public record Join(String secret, String csr, Set<String> roles, ActorRef<Signed> replyTo)
      implements Command {
    /** Secrets stay out of logs. */
    @Override
    public String toString() {
      return "Join[roles=" + roles + "]";
    }
  }

  /**
   * A member wants its next certificate; that it can say so over remoting proves that it is one.
   */
  public record Renew(String csr, ActorRef<Signed> replyTo) implements Command {}

  /** One step of replacing the authority: {@code add}, {@code use} or {@code drop}. */
  public record ChangeAuthority(String step, ActorRef<AuthorityAnswer> replyTo)
      implements Command {}

  /**
   * Throws a node out: its certificates are refused from now on.
   *
   * @param address of its member, {@code pekko://…}; empty when it is none
   */
  public record RevokeNode(String node, String address, ActorRef<AuthorityAnswer> replyTo)
      implements Command {}

  public record ReadAuthority(ActorRef<AuthorityAnswer> replyTo) implements Command {}

  /**
   * A member believes what it was told.
   *
   * @param member its address, {@code pekko://…}
   * @param signedBy fingerprint of the authority of its present certificate
   */
  public record TrustInstalled(String member, long version, String signedBy) implements Command {}

  /**
   * @param authorities fingerprints of those that are believed; empty: only the first one
   * @param signer fingerprint of the one that signs
   * @param waitingFor members that are not as far
   * @param revoked since when
   * @param refusal why nothing was done
   */
  public record AuthorityAnswer(
      List<String> authorities,
      String signer,
      List<String> waitingFor,
      Map<String, Instant> revoked,
      Optional<String> refusal)
      implements ClusterMessage {}

  /** Name below {@code /user} of what installs a member's certificates; it is told of trust. */
  public static final String CERTIFICATES = "certificates";

  /**
   * To each member whenever it changes, and when it joins.
   *
   * @param replyTo hears {@link TrustInstalled}
   */
  public record TellTrust(Trust trust, ActorRef<Command> replyTo) implements ClusterMessage {}

  /**
   * What may be told of a token; never its secret.
   *
   * @param id the first part of the token
   */
  public record TokenInfo(String id, Set<String> roles, Instant createdAt, Instant expiresAt)
      implements ClusterMessage {}

  public record Tokens(List<TokenInfo> tokens) implements ClusterMessage {}

  /**
   * @param token the whole token, only in the answer to its making
   * @param refusal why nothing was done
   */
  public record TokenAnswer(
      Optional<TokenInfo> info, Optional<String> token, Optional<String> refusal)
      implements ClusterMessage {
    /** Secrets stay out of logs. */
    @Override
    public String toString() {
      return "TokenAnswer[" + info + ", " + refusal + "]";
    }
  }

  /**
   * @param certificate the node's, in PEM
   * @param authority the authority's certificate, in PEM
   * @param authoritySecret the authority's key and certificate, for controllers only
   * @param controllers who keeps the journal, {@code host:port} by name
   * @param refusal why there is no certificate
   */
  public record Signed(
      String certificate,
      String authority,
      Optional<String> authoritySecret,
      Map<String, String> controllers,
      Optional<String> refusal)
      implements ClusterMessage {
    public static Signed refused(String reason) {
      return new Signed("", "", Optional.empty(), Map.of(), Optional.of(reason));
    }

    /** Secrets stay out of logs. */
    @Override
    public String toString() {
      return "Signed[" + refusal + "]";
    }
  }

  /** A proxy to the singleton, from any member. */
  public static ActorRef<Command> proxy(ActorSystem<?> system) {
    return start(system, Behaviors.<Command>ignore());
  }

  /** Starts the singleton's host here when this member is a controller; else only a proxy. */
  public static ActorRef<Command> start(ActorSystem<?> system, Behavior<Command> security) {
    return ClusterSingleton.get(system)
        .init(
            SingletonActor.of(security, SINGLETON_NAME)
                .withSettings(ClusterSingletonSettings.create(system).withRole(Roles.CONTROLLER)));
  }
}
