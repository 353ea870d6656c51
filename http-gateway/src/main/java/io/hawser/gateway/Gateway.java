package io.hawser.gateway;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.gateway.http.ApiHandler;
import io.hawser.gateway.http.ClusterAccess;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.ConnectionContext;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.ServerBuilder;
import org.apache.pekko.http.javadsl.settings.ServerSettings;

/** The HTTP server of one machine: Kubernetes' API over this JVM's replica, and Hawser's own. */
public final class Gateway {
  private Gateway() {}

  /**
   * Binds and serves; stops with the actor system's coordinated shutdown.
   *
   * @return the binding of {@code settings.port}; fails when an address can't be bound
   */
  public static CompletionStage<ServerBinding> start(
      ActorSystem<?> system,
      GatewaySettings settings,
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler,
      ActorRef<DrillProtocol.Command> drills) {
    ClusterAccess cluster = new ClusterAccess(system, replica, scheduler);
    ApiHandler handler = new ApiHandler(settings, cluster, drills);
    CompletionStage<ServerBinding> first =
        bind(system, settings.host(), settings.port(), settings.tls(), handler);
    if (settings.kubectl().isEmpty()) {
      return first;
    }
    GatewaySettings.TlsPort wanted = settings.kubectl().get();
    CompletionStage<ServerBinding> both =
        first.thenCompose(
            binding ->
                wanted
                    .key()
                    .thenCompose(tls -> bindSecond(system, settings, tls, handler))
                    .handle(
                        (second, failure) -> {
                          if (failure != null) {
                            system.log().warn("no port with TLS for kubectl", failure);
                          }
                          return binding;
                        }));
    // A key that is still being made holds nobody up.
    return wanted.key().toCompletableFuture().isDone() ? both : first;
  }

  /** The wanted port when it is free, else any: the status tells which. */
  private static CompletionStage<ServerBinding> bindSecond(
      ActorSystem<?> system, GatewaySettings settings, GatewayTls tls, ApiHandler handler) {
    Optional<SSLContext> context = Optional.of(tls.context());
    int port = settings.kubectl().orElseThrow().port();
    return bind(system, settings.host(), port, context, handler)
        .exceptionallyCompose(taken -> bind(system, settings.host(), 0, context, handler))
        .thenApply(
            binding -> {
              handler.secured(binding.localAddress().getPort(), tls);
              return binding;
            });
  }

  private static CompletionStage<ServerBinding> bind(
      ActorSystem<?> system, String host, int port, Optional<SSLContext> tls, ApiHandler handler) {
    ServerBuilder plain =
        Http.get(system).newServerAt(host, port).withSettings(serverSettings(system));
    ServerBuilder builder =
        tls.map(context -> plain.enableHttps(ConnectionContext.httpsServer(context))).orElse(plain);
    return builder
        .bind(handler::handle)
        .thenApply(binding -> binding.addToCoordinatedShutdown(Limits.STOP_TIMEOUT, system));
  }

  private static ServerSettings serverSettings(ActorSystem<?> system) {
    String overrides =
        """
        pekko.http.server {
          server-header = "hawser"
          idle-timeout = %d s
          request-timeout = 30 s
          max-connections = %d
          backlog = %d
          # kubectl asks for OpenAPI with a media type that has an '@' in it.
          parsing.illegal-header-warnings = off
          parsing.uri-parsing-mode = relaxed
          parsing.max-uri-length = %d
          parsing.max-content-length = %d
        }
        """
            .formatted(
                Limits.IDLE_TIMEOUT.toSeconds(),
                Limits.MAX_CONNECTIONS,
                Limits.BACKLOG,
                Limits.MAX_URI_BYTES,
                Limits.MAX_DISCARDED_BYTES);
    return ServerSettings.create(
        ConfigFactory.parseString(overrides)
            .withFallback(system.settings().config())
            .withFallback(ConfigFactory.defaultReference(Gateway.class.getClassLoader())));
  }
}
