package io.hawser.gateway;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.gateway.http.ApiHandler;
import io.hawser.gateway.http.ClusterAccess;
import java.util.concurrent.CompletionStage;
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
   * @return fails when the address can't be bound
   */
  public static CompletionStage<ServerBinding> start(
      ActorSystem<?> system,
      GatewaySettings settings,
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler,
      ActorRef<DrillProtocol.Command> drills) {
    ClusterAccess cluster = new ClusterAccess(system, replica, scheduler);
    ApiHandler handler = new ApiHandler(settings, cluster, drills);
    ServerBuilder builder =
        Http.get(system)
            .newServerAt(settings.host(), settings.port())
            .withSettings(serverSettings(system));
    ServerBuilder secured =
        settings
            .tls()
            .map(tls -> builder.enableHttps(ConnectionContext.httpsServer(tls)))
            .orElse(builder);
    return secured
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
          parsing.uri-parsing-mode = relaxed
          parsing.max-content-length = infinite
        }
        """
            .formatted(Limits.IDLE_TIMEOUT.toSeconds(), Limits.MAX_CONNECTIONS);
    return ServerSettings.create(
        ConfigFactory.parseString(overrides)
            .withFallback(system.settings().config())
            .withFallback(ConfigFactory.defaultReference(Gateway.class.getClassLoader())));
  }
}
