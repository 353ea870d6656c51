package io.hawser.ops.node;

import com.typesafe.config.Config;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.Roles;
import io.hawser.cluster.entity.DeploymentEntityActor;
import io.hawser.cluster.membership.RecognitionActor;
import io.hawser.cluster.protocol.ControllerProtocol;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.replica.ReplicaActor;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.gateway.Gateway;
import io.hawser.gateway.GatewaySettings;
import io.hawser.gateway.GatewayTls;
import io.hawser.model.NodeInfo;
import io.hawser.model.ResourceAmounts;
import io.hawser.node.NodeActor;
import io.hawser.node.NodeImages;
import io.hawser.node.NodeSettings;
import io.hawser.ops.drill.DrillActor;
import io.hawser.persistence.HawserStore;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.scheduler.SchedulerActor;
import io.hawser.scheduler.controller.ControllerActor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.Cluster;

/** The actors of one node, put together by its roles. */
final class NodeSystem {
  /** Most pods on a node, as in Kubernetes. */
  static final int MAX_PODS = 110;

  /** A node that lost its cluster has killed its containers within this. */
  static final Duration FENCE_TIMEOUT = Duration.ofSeconds(5);

  /** When a start's work is over. */
  static final Duration START_UP_SETTLED = Duration.ofSeconds(20);

  private final NodeOptions options;
  private final Optional<ContainerRuntime> runtime;
  private final NodeImages images;
  private final AtomicReference<String> failure;
  private final Runnable giveUpController;

  private NodeSystem(
      NodeOptions options,
      Optional<ContainerRuntime> runtime,
      NodeImages images,
      AtomicReference<String> failure,
      Runnable giveUpController) {
    this.giveUpController = giveUpController;
    this.options = options;
    this.runtime = runtime;
    this.images = images;
    this.failure = failure;
  }

  /** A running system, and why it ended when it did so by itself. */
  record Started(ActorSystem<Void> system, AtomicReference<String> reason) {
    Optional<String> failure() {
      return Optional.ofNullable(reason.get());
    }
  }

  /**
   * @param giveUpController called when others have taken the journal from this node
   */
  static Started start(
      NodeOptions options,
      Config config,
      Optional<ContainerRuntime> runtime,
      Optional<NodeImages> images,
      Runnable giveUpController) {
    AtomicReference<String> failure = new AtomicReference<>();
    NodeSystem node =
        new NodeSystem(
            options, runtime, images.orElse(NodeImages.PLAIN), failure, giveUpController);
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.<Void>setup(
                context -> {
                  node.spawn(context);
                  return Behaviors.empty();
                }),
            ClusterConfig.SYSTEM,
            config);
    return new Started(system, failure);
  }

  private void spawn(ActorContext<Void> context) {
    ActorSystem<?> system = context.getSystem();
    ActorRef<SchedulerProtocol.Command> scheduler =
        options.isController()
            ? SchedulerProtocol.start(system, SchedulerActor.create(options.name()))
            : SchedulerProtocol.proxy(system);
    context.spawn(ClusterForming.create(options).unsafeCast(), "forming");
    context.spawn(RecognitionActor.create(() -> voters(system)), "recognition");
    Optional<ActorRef<SecurityProtocol.Command>> security =
        options.tlsDir().map(dir -> NodeSecurity.start(context, options, dir));
    if (options.isController()) {
      Runnable tellRestored =
          () -> {
            scheduler.tell(new SchedulerProtocol.JournalRestored());
            security.ifPresent(s -> s.tell(new SecurityProtocol.JournalRestored()));
          };
      context.spawn(
          ControllerActor.create(
              new ControllerActor.Settings(options.name(), giveUpController, tellRestored)),
          ControllerProtocol.NAME);
    }
    runtime.ifPresent(
        r ->
            context.spawn(
                NodeActor.create(
                    new NodeSettings(info(), options.dir().resolve("node"), FENCE_TIMEOUT, images),
                    r,
                    scheduler),
                "node"));
    // A start leaves garbage of twice an idle node's heap; once collected, its memory is given
    // back.
    system.scheduler().scheduleOnce(START_UP_SETTLED, System::gc, system.executionContext());
    if (options.has(Roles.GATEWAY)) {
      spawnGateway(context, system, scheduler);
    }
  }

  private int voters(ActorSystem<?> system) {
    if (!options.isController() || !StoreConfig.isOwn(options)) {
      return 0;
    }
    HawserStore store = HawserStore.get(system);
    return store.reachesMajority() ? store.voters() : 0;
  }

  private void spawnGateway(
      ActorContext<Void> context,
      ActorSystem<?> system,
      ActorRef<SchedulerProtocol.Command> scheduler) {
    ActorRef<ReplicaProtocol.Command> replica =
        context.spawn(ReplicaActor.create(scheduler), "replica");
    DeploymentEntityActor.init(system, replica, scheduler);
    ActorRef<DrillProtocol.Command> drills =
        context.spawn(
            DrillActor.create(options.name(), replica, scheduler, options.dir().resolve("drills")),
            "drills");
    Optional<GatewayTls> own = options.tlsDir().map(NodeSecurity::gatewayTls);
    GatewaySettings settings =
        new GatewaySettings(
            options.name(),
            options.listen(),
            options.gatewayPort(),
            options.gatewayToken(),
            own.filter(any -> options.listensBeyondLoopback()).map(GatewayTls::context),
            Optional.of(
                new GatewaySettings.TlsPort(
                    options.tlsPort(),
                    own.<CompletionStage<GatewayTls>>map(CompletableFuture::completedFuture)
                        .orElseGet(() -> tls(system)))));
    Gateway.start(system, settings, replica, scheduler, drills)
        .whenComplete(
            (binding, error) -> {
              boolean stopping = CoordinatedShutdown.get(system).getShutdownReason().isPresent();
              if (error != null && !stopping) {
                failure.set(
                    "the gateway can't listen on %s:%d: %s"
                        .formatted(options.listen(), options.gatewayPort(), error.getMessage()));
                system.terminate();
              }
            });
  }

  /** Made at a node's first start, once it is a member: another process, so that none waits. */
  private CompletionStage<GatewayTls> tls(ActorSystem<?> system) {
    CompletableFuture<GatewayTls> key = new CompletableFuture<>();
    Cluster.get(system.classicSystem())
        .registerOnMemberUp(
            () ->
                key.completeAsync(
                    () -> {
                      try {
                        return GatewayTls.loadOrCreate(
                            options.gatewayKey(), List.of(options.listen()));
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    },
                    task -> new Thread(task, "gateway-key").start()));
    return key;
  }

  private NodeInfo info() {
    return new NodeInfo(
        options.name(),
        UUID.randomUUID().toString(),
        "pekko://%s@%s:%d".formatted(ClusterConfig.SYSTEM, options.listen(), options.port()),
        options.listen(),
        options.has(Roles.GATEWAY)
            ? "%s://%s:%d"
                .formatted(
                    options.tlsDir().isPresent() && options.listensBeyondLoopback()
                        ? "https"
                        : "http",
                    options.listen(),
                    options.gatewayPort())
            : "",
        options.roles(),
        options.podSubnet(),
        new ResourceAmounts(
            options.cpuMillis(),
            options.memoryBytes(),
            0,
            Map.of(ResourceAmounts.PIDS, Machine.pids())),
        MAX_PODS,
        Machine.architecture(),
        Machine.kernelVersion(),
        Machine.osImage(),
        Version.CURRENT);
  }
}
