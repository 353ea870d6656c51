package io.hawser.scheduler.core.autoscale;

import io.hawser.model.HorizontalPodAutoscaler.Current;
import io.hawser.model.HorizontalPodAutoscaler.Metric;
import io.hawser.model.HorizontalPodAutoscaler.Resource;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How many pods one metric asks for: as many as bring what they use on average to what is wanted.
 * Pods that can't be measured yet never make a change larger, nor turn its direction.
 *
 * @see <a
 *     href="https://github.com/kubernetes/kubernetes/blob/release-1.32/pkg/controller/podautoscaler/replica_calculator.go">replica_calculator.go</a>
 */
public final class ReplicaCount {
  /** A change of less than this share is none. */
  static final double TOLERANCE = 0.1;

  /** So long after a pod's start its cpu counts only for a time in which it was ready. */
  static final Duration CPU_INITIALIZATION = Duration.ofMinutes(5);

  private final Metric metric;
  private final int current;
  private final Instant now;
  private final Map<Pod, Long> used = new HashMap<>();
  private final List<Pod> unready = new ArrayList<>();
  private final List<Pod> missing = new ArrayList<>();

  private ReplicaCount(Metric metric, int current, Instant now) {
    this.metric = metric;
    this.current = current;
    this.now = now;
  }

  /**
   * @param pods of the workload, those that have failed or are being deleted too
   * @param current how many the workload wants now
   */
  public static Proposal of(
      Metric metric,
      Collection<Pod> pods,
      Map<ObjectName, PodUse> usage,
      int current,
      Instant now) {
    if (pods.isEmpty()) {
      return Proposal.failed("no pods returned by selector while calculating replica count");
    }
    Optional<String> unknown = metric.utilization().flatMap(u -> withoutRequest(metric, pods));
    if (unknown.isPresent()) {
      return Proposal.failed(unknown.get());
    }
    ReplicaCount count = new ReplicaCount(metric, current, now);
    pods.forEach(p -> count.sort(p, Optional.ofNullable(usage.get(p.name()))));
    if (count.used.isEmpty()) {
      return Proposal.failed("did not receive metrics for targeted pods (pods might be unready)");
    }
    return new Proposal(Optional.of(count.replicas()), Optional.of(count.reading()), "");
  }

  private static Optional<String> withoutRequest(Metric metric, Collection<Pod> pods) {
    for (Pod pod : pods) {
      for (PodContainer container : PodUse.measured(pod, metric)) {
        if (request(metric, container) == 0) {
          return Optional.of(
              "missing request for %s in container %s of Pod %s"
                  .formatted(name(metric.resource()), container.name(), pod.meta().name()));
        }
      }
    }
    return Optional.empty();
  }

  private static long request(Metric metric, PodContainer container) {
    return metric.resource() == Resource.CPU
        ? container.effectiveRequests().cpuMillis()
        : container.effectiveRequests().memoryBytes();
  }

  private long request(Pod pod) {
    return PodUse.measured(pod, metric).stream().mapToLong(c -> request(metric, c)).sum();
  }

  static String name(Resource resource) {
    return resource.name().toLowerCase(Locale.ROOT);
  }

  private void sort(Pod pod, Optional<PodUse> use) {
    if (pod.isDeleting() || pod.status().phase() == PodPhase.FAILED) {
      return;
    }
    Optional<Long> amount = use.flatMap(u -> u.amount(pod, metric));
    if (pod.status().phase() == PodPhase.PENDING) {
      unready.add(pod);
    } else if (amount.isEmpty()) {
      missing.add(pod);
    } else if (metric.resource() == Resource.CPU && isStarting(pod, use.get())) {
      unready.add(pod);
    } else {
      used.put(pod, amount.get());
    }
  }

  private boolean isStarting(Pod pod, PodUse use) {
    Optional<Instant> startedAt = pod.status().startedAt();
    boolean young = startedAt.map(t -> t.plus(CPU_INITIALIZATION).isAfter(now)).orElse(true);
    boolean measuredWhileReady =
        pod.status().readySince().filter(t -> !use.at().isBefore(t.plus(use.window()))).isPresent();
    return young && !measuredWhileReady;
  }

  private int replicas() {
    double ratio = ratio(used);
    boolean upWithUnready = !unready.isEmpty() && ratio > 1;
    if (!upWithUnready && missing.isEmpty()) {
      return isWithin(ratio) ? current : ceil(ratio * used.size());
    }
    Map<Pod, Long> assumed = new HashMap<>(used);
    if (ratio < 1) {
      missing.forEach(p -> assumed.put(p, assumedAtMost(p)));
    } else if (ratio > 1) {
      missing.forEach(p -> assumed.put(p, 0L));
    }
    if (upWithUnready) {
      unready.forEach(p -> assumed.put(p, 0L));
    }
    double careful = ratio(assumed);
    boolean turned = ratio < 1 && careful > 1 || ratio > 1 && careful < 1;
    int wanted = ceil(careful * assumed.size());
    boolean otherWay = careful < 1 && wanted > current || careful > 1 && wanted < current;
    return isWithin(careful) || turned || otherWay ? current : wanted;
  }

  /** What a pod that was not measured is taken to use when there are to be fewer. */
  private long assumedAtMost(Pod pod) {
    return metric
        .average()
        .orElseGet(() -> request(pod) * Math.max(100, metric.utilization().get()) / 100);
  }

  private static boolean isWithin(double ratio) {
    return Math.abs(1 - ratio) <= TOLERANCE;
  }

  private static int ceil(double replicas) {
    return (int) Math.ceil(Math.min(Integer.MAX_VALUE, replicas));
  }

  /** What is used to what is wanted. Whole percents, as Kubernetes reckons. */
  private double ratio(Map<Pod, Long> amounts) {
    return metric
        .utilization()
        .map(target -> (double) percent(amounts) / target)
        .orElseGet(() -> (double) average(amounts) / metric.average().get());
  }

  private long percent(Map<Pod, Long> amounts) {
    long requested = amounts.keySet().stream().mapToLong(this::request).sum();
    return requested == 0 ? 0 : sum(amounts) * 100 / requested;
  }

  private static long average(Map<Pod, Long> amounts) {
    return sum(amounts) / amounts.size();
  }

  private static long sum(Map<Pod, Long> amounts) {
    return amounts.values().stream().mapToLong(Long::longValue).sum();
  }

  private Current reading() {
    return new Current(
        metric.resource(),
        metric.container(),
        metric.utilization().map(u -> (int) percent(used)),
        average(used));
  }
}
