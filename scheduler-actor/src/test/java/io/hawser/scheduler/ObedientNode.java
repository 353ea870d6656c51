package io.hawser.scheduler;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.ContainerUsage;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.model.AssignedPod;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectName;
import io.hawser.model.PodReport;
import io.hawser.scheduler.core.Samples;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * A NodeActor that runs everything at once and reports it. It may be several nodes with one
 * address: it reports in the name of each, and the scheduler hears only the one that is meant.
 */
final class ObedientNode {
  private final List<NodeInfo> infos;
  private final Supplier<ActorRef<SchedulerProtocol.Command>> scheduler;
  private final LongSupplier memoryBytes;
  private final ActorRef<NodeProtocol.Command> self;
  private final Set<ObjectName> running = new TreeSet<>();
  private long number;

  private ObedientNode(
      List<NodeInfo> infos,
      Supplier<ActorRef<SchedulerProtocol.Command>> scheduler,
      LongSupplier memoryBytes,
      ActorRef<NodeProtocol.Command> self) {
    this.infos = infos;
    this.scheduler = scheduler;
    this.memoryBytes = memoryBytes;
    this.self = self;
  }

  static Behavior<NodeProtocol.Command> create(
      NodeInfo info, ActorRef<SchedulerProtocol.Command> scheduler) {
    return create(List.of(info), () -> scheduler, () -> 0);
  }

  /**
   * @param scheduler the present one
   * @param memoryBytes what each container uses
   */
  static Behavior<NodeProtocol.Command> create(
      List<NodeInfo> infos,
      Supplier<ActorRef<SchedulerProtocol.Command>> scheduler,
      LongSupplier memoryBytes) {
    return Behaviors.setup(
        context -> {
          ObedientNode node = new ObedientNode(infos, scheduler, memoryBytes, context.getSelf());
          node.register();
          return Behaviors.receive(NodeProtocol.Command.class)
              .onMessage(NodeProtocol.Assign.class, m -> node.obey(m.pods()))
              .onMessage(NodeProtocol.AssignDelta.class, m -> node.obey(m.changed()))
              .onMessage(NodeProtocol.RegisterAgain.class, m -> node.register())
              .onMessage(NodeProtocol.ReadUsage.class, node::use)
              .onAnyMessage(m -> Behaviors.same())
              .build();
        });
  }

  private Behavior<NodeProtocol.Command> register() {
    for (NodeInfo info : infos) {
      scheduler.get().tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, self));
    }
    return Behaviors.same();
  }

  private Behavior<NodeProtocol.Command> obey(List<AssignedPod> pods) {
    List<PodReport> reports = new ArrayList<>();
    for (AssignedPod pod : pods) {
      boolean gone = pod.stopGraceSeconds().isPresent();
      reports.add(new PodReport(pod.name(), pod.uid(), Samples.running(Instant.now()), gone));
      if (gone) {
        running.remove(pod.name());
      } else {
        running.add(pod.name());
      }
    }
    if (!reports.isEmpty()) {
      number++;
      for (NodeInfo info : infos) {
        scheduler
            .get()
            .tell(
                new SchedulerProtocol.ReportPods(
                    info.name(), info.incarnation(), number, reports, self));
      }
    }
    return Behaviors.same();
  }

  private Behavior<NodeProtocol.Command> use(NodeProtocol.ReadUsage read) {
    Map<String, ContainerUsage> containers = new HashMap<>();
    running.forEach(
        pod ->
            containers.put(pod + "/main", new ContainerUsage(0, memoryBytes.getAsLong(), 1_000)));
    for (NodeInfo info : infos) {
      read.replyTo().tell(new NodeProtocol.NodeUsage(info.name(), Instant.now(), 0, 0, containers));
    }
    return Behaviors.same();
  }
}
