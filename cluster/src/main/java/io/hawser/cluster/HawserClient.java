package io.hawser.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.entity.DeploymentEntity;
import io.hawser.cluster.entity.DeploymentEntity.View;
import io.hawser.cluster.protocol.Answer;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.ObjectName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
import org.apache.pekko.cluster.typed.Cluster;
import org.slf4j.LoggerFactory;

/**
 * Hawser from another JVM service: joins the cluster as a member with the role {@code client},
 * which hosts nothing, and talks to the deployments' sharded entities.
 *
 * <pre>{@code
 * try (HawserClient hawser =
 *     HawserClient.connect("127.0.0.1", 0, List.of("127.0.0.1:7351", "127.0.0.1:7352"))) {
 *   ObjectName web = ObjectName.parse("default/web");
 *   hawser.scale(web, 6).toCompletableFuture().join();
 *   HawserClient.Following views = hawser.follow(web, System.out::println);
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads. Every method that returns a stage returns at once; the stage
 * fails with {@link java.util.concurrent.TimeoutException} when nobody answers within {@link
 * #ANSWER_TIMEOUT}, which says nothing about whether a change was made.
 */
public final class HawserClient implements AutoCloseable {
  /** How long {@link #connect} waits to become a member. */
  public static final Duration JOIN_TIMEOUT = Duration.ofSeconds(30);

  /** How long an entity may take to answer; longer than it waits for the scheduler itself. */
  public static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

  /** How long {@link #close} waits until the cluster has let this member go. */
  public static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(20);

  private static final long JOIN_POLL_MILLIS = 50;

  private final ActorSystem<?> system;
  private final ClusterSharding sharding;
  private final boolean ownsSystem;
  private final AtomicLong followings = new AtomicLong();

  /** A running {@link #follow}. */
  public interface Following extends AutoCloseable {
    /** Ends it; a view that is on its way may still be delivered. */
    @Override
    void close();
  }

  private HawserClient(ActorSystem<?> system, boolean ownsSystem) {
    this.system = system;
    this.ownsSystem = ownsSystem;
    this.sharding = ClusterSharding.get(system);
    sharding.init(
        Entity.of(DeploymentEntity.TYPE_KEY, entity -> Behaviors.empty()).withRole(Roles.GATEWAY));
  }

  /**
   * Joins a cluster and returns once this JVM is a member. Blocks for at most {@link
   * #JOIN_TIMEOUT}.
   *
   * @param host the address of this machine that the cluster's members can reach
   * @param port to listen on; 0 for any free one
   * @param seeds {@code host:port} of some members of the cluster
   * @throws IllegalStateException when no member lets this JVM join in time
   */
  public static HawserClient connect(String host, int port, List<String> seeds) {
    return connect(host, port, seeds, ConfigFactory.empty());
  }

  /**
   * As {@link #connect(String, int, List)}.
   *
   * @param overrides Pekko settings that win over the cluster's own, such as TLS
   */
  public static HawserClient connect(String host, int port, List<String> seeds, Config overrides) {
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException("at least one seed (host:port) is needed to join");
    }
    // Before many threads want to log at once, of which all but one would be held up with a
    // warning.
    LoggerFactory.getILoggerFactory();
    Config asGuest =
        ConfigFactory.parseString("pekko.coordinated-shutdown.exit-jvm = off")
            .withFallback(ClusterConfig.member(host, port, List.of(Roles.CLIENT), seeds));
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            ClusterConfig.SYSTEM,
            ClusterConfig.load(overrides.withFallback(asGuest)));
    try {
      awaitMembership(system, seeds);
      return new HawserClient(system, true);
    } catch (RuntimeException e) {
      system.terminate();
      throw e;
    }
  }

  /**
   * Over an actor system that is (or is about to be) a member already; {@link #close} leaves it
   * running.
   */
  public static HawserClient over(ActorSystem<?> system) {
    return new HawserClient(system, false);
  }

  private static void awaitMembership(ActorSystem<?> system, List<String> seeds) {
    Cluster cluster = Cluster.get(system);
    long deadline = System.nanoTime() + JOIN_TIMEOUT.toNanos();
    while (!cluster.selfMember().status().equals(MemberStatus.up())) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "no member of the cluster answered within %d s at %s"
                .formatted(JOIN_TIMEOUT.toSeconds(), String.join(", ", seeds)));
      }
      try {
        TimeUnit.MILLISECONDS.sleep(JOIN_POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while joining the cluster", e);
      }
    }
  }

  /**
   * Sets a deployment's number of pods.
   *
   * @return accepted once it is durable, or refused with the reason
   */
  public CompletionStage<Answer> scale(ObjectName deployment, int replicas) {
    return entity(deployment)
        .ask(replyTo -> new DeploymentEntity.Scale(replicas, replyTo), ANSWER_TIMEOUT);
  }

  /**
   * Creates the deployment, or changes it to this spec.
   *
   * @return accepted once it is durable, or refused with the reason
   */
  public CompletionStage<Answer> apply(
      ObjectName deployment, Map<String, String> labels, DeploymentSpec spec) {
    return entity(deployment)
        .ask(replyTo -> new DeploymentEntity.Apply(labels, spec, replyTo), ANSWER_TIMEOUT);
  }

  /** Deletes the deployment and its pods. */
  public CompletionStage<Answer> delete(ObjectName deployment) {
    return entity(deployment).ask(DeploymentEntity.Delete::new, ANSWER_TIMEOUT);
  }

  /** The deployment as it is now; its spec is empty when there is none of that name. */
  public CompletionStage<View> get(ObjectName deployment) {
    return entity(deployment).ask(DeploymentEntity.Get::new, ANSWER_TIMEOUT);
  }

  /**
   * Calls back with the present view and every later one, also when the entity had to move to
   * another member meanwhile. A view comes at least every {@link
   * DeploymentEntity#FOLLOW_KEEP_ALIVE_SECONDS} seconds while the cluster works.
   *
   * @param views called by one thread at a time; must not block; an exception from it ends the
   *     following
   */
  public Following follow(ObjectName deployment, Consumer<View> views) {
    ActorRef<Follower.Command> follower =
        system.systemActorOf(
            Follower.create(entity(deployment), views),
            "hawser-follower-" + followings.incrementAndGet(),
            Props.empty());
    return () -> follower.tell(Follower.End.END);
  }

  private EntityRef<DeploymentEntity.Command> entity(ObjectName deployment) {
    return sharding.entityRefFor(DeploymentEntity.TYPE_KEY, deployment.toString());
  }

  /** Leaves the cluster and waits until it has let this member go, for {@link #LEAVE_TIMEOUT}. */
  @Override
  public void close() {
    if (!ownsSystem) {
      return;
    }
    CompletionStage<Done> left =
        CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.actorSystemTerminateReason());
    try {
      left.toCompletableFuture().get(LEAVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      system.terminate();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      system.terminate();
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }
}
