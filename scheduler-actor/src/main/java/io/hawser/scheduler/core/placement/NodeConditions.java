package io.hawser.scheduler.core.placement;

import io.hawser.cluster.Roles;
import io.hawser.model.Node;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.Scheduling.PreferredNodes;
import io.hawser.model.Taint;
import io.hawser.model.Toleration;
import java.util.Map;
import java.util.Set;

/** What an ask wants of a node that does not change with the pods on it. */
final class NodeConditions {
  private final Ask ask;

  NodeConditions(Ask ask) {
    this.ask = ask;
  }

  /**
   * Why the node is out of the question; null when it is not. One reason: the first.
   *
   * <p>A pod that names its node passes cordons, selectors and taints, as in Kubernetes, but not
   * the node's capacity, and it gets no volume of another node.
   */
  Unfit refusal(Node node) {
    if (ask.nodeName().isPresent() && !ask.nodeName().get().equals(node.name())) {
      return new Unfit.NotTheNamedNode(ask.nodeName().get());
    }
    if (!node.isReady()) {
      return new Unfit.NotReady();
    }
    if (!node.info().roles().contains(Roles.WORKER)) {
      return new Unfit.NotAWorker();
    }
    Unfit closed = ask.nodeName().isPresent() ? null : closed(node);
    boolean elsewhere =
        ask.volumeNodes().isPresent() && !ask.volumeNodes().get().contains(node.name());
    return closed == null && elsewhere ? new Unfit.VolumeElsewhere() : closed;
  }

  private Unfit closed(Node node) {
    if (node.unschedulable()) {
      return new Unfit.Cordoned();
    }
    for (Taint taint : node.taints()) {
      if (taint.effect() != Taint.Effect.PREFER_NO_SCHEDULE && !tolerated(taint)) {
        String value = taint.value().isEmpty() ? "" : "=" + taint.value();
        return new Unfit.UntoleratedTaint(taint.key() + value);
      }
    }
    if (!matchesSelector(node)) {
      return new Unfit.SelectorMismatch();
    }
    if (!matchesAffinity(node)) {
      return new Unfit.AffinityMismatch();
    }
    if (ask.architectures().isPresent() && isForeign(node, ask.architectures().get())) {
      return new Unfit.OtherArchitecture(node.info().architecture());
    }
    return null;
  }

  private static boolean isForeign(Node node, Set<String> architectures) {
    String own = node.info().architecture();
    return !own.isEmpty() && !architectures.contains(own);
  }

  /** The node selector and the required node affinity. */
  boolean isWanted(Node node) {
    return matchesSelector(node) && matchesAffinity(node);
  }

  /** Neither cordoned nor tainted against the pod. */
  boolean isOpen(Node node) {
    for (Taint taint : node.taints()) {
      if (taint.effect() != Taint.Effect.PREFER_NO_SCHEDULE && !tolerated(taint)) {
        return false;
      }
    }
    return !node.unschedulable();
  }

  private boolean matchesSelector(Node node) {
    Map<String, String> labels = node.meta().labels();
    for (Map.Entry<String, String> wanted : ask.nodeSelector().entrySet()) {
      if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private boolean matchesAffinity(Node node) {
    if (ask.nodeAffinity().required().isEmpty()) {
      return true;
    }
    for (NodeTerm term : ask.nodeAffinity().required()) {
      if (term.matches(node.name(), node.meta().labels())) {
        return true;
      }
    }
    return false;
  }

  private boolean tolerated(Taint taint) {
    for (Toleration toleration : ask.tolerations()) {
      if (toleration.tolerates(taint)) {
        return true;
      }
    }
    return false;
  }

  int softTaints(Node node) {
    int count = 0;
    for (Taint taint : node.taints()) {
      if (taint.effect() == Taint.Effect.PREFER_NO_SCHEDULE && !tolerated(taint)) {
        count++;
      }
    }
    return count;
  }

  /** The weights of the preferred terms that hold. */
  int preference(Node node) {
    int sum = 0;
    for (PreferredNodes preferred : ask.nodeAffinity().preferred()) {
      // Unlike a required one, an empty preferred term holds everywhere.
      NodeTerm term = preferred.term();
      boolean empty = term.expressions().isEmpty() && term.fields().isEmpty();
      if (empty || term.matches(node.name(), node.meta().labels())) {
        sum += preferred.weight();
      }
    }
    return sum;
  }
}
