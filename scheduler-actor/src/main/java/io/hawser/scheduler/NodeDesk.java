package io.hawser.scheduler;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Node;
import io.hawser.model.PodReport;
import io.hawser.scheduler.core.Decision;
import io.hawser.scheduler.core.SchedulerInput;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Hears what nodes say: that they are there, what became of their pods, that they missed an order.
 * What is late or repeated changes nothing. Belongs to one run of the scheduler.
 */
final class NodeDesk {
  /**
   * What to carry out.
   *
   * @param registering the node that is told the whole of its assignment afterwards
   * @param then once the decision is durable
   */
  record Step(Decision decision, Optional<String> registering, Consumer<ClusterState> then) {}

  private final Members members;
  private final NodeLinks nodes;
  private final LongSupplier seed;
  private final BiFunction<ClusterState, SchedulerInput, Decision> decide;
  private final ReportOrder reports = new ReportOrder();

  NodeDesk(
      Members members,
      NodeLinks nodes,
      LongSupplier seed,
      BiFunction<ClusterState, SchedulerInput, Decision> decide) {
    this.members = members;
    this.nodes = nodes;
    this.seed = seed;
    this.decide = decide;
  }

  Step register(ClusterState state, SchedulerProtocol.RegisterNode register, Instant now) {
    String name = register.info().name();
    String incarnation = register.info().incarnation();
    if (members.heard(name, incarnation, now)) {
      members.tellLost(state, now);
    }
    if (state.node(name).filter(n -> n.info().incarnation().equals(incarnation)).isEmpty()) {
      members.begun(register.info().address(), now);
    }
    boolean late =
        reports.isOvertaken(name, incarnation, register.number())
            && NodeLinks.isRegistered(state, name, incarnation);
    List<PodReport> pods = late ? List.of() : register.pods();
    return new Step(
        decide.apply(
            state, new SchedulerInput.NodeRegisters(now, seed.getAsLong(), register.info(), pods)),
        Optional.of(name),
        after ->
            after.node(name).ifPresent(node -> nodes.assign(after, node, register.node()::tell)));
  }

  /**
   * @return empty: it was answered, there is nothing to carry out
   */
  Optional<Step> report(ClusterState state, SchedulerProtocol.ReportPods report, Instant now) {
    if (!NodeLinks.isRegistered(state, report.node(), report.incarnation())) {
      report.replyTo().tell(new NodeProtocol.RegisterAgain(state.epoch()));
      return Optional.empty();
    }
    members.heard(report.node(), report.incarnation(), now);
    NodeProtocol.ReportAccepted accepted = new NodeProtocol.ReportAccepted(report.number());
    if (reports.isDone(report.node(), report.incarnation(), report.number())) {
      report.replyTo().tell(accepted);
      return Optional.empty();
    }
    Decision decision =
        decide.apply(
            state,
            new SchedulerInput.PodsReported(
                now, seed.getAsLong(), report.node(), report.pods(), report.removedVolumes()));
    return Optional.of(
        new Step(
            decision,
            Optional.empty(),
            after -> {
              reports.done(report.node(), report.incarnation(), report.number());
              report.replyTo().tell(accepted);
            }));
  }

  void resync(ClusterState state, SchedulerProtocol.ResyncNode resync, Instant now) {
    Optional<Node> node =
        state
            .node(resync.node())
            .filter(n -> NodeLinks.isRegistered(state, n.name(), resync.incarnation()));
    if (node.isPresent()) {
      members.heard(resync.node(), resync.incarnation(), now);
      nodes.assign(state, node.get(), resync.replyTo()::tell);
    } else {
      resync.replyTo().tell(new NodeProtocol.RegisterAgain(state.epoch()));
    }
  }
}
