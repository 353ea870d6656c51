package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a machine's containers when its actor system ends.
 *
 * <ul>
 *   <li>The node has lost its cluster (downed, or never let in): they are killed first of all
 *       ("fenced"), within {@link NodeSettings#fenceTimeout()}: they may run elsewhere by then.
 *   <li>The program was asked to end: the node leaves the cluster first, so that replacements are
 *       on their way, then stops its pods with their grace, all within {@link
 *       NodeLimits#CLEAN_STOP} and the time-out of Pekko's phase {@code
 *       before-actor-system-terminate}; what is left then is killed.
 *   <li>The JVM died: nobody is here to do anything. The runtime's guard kills them unless a new
 *       process adopts them within the restart window.
 * </ul>
 */
final class NodeShutdown {
  private static final Logger LOG = LoggerFactory.getLogger(NodeShutdown.class);
  private static final Duration FENCE_RETRY = Duration.ofMillis(50);

  /** Left of a phase's time for the kill after an unfinished stop. */
  private static final Duration KILL_MARGIN = Duration.ofSeconds(1);

  private static final Set<CoordinatedShutdown.Reason> LOST_CLUSTER =
      Set.of(
          CoordinatedShutdown.clusterDowningReason(),
          CoordinatedShutdown.clusterJoinUnsuccessfulReason(),
          CoordinatedShutdown.incompatibleConfigurationDetectedReason());

  private NodeShutdown() {}

  static void register(
      ActorSystem<?> system, ActorRef<NodeProtocol.Command> node, Machine machine) {
    CoordinatedShutdown shutdown = CoordinatedShutdown.get(system);
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
        "hawser-fence",
        () ->
            lostCluster(shutdown)
                ? fence(machine, "this node has lost its cluster")
                : CompletableFuture.completedFuture(Done.getInstance()));
    String phase = CoordinatedShutdown.PhaseBeforeActorSystemTerminate();
    Duration phaseTimeout = Duration.ofMillis(shutdown.timeout(phase).toMillis());
    shutdown.addTask(
        phase,
        "hawser-stop-pods",
        () ->
            machine.isFenced()
                ? CompletableFuture.completedFuture(Done.getInstance())
                : stopPods(system, node, machine, phaseTimeout));
  }

  /** True when this actor system is a cluster's and its member has not been let in yet. */
  static boolean neverJoined(ActorSystem<?> system) {
    if (!system.settings().config().getString("pekko.actor.provider").contains("luster")) {
      return false;
    }
    MemberStatus status = Cluster.get(system).selfMember().status();
    return List.of(MemberStatus.joining(), MemberStatus.removed(), MemberStatus.down())
        .contains(status);
  }

  private static boolean lostCluster(CoordinatedShutdown shutdown) {
    return shutdown.getShutdownReason().map(LOST_CLUSTER::contains).orElse(false);
  }

  /** On a thread of its own: the node's pool may be busy with the very calls that hang. */
  private static CompletionStage<Done> fence(Machine machine, String why) {
    Duration bound = machine.settings().fenceTimeout();
    LOG.warn("{}: what runs here is killed", why);
    CompletableFuture<Done> fenced = new CompletableFuture<>();
    Thread thread = new Thread(() -> fenceWithin(machine, bound, fenced), "hawser-node-fence");
    thread.setDaemon(true);
    thread.start();
    return fenced
        .orTimeout(bound.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(
            e -> {
              LOG.error("containers not killed within {}; the guard must do it", bound, e);
              return Done.getInstance();
            });
  }

  private static void fenceWithin(Machine machine, Duration bound, CompletableFuture<Done> fenced) {
    long begun = System.nanoTime();
    while (!fenced.isDone()) {
      try {
        machine.fence();
        fenced.complete(Done.getInstance());
      } catch (RuntimeException e) {
        if (System.nanoTime() - begun > bound.toNanos()) {
          fenced.completeExceptionally(e);
          return;
        }
        LOG.warn("fencing failed and is tried again: {}", e.toString());
        java.util.concurrent.locks.LockSupport.parkNanos(FENCE_RETRY.toNanos());
      }
    }
  }

  private static CompletionStage<Done> stopPods(
      ActorSystem<?> system,
      ActorRef<NodeProtocol.Command> node,
      Machine machine,
      Duration phaseTimeout) {
    Duration usable = phaseTimeout.minus(KILL_MARGIN);
    Duration bound = usable.compareTo(NodeLimits.CLEAN_STOP) < 0 ? usable : NodeLimits.CLEAN_STOP;
    long grace = Math.max(0, bound.minus(KILL_MARGIN).toSeconds());
    CompletionStage<Done> stopped =
        AskPattern.ask(
            node, replyTo -> new NodeActor.StopAll(grace, replyTo), bound, system.scheduler());
    return stopped
        .handle((done, failure) -> failure == null)
        .thenCompose(
            all ->
                all
                    ? CompletableFuture.completedFuture(Done.getInstance())
                    : fence(machine, "not all pods stopped within " + bound));
  }
}
