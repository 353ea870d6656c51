package io.hawser.benchmarks;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.model.AssignedPod;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.node.NodeActor;
import io.hawser.node.NodeSettings;
import io.hawser.runtime.ContainerRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;

/**
 * Pods of one container each under a NodeActor, which gets its assignments as from the wire: a
 * sandbox with its address, a PodActor, a ContainerActor and the container for each. The benchmark
 * is the node's scheduler.
 */
final class NodeLoad implements AgentLoad {
  private static final Duration WITHIN = Duration.ofMinutes(3);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration FENCE = Duration.ofSeconds(5);

  /** The node keeps so many samples of its containers' use; it takes one when it is asked. */
  private static final int USAGE_SAMPLES = 12;

  /** A younger sample is answered with. */
  private static final Duration USAGE_FRESH = Duration.ofMillis(1_050);

  private final Set<String> running = ConcurrentHashMap.newKeySet();
  private final Set<String> present = ConcurrentHashMap.newKeySet();
  private final ActorSystem<Void> system;
  private final ActorRef<NodeProtocol.Command> node;
  private final List<String> uids = new ArrayList<>();
  private long version;
  private int begun;

  /**
   * @param runtime opened, with the image {@code bench:1}; stays the caller's
   */
  NodeLoad(ContainerRuntime runtime, Path stateDir) {
    system =
        ActorSystem.create(
            Behaviors.empty(),
            ClusterConfig.SYSTEM,
            ClusterConfig.load(ConfigFactory.parseString("pekko.actor.provider = local")));
    ActorRef<SchedulerProtocol.Command> scheduler =
        system.systemActorOf(scheduler(), "scheduler", Props.empty());
    node =
        system.systemActorOf(
            NodeActor.create(new NodeSettings(info(), stateDir, FENCE), runtime, scheduler),
            "node",
            Props.empty());
    assign(Optional.empty());
  }

  private Behavior<SchedulerProtocol.Command> scheduler() {
    return Behaviors.receive(SchedulerProtocol.Command.class)
        .onMessage(
            SchedulerProtocol.ReportPods.class,
            report -> {
              report.pods().forEach(this::note);
              report.replyTo().tell(new NodeProtocol.ReportAccepted(report.number()));
              return Behaviors.same();
            })
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private void note(PodReport pod) {
    if (pod.gone()) {
      present.remove(pod.uid());
    }
    if (pod.status().phase() == PodPhase.RUNNING && !pod.gone()) {
      running.add(pod.uid());
    } else {
      running.remove(pod.uid());
    }
  }

  @Override
  public void start(int containers) throws Exception {
    for (int i = 0; i < containers; i++) {
      uids.add("pod-" + begun++);
    }
    present.addAll(uids);
    assign(Optional.empty());
    await("pods to run", () -> running.containsAll(uids));
    fillUsage();
  }

  @Override
  public void end() throws Exception {
    assign(Optional.of(0L));
    await("pods to go", present::isEmpty);
    uids.clear();
    assign(Optional.empty());
    fillUsage();
  }

  /** A node that has run for minutes holds as many samples as it ever does. */
  private void fillUsage() throws Exception {
    for (int i = 0; i < USAGE_SAMPLES; i++) {
      Thread.sleep(USAGE_FRESH.toMillis());
      AskPattern.<NodeProtocol.Command, NodeProtocol.NodeUsage>ask(
              node, NodeProtocol.ReadUsage::new, ANSWER, system.scheduler())
          .toCompletableFuture()
          .get();
    }
  }

  /** Through the serializer of the cluster, so that no two pods share what a node's would not. */
  private void assign(Optional<Long> stopGraceSeconds) {
    Serialization wire = SerializationExtension.get(system);
    NodeProtocol.Assign sent =
        new NodeProtocol.Assign(
            1, ++version, uids.stream().map(uid -> pod(uid, stopGraceSeconds)).toList());
    byte[] bytes = wire.serialize(sent).get();
    node.tell(wire.deserialize(bytes, NodeProtocol.Assign.class).get());
  }

  private static void await(String what, BooleanSupplier condition) throws Exception {
    long deadline = System.nanoTime() + WITHIN.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException("waited " + WITHIN + " for " + what);
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  private static AssignedPod pod(String uid, Optional<Long> stopGraceSeconds) {
    ResourceAmounts limits = new ResourceAmounts(1000, 64L << 20, 0, Map.of());
    PodContainer container =
        new PodContainer(
            "main",
            BenchRuntime.IMAGE,
            PodContainer.ImagePullPolicy.IF_NOT_PRESENT,
            List.of("/bin/sleep", "100000"),
            List.of(),
            Optional.empty(),
            List.of(),
            List.of(new PodContainer.Port("http", 8080, 0, "TCP")),
            limits,
            limits,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            PodContainer.SecurityContext.DEFAULT,
            false,
            false);
    PodSpec spec =
        new PodSpec(
            List.of(),
            List.of(container),
            List.of(),
            PodSpec.RestartPolicy.ALWAYS,
            30,
            Map.of(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            false,
            PodContainer.SecurityContext.DEFAULT);
    return new AssignedPod(
        new ObjectName("default", uid),
        uid,
        Map.of("app", "web"),
        Map.of(),
        spec,
        stopGraceSeconds);
  }

  private static NodeInfo info() {
    return new NodeInfo(
        "n1",
        "run-1",
        "pekko://hawser@127.0.0.1:7351",
        "127.0.0.1",
        "",
        Set.of("worker"),
        BenchRuntime.SUBNET,
        ResourceAmounts.NONE,
        110,
        "amd64",
        "6",
        "Debian",
        "0.1");
  }

  @Override
  public void close() throws Exception {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }
}
