package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import java.util.HashMap;
import java.util.Map;

/** What the active pods of a namespace take of its quotas; of those namespaces that were asked. */
public final class QuotaUse extends KeptCounts {
  private static final String QUOTA = ResourceQuota.class.getSimpleName();

  /**
   * What quotas count of one pod or of many. Thousandths of a core, bytes.
   *
   * @see ResourceQuota#hard
   */
  public record Amounts(
      long pods, long requestsCpu, long requestsMemory, long limitsCpu, long limitsMemory) {
    public static final Amounts NONE = new Amounts(0, 0, 0, 0, 0);

    /** Of one pod. */
    public static Amounts of(PodSpec spec) {
      ResourceAmounts requests = spec.effectiveRequests();
      long cpu = 0;
      long memory = 0;
      for (PodContainer container : spec.containers()) {
        cpu += container.limits().cpuMillis();
        memory += container.limits().memoryBytes();
      }
      ResourceAmounts overhead = spec.overhead().orElse(ResourceAmounts.NONE);
      cpu += cpu > 0 ? overhead.cpuMillis() : 0;
      memory += memory > 0 ? overhead.memoryBytes() : 0;
      return new Amounts(1, requests.cpuMillis(), requests.memoryBytes(), cpu, memory);
    }

    public Amounts minus(Amounts other) {
      return plus(other, -1);
    }

    private Amounts plus(Amounts other, int times) {
      return new Amounts(
          pods + times * other.pods,
          requestsCpu + times * other.requestsCpu,
          requestsMemory + times * other.requestsMemory,
          limitsCpu + times * other.limitsCpu,
          limitsMemory + times * other.limitsMemory);
    }

    /** By the name a quota has for it; 0 for what is not counted. */
    public long of(String resource) {
      return switch (resource) {
        case "pods" -> pods;
        case "requests.cpu" -> requestsCpu;
        case "requests.memory" -> requestsMemory;
        case "limits.cpu" -> limitsCpu;
        case "limits.memory" -> limitsMemory;
        default -> 0;
      };
    }
  }

  private final Map<String, Amounts> byNamespace = new HashMap<>();

  /** What is taken in this state. */
  public Amounts of(ClusterState state, String namespace) {
    at(state);
    Amounts kept = byNamespace.get(namespace);
    if (kept == null) {
      byNamespace.put(namespace, Amounts.NONE);
      state.podsIn(namespace).forEach(pod -> change(pod, 1, state));
      kept = byNamespace.get(namespace);
    }
    return kept;
  }

  @Override
  void replaced(Pod old, Pod now, ClusterState after) {
    boolean same =
        old != null && now != null && old.spec() == now.spec() && old.isActive() == now.isActive();
    if (!same) {
      super.replaced(old, now, after);
    }
  }

  @Override
  void change(Pod pod, int amount, ClusterState after) {
    if (pod.isActive()) {
      byNamespace.computeIfPresent(
          pod.meta().namespace(), (n, sum) -> sum.plus(Amounts.of(pod.spec()), amount));
    }
  }

  @Override
  void heard(SchedulerEvent event, ClusterState after) {
    if (event instanceof SchedulerEvent.ObjectDeleted e && e.key().kind().equals(QUOTA)) {
      byNamespace.remove(e.key().namespace());
    }
  }

  @Override
  void forgetAll() {
    byNamespace.clear();
  }
}
