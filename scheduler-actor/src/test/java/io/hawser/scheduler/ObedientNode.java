package io.hawser.scheduler;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.model.AssignedPod;
import io.hawser.model.NodeInfo;
import io.hawser.model.PodReport;
import io.hawser.scheduler.core.Samples;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A NodeActor that runs everything at once and reports it. */
final class ObedientNode {
  private final NodeInfo info;
  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private final ActorRef<NodeProtocol.Command> self;
  private long number;

  private ObedientNode(
      NodeInfo info,
      ActorRef<SchedulerProtocol.Command> scheduler,
      ActorRef<NodeProtocol.Command> self) {
    this.info = info;
    this.scheduler = scheduler;
    this.self = self;
  }

  static Behavior<NodeProtocol.Command> create(
      NodeInfo info, ActorRef<SchedulerProtocol.Command> scheduler) {
    return Behaviors.setup(
        context -> {
          ObedientNode node = new ObedientNode(info, scheduler, context.getSelf());
          node.register();
          return Behaviors.receive(NodeProtocol.Command.class)
              .onMessage(NodeProtocol.Assign.class, m -> node.obey(m.pods()))
              .onMessage(NodeProtocol.AssignDelta.class, m -> node.obey(m.changed()))
              .onMessage(NodeProtocol.RegisterAgain.class, m -> node.register())
              .onAnyMessage(m -> Behaviors.same())
              .build();
        });
  }

  private Behavior<NodeProtocol.Command> register() {
    scheduler.tell(new SchedulerProtocol.RegisterNode(info, List.of(), self));
    return Behaviors.same();
  }

  private Behavior<NodeProtocol.Command> obey(List<AssignedPod> pods) {
    List<PodReport> reports = new ArrayList<>();
    for (AssignedPod pod : pods) {
      boolean gone = pod.stopGraceSeconds().isPresent();
      reports.add(new PodReport(pod.name(), pod.uid(), Samples.running(Instant.now()), gone));
    }
    if (!reports.isEmpty()) {
      scheduler.tell(
          new SchedulerProtocol.ReportPods(
              info.name(), info.incarnation(), ++number, reports, self));
    }
    return Behaviors.same();
  }
}
