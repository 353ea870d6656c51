package io.hawser.scheduler;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Node;
import io.hawser.model.ObjectKey;
import io.hawser.scheduler.core.Assignments;
import io.hawser.scheduler.core.Configs;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Tells the nodes what they should run. Holds nothing that matters: a new scheduler starts with the
 * whole assignment for everyone.
 */
final class NodeLinks {
  /**
   * @param to its actor, found anew at each whole assignment: finding takes longer than telling
   */
  private record Sent(String address, Consumer<NodeProtocol.Command> to, long version) {}

  private final Function<String, Consumer<NodeProtocol.Command>> nodeAt;
  private final Map<String, Sent> sent = new HashMap<>();

  /**
   * @param nodeAt sends to the NodeActor at a cluster address
   */
  NodeLinks(Function<String, Consumer<NodeProtocol.Command>> nodeAt) {
    this.nodeAt = nodeAt;
  }

  /** Whether the state knows this run of a node. */
  static boolean isRegistered(ClusterState state, String node, String incarnation) {
    return state
        .node(node)
        .filter(n -> n.isReady() && n.info().incarnation().equals(incarnation))
        .isPresent();
  }

  /**
   * What a new scheduler says to every node it knows of: the whole assignment, and to register,
   * which shows who is still there and brings all that was not reported to the scheduler before.
   * Members that the state does not know, as after the journal was restored, are to register too.
   *
   * @param workers addresses of the members that run containers
   */
  void introduce(ClusterState state, Set<String> workers) {
    Set<String> addresses = new HashSet<>(workers);
    for (Node node : state.nodes().values()) {
      if (node.isReady()) {
        assign(state, node);
        addresses.add(node.info().address());
      }
    }
    addresses.forEach(
        address -> nodeAt.apply(address).accept(new NodeProtocol.RegisterAgain(state.epoch())));
  }

  /** The whole assignment; what a node that registered or missed something gets. */
  void assign(ClusterState state, Node node) {
    assign(state, node, nodeAt.apply(node.info().address()));
  }

  void assign(ClusterState state, Node node, Consumer<NodeProtocol.Command> to) {
    long version = state.revision();
    to.accept(
        new NodeProtocol.Assign(
            state.epoch(),
            version,
            Assignments.of(state, node.name()),
            Assignments.volumesToRemove(state, node.name())));
    String address = node.info().address();
    sent.put(node.name(), new Sent(address, nodeAt.apply(address), version));
  }

  /**
   * Sends every node what a decision's events mean for it.
   *
   * @param registering is about to get its whole assignment
   */
  void passOn(
      ClusterState before,
      ClusterState after,
      Collection<SchedulerEvent> events,
      Optional<String> registering) {
    Map<String, Assignments.Delta> deltas = Assignments.between(before, after, events);
    registering.ifPresent(deltas::remove);
    deltas.forEach(
        (name, delta) ->
            after.node(name).filter(Node::isReady).ifPresent(n -> change(after, n, delta)));
    for (SchedulerEvent event : events) {
      Configs.changed(event).ifPresent(key -> hint(after, key));
      if (event instanceof SchedulerEvent.NodeLost e) {
        sent.remove(e.name());
      }
    }
  }

  private void hint(ClusterState state, ObjectKey key) {
    for (String name : Configs.readers(state, key)) {
      Sent last = sent.get(name);
      if (last != null) {
        last.to().accept(new NodeProtocol.ConfigChanged(key));
      }
    }
  }

  private void change(ClusterState state, Node node, Assignments.Delta delta) {
    Sent last = sent.get(node.name());
    if (last == null || !last.address().equals(node.info().address())) {
      assign(state, node);
      return;
    }
    long version = state.revision();
    last.to()
        .accept(
            new NodeProtocol.AssignDelta(
                state.epoch(),
                last.version(),
                version,
                List.copyOf(delta.changed()),
                List.copyOf(delta.removed()),
                Assignments.volumesToRemove(state, node.name())));
    sent.put(node.name(), new Sent(last.address(), last.to(), version));
  }

  /**
   * An empty delta: a node that lacks an earlier one notices by its version and asks. A member that
   * was taken for lost is to register: with no pods to report it would not hear of it.
   *
   * @param workers addresses of the members that run containers
   */
  void check(ClusterState state, Set<String> workers) {
    for (Node node : state.nodes().values()) {
      String address = node.info().address();
      if (!node.isReady() && workers.contains(address)) {
        nodeAt.apply(address).accept(new NodeProtocol.RegisterAgain(state.epoch()));
      }
    }
    sent.forEach(
        (name, last) ->
            last.to()
                .accept(
                    new NodeProtocol.AssignDelta(
                        state.epoch(),
                        last.version(),
                        last.version(),
                        List.of(),
                        List.of(),
                        Assignments.volumesToRemove(state, name))));
  }
}
