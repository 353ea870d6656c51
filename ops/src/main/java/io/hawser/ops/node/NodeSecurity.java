package io.hawser.ops.node;

import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.security.NodeTls;
import io.hawser.gateway.GatewayTls;
import io.hawser.persistence.HawserStore;
import io.hawser.persistence.StoreMembers;
import io.hawser.scheduler.security.CertificateAuthority;
import io.hawser.scheduler.security.CertificateRenewal;
import io.hawser.scheduler.security.NodeCertificates;
import io.hawser.scheduler.security.SecurityActor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/** What a node does about certificates: makes the authority at first, signs, renews its own. */
final class NodeSecurity {
  /** Seconds; tests shorten it, to see certificates rotate. */
  private static final String VALIDITY_PROPERTY = "hawser.certificate-seconds";

  /** So many looks in a certificate's time. */
  private static final int LOOKS = 60;

  private static final Duration MAX_LOOK_INTERVAL = Duration.ofHours(1);

  private NodeSecurity() {}

  static Path directory(Path nodeDir) {
    return nodeDir.resolve("tls");
  }

  static Duration validity() {
    return Duration.ofSeconds(
        Long.getLong(VALIDITY_PROPERTY, CertificateAuthority.NODE_VALIDITY.toSeconds()));
  }

  /** The first start of a cluster's first node: its authority, and its own certificate. */
  static void found(Path tlsDir, String node, String listen) throws IOException {
    NodeCertificates.prepare(tlsDir);
    CertificateAuthority authority =
        CertificateAuthority.exists(tlsDir)
            ? CertificateAuthority.open(tlsDir)
            : CertificateAuthority.create(Instant.now());
    authority.save(tlsDir);
    NodeCertificates.issue(authority, tlsDir, node, List.of(listen), Instant.now(), validity());
  }

  static GatewayTls gatewayTls(Path tlsDir) {
    return GatewayTls.of(open(tlsDir));
  }

  private static NodeTls open(Path tlsDir) {
    try {
      return NodeTls.open(tlsDir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The signing singleton where this node is a controller, and the renewal of its own certificate.
   */
  static ActorRef<SecurityProtocol.Command> start(
      ActorContext<Void> context, NodeOptions options, Path tlsDir) {
    ActorSystem<?> system = context.getSystem();
    ActorRef<SecurityProtocol.Command> security =
        options.isController()
            ? SecurityProtocol.start(
                system,
                SecurityActor.create(
                    new SecurityActor.Settings(
                        authority(tlsDir),
                        validity(),
                        () -> controllers(system, options),
                        Clock.systemUTC())))
            : SecurityProtocol.proxy(system);
    Duration interval = validity().dividedBy(LOOKS);
    context.spawn(
        CertificateRenewal.create(
                new CertificateRenewal.Settings(
                    open(tlsDir),
                    tlsDir,
                    options.name(),
                    List.of(options.listen()),
                    interval.compareTo(MAX_LOOK_INTERVAL) < 0 ? interval : MAX_LOOK_INTERVAL),
                security)
            .unsafeCast(),
        SecurityProtocol.CERTIFICATES);
    return security;
  }

  private static CertificateAuthority authority(Path tlsDir) {
    try {
      return CertificateAuthority.open(tlsDir);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "a controller needs the authority's key: join with a token for the role controller", e);
    }
  }

  private static Map<String, String> controllers(ActorSystem<?> system, NodeOptions options) {
    return HawserStore.get(system)
        .members()
        .thenApply(StoreMembers::list)
        .exceptionally(notYet -> options.controllers())
        .toCompletableFuture()
        .getNow(options.controllers());
  }
}
