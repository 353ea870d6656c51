package io.hawser.scheduler;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * Rounds of questions to the nodes about what their containers use, while there are autoscalers.
 * Nothing of it is kept beyond its round.
 */
final class UsageReads {
  private final Duration every;
  private Optional<Instant> begunAt = Optional.empty();
  private boolean underWay;
  private final Set<String> awaited = new HashSet<>();
  private final List<NodeUsage> answers = new ArrayList<>();

  UsageReads(Duration every) {
    this.every = every;
  }

  /** Asks the nodes, when a round is due. */
  void ask(ClusterState state, Instant now, ActorSystem<?> system, ActorRef<NodeUsage> replyTo) {
    begin(state, now).stream()
        .flatMap(name -> state.node(name).stream())
        .map(node -> NodeProtocol.at(system, node.info().address()))
        .forEach(node -> node.tell(new NodeProtocol.ReadUsage(replyTo)));
  }

  /** Begins a round when one is due: returns the nodes to ask. */
  private Set<String> begin(ClusterState state, Instant now) {
    Collection<HorizontalPodAutoscaler> autoscalers =
        state.objects().all(HorizontalPodAutoscaler.class);
    if (underWay || autoscalers.isEmpty() || !isDue(autoscalers, now)) {
      return Set.of();
    }
    underWay = true;
    begunAt = Optional.of(now);
    answers.clear();
    awaited.clear();
    awaited.addAll(nodes(state, autoscalers));
    return Set.copyOf(awaited);
  }

  /** A new or changed autoscaler does not wait for the next period. */
  private boolean isDue(Collection<HorizontalPodAutoscaler> autoscalers, Instant now) {
    return begunAt.filter(t -> t.plus(every).isAfter(now)).isEmpty()
        || autoscalers.stream()
            .anyMatch(a -> a.status().observedGeneration() != a.meta().generation());
  }

  private static Set<String> nodes(
      ClusterState state, Collection<HorizontalPodAutoscaler> autoscalers) {
    Set<String> names = new TreeSet<>();
    for (HorizontalPodAutoscaler autoscaler : autoscalers) {
      state
          .podsOf(autoscaler.targetKey())
          .forEach(
              p ->
                  p.nodeName()
                      .flatMap(state::node)
                      .filter(Node::isReady)
                      .ifPresent(n -> names.add(n.name())));
    }
    return names;
  }

  void add(NodeUsage usage) {
    if (underWay && awaited.remove(usage.node())) {
      answers.add(usage);
    }
  }

  /** All have answered, or the others are not waited for any more. */
  boolean isComplete(Instant now) {
    return underWay
        && (awaited.isEmpty() || !begunAt.get().plus(SchedulerSettings.USAGE_ANSWER).isAfter(now));
  }

  /** Ends the round. */
  List<NodeUsage> take() {
    underWay = false;
    awaited.clear();
    return List.copyOf(answers);
  }
}
