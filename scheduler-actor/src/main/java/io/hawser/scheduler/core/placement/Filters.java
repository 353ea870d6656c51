package io.hawser.scheduler.core.placement;

import io.hawser.cluster.Roles;
import io.hawser.model.Taint;
import io.hawser.model.Toleration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which nodes can take a pod at all. */
public final class Filters {
  private Filters() {}

  /**
   * Why a node can't take a pod; empty when it can. A node that is out of the question gives that
   * one reason; one that is only too small gives every shortage.
   *
   * <p>A pod that names its node passes cordons, selectors and taints, as in Kubernetes, but not
   * the node's capacity.
   */
  public static List<Unfit> unfit(Candidate candidate, Ask ask) {
    if (ask.spec().nodeName().isPresent()) {
      String wanted = ask.spec().nodeName().get();
      if (!wanted.equals(candidate.name())) {
        return List.of(new Unfit.NotTheNamedNode(wanted));
      }
    }
    if (!candidate.node().isReady()) {
      return List.of(new Unfit.NotReady());
    }
    if (!candidate.node().info().roles().contains(Roles.WORKER)) {
      return List.of(new Unfit.NotAWorker());
    }
    List<Unfit> closed = ask.spec().nodeName().isPresent() ? List.of() : closed(candidate, ask);
    return closed.isEmpty() ? shortages(candidate, ask) : closed;
  }

  private static List<Unfit> closed(Candidate candidate, Ask ask) {
    if (candidate.node().unschedulable()) {
      return List.of(new Unfit.Cordoned());
    }
    for (Taint taint : candidate.node().taints()) {
      if (taint.effect() != Taint.Effect.PREFER_NO_SCHEDULE && !tolerated(taint, ask)) {
        String value = taint.value().isEmpty() ? "" : "=" + taint.value();
        return List.of(new Unfit.UntoleratedTaint(taint.key() + value));
      }
    }
    Map<String, String> labels = candidate.node().meta().labels();
    for (Map.Entry<String, String> wanted : ask.spec().nodeSelector().entrySet()) {
      if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
        return List.of(new Unfit.SelectorMismatch());
      }
    }
    return List.of();
  }

  static boolean tolerated(Taint taint, Ask ask) {
    for (Toleration toleration : ask.spec().tolerations()) {
      if (toleration.tolerates(taint)) {
        return true;
      }
    }
    return false;
  }

  private static List<Unfit> shortages(Candidate candidate, Ask ask) {
    if (hasRoom(candidate, ask)) {
      return List.of();
    }
    List<Unfit> reasons = new ArrayList<>();
    if (candidate.podsFree() < 1) {
      reasons.add(new Unfit.TooManyPods());
    }
    if (lacks(ask.requests().cpuMillis(), candidate.cpuFreeMillis())) {
      reasons.add(new Unfit.Insufficient("cpu"));
    }
    if (lacks(ask.requests().memoryBytes(), candidate.memoryFreeBytes())) {
      reasons.add(new Unfit.Insufficient("memory"));
    }
    if (lacks(ask.requests().ephemeralStorageBytes(), candidate.storageFreeBytes())) {
      reasons.add(new Unfit.Insufficient("ephemeral-storage"));
    }
    ask.requests()
        .extended()
        .forEach(
            (name, amount) -> {
              if (lacks(amount, candidate.extendedFree(name))) {
                reasons.add(new Unfit.Insufficient(name));
              }
            });
    ask.hostPorts().stream()
        .filter(candidate::usesHostPort)
        .forEach(port -> reasons.add(new Unfit.HostPortTaken(port)));
    return reasons;
  }

  private static boolean hasRoom(Candidate candidate, Ask ask) {
    return candidate.podsFree() >= 1
        && !lacks(ask.requests().cpuMillis(), candidate.cpuFreeMillis())
        && !lacks(ask.requests().memoryBytes(), candidate.memoryFreeBytes())
        && !lacks(ask.requests().ephemeralStorageBytes(), candidate.storageFreeBytes())
        && ask.requests().extended().isEmpty()
        && ask.hostPorts().stream().noneMatch(candidate::usesHostPort);
  }

  /** A pod that asks for nothing of a resource fits even where less than nothing is left. */
  private static boolean lacks(long wanted, long free) {
    return wanted > 0 && wanted > free;
  }
}
