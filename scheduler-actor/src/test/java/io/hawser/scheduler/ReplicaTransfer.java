package io.hawser.scheduler;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.replica.PackedState;
import io.hawser.cluster.replica.ReplicaActor;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.scheduler.core.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.SerializationExtension;

/**
 * {@code ReplicaTransfer [PODS [EVENTS]]}, by hand: how long a new replica needs to have a state of
 * so many pods (a million), all running, from the real {@link Replicas} to the real {@link
 * ReplicaActor} of another actor system over TCP, while the scheduler makes so many events a second
 * (5000). Prints the seconds and the bytes; both ends share this machine and this JVM.
 */
final class ReplicaTransfer {
  private static final int PODS_PER_DEPLOYMENT = 10_000;
  private static final int NODES = 6_100;
  private static final Duration TICK = Duration.ofMillis(20);
  private static final Duration BOUND = Duration.ofMinutes(5);
  private static final Instant NOW = Instant.parse("2026-01-01T12:34:56.789012Z");

  private record Happens() implements Command {}

  private record Second() implements Command {}

  /** Of the scheduler. */
  private static volatile long newest;

  private ReplicaTransfer() {}

  public static void main(String[] args) throws Exception {
    int pods = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int eventsPerSecond = args.length > 1 ? Integer.parseInt(args[1]) : 5_000;
    ClusterState state = state(pods);
    say("a state of %,d pods at revision %,d", state.pods().size(), state.revision());
    int perTick = (int) (eventsPerSecond * TICK.toMillis() / 1000);
    ActorSystem<Command> sender = system(scheduler(state, perTick));
    ActorSystem<Object> receiver = system(Behaviors.empty());
    try {
      measure(sender, receiver, pods);
    } finally {
      receiver.terminate();
      sender.terminate();
    }
    System.exit(0);
  }

  private static void measure(ActorSystem<Command> sender, ActorSystem<Object> receiver, int pods) {
    String path = ActorRefResolver.get(sender).toSerializationFormat(sender);
    ActorRef<Command> scheduler = ActorRefResolver.get(receiver).resolveActorRef(path);
    long begun = System.nanoTime();
    ActorRef<ReplicaProtocol.Command> replica =
        receiver.systemActorOf(ReplicaActor.create(scheduler), "replica", Props.empty());
    ReplicaProtocol.View view = await(receiver, replica, 1);
    say("the replica has %,d pods after %.1f s", view.state().pods().size(), since(begun));
    if (view.state().pods().size() != pods) {
      throw new IllegalStateException("not all pods are there");
    }
    long now = newest;
    await(receiver, replica, now);
    say("it has caught up with what happened until then after %.1f s", since(begun));
  }

  private static ReplicaProtocol.View await(
      ActorSystem<Object> system, ActorRef<ReplicaProtocol.Command> replica, long revision) {
    return AskPattern.<ReplicaProtocol.Command, ReplicaProtocol.View>ask(
            replica,
            replyTo -> new ReplicaProtocol.AwaitRevision(revision, BOUND, replyTo),
            BOUND.plusSeconds(1),
            system.scheduler())
        .toCompletableFuture()
        .join();
  }

  private static <T> ActorSystem<T> system(Behavior<T> guardian) {
    return ActorSystem.create(
        guardian,
        ClusterConfig.SYSTEM,
        ClusterConfig.load(
            ConfigFactory.parseString("pekko.coordinated-shutdown.exit-jvm = off")
                .withFallback(ClusterConfig.member("127.0.0.1", 0, List.of(), List.of()))));
  }

  /** What of {@link SchedulerActor} has to do with replicas; something happens all the time. */
  private static Behavior<Command> scheduler(ClusterState begin, int eventsPerTick) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerAtFixedRate(new Happens(), TICK);
                  timers.startTimerAtFixedRate(new Second(), Duration.ofSeconds(1));
                  List<Pod> pods = List.copyOf(begin.pods().values());
                  Random random = new Random(1);
                  Replicas replicas =
                      new Replicas(
                          context,
                          (snapshot, packed) -> {
                            long start = System.nanoTime();
                            byte[] bytes =
                                PackedState.write(
                                    SerializationExtension.get(context.getSystem()), snapshot);
                            say("written in %.1f s: %,d bytes", since(start), bytes.length);
                            return bytes;
                          });
                  replicas.begin(begin);
                  ClusterState[] state = {begin};
                  return Behaviors.receive(Command.class)
                      .onMessage(
                          Happens.class,
                          m -> {
                            List<SchedulerEvent> events = new ArrayList<>();
                            for (int i = 0; i < eventsPerTick; i++) {
                              Pod pod = pods.get(random.nextInt(pods.size()));
                              events.add(started(pod, 1 + random.nextInt(9)));
                            }
                            for (SchedulerEvent event : events) {
                              state[0] = state[0].evolve(event);
                            }
                            replicas.publish(1, events);
                            newest = state[0].revision();
                            return Behaviors.same();
                          })
                      .onMessage(
                          Second.class,
                          m -> {
                            replicas.keepAlive(1);
                            return Behaviors.same();
                          })
                      .onMessage(
                          SchedulerProtocol.Subscribe.class,
                          m -> {
                            replicas.subscribe(state[0], m);
                            return Behaviors.same();
                          })
                      .onMessage(
                          Replicas.SnapshotReady.class,
                          m -> {
                            say("%,d events meanwhile", state[0].revision() - m.revision());
                            replicas.onPrepared(state[0], m);
                            return Behaviors.same();
                          })
                      .onMessage(
                          Replicas.SnapshotFailed.class,
                          m -> {
                            replicas.onFailed(m);
                            return Behaviors.same();
                          })
                      .build();
                }));
  }

  private static ClusterState state(int pods) {
    ClusterState state =
        ClusterState.EMPTY.evolve(new SchedulerEvent.SchedulerStarted(1, "node-0", NOW));
    for (int i = 0; i < NODES; i++) {
      state =
          state.evolve(
              new SchedulerEvent.NodeRegistered(
                  Samples.node("node-" + i), UUID.randomUUID().toString(), NOW));
    }
    PodSpec spec = Samples.podSpec("docker.io/library/pause:3.10", 100);
    for (int i = 0; i < pods; i++) {
      Pod pod = pod(i, spec);
      state = state.evolve(new SchedulerEvent.PodCreated(pod, NOW));
      state = state.evolve(new SchedulerEvent.PodPlaced(pod.name(), "node-" + i % NODES, NOW));
      state = state.evolve(started(pod, 0));
    }
    return state;
  }

  private static Pod pod(int number, PodSpec spec) {
    int deployment = number / PODS_PER_DEPLOYMENT;
    String hash = "%010x".formatted(0x5bd1e995L * (deployment + 1));
    String name = "web-%d-%s-%05x".formatted(deployment, hash, number);
    ObjectMeta meta =
        new ObjectMeta(
            "default",
            name,
            UUID.randomUUID().toString(),
            1,
            0,
            NOW,
            Map.of("app", "web-" + deployment, "pod-template-hash", hash),
            Map.of());
    UUID owner = new UUID(0, deployment);
    return Pod.created(
        meta,
        spec,
        Optional.of(new Pod.Owner("Deployment", "web-" + deployment, owner.toString(), hash)));
  }

  /** As long as what a real node says. */
  private static SchedulerEvent started(Pod pod, int restarts) {
    Instant at = NOW.plusSeconds(restarts);
    String container = pod.spec().containers().get(0).name();
    ContainerStatus status =
        new ContainerStatus(
            container,
            "docker.io/library/pause:3.10",
            "sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097",
            "hawser://" + pod.uid() + "/" + container + "/" + restarts,
            ContainerState.running(at, Optional.empty()),
            Optional.empty(),
            true,
            true,
            restarts);
    PodStatus running =
        new PodStatus(
            PodPhase.RUNNING,
            Optional.of(at),
            Optional.of("10.244." + (pod.uid().hashCode() & 0xff) + ".17"),
            Optional.of(NOW),
            List.of(),
            List.of(status),
            Optional.empty(),
            Optional.empty());
    ObjectName name = pod.name();
    return new SchedulerEvent.PodStatusChanged(name, running, at);
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private static void say(String what, Object... values) {
    System.out.println(String.format(Locale.ROOT, what, values));
  }
}
