package io.hawser.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How many pods a workload has, by what they use; Kubernetes' {@code autoscaling/v2
 * HorizontalPodAutoscaler}.
 */
public record HorizontalPodAutoscaler(ObjectMeta meta, Spec spec, Status status)
    implements ApiObject {
  public static final String ABLE_TO_SCALE = "AbleToScale";
  public static final String SCALING_ACTIVE = "ScalingActive";
  public static final String SCALING_LIMITED = "ScalingLimited";

  /** What a user asked for. */
  public record Spec(
      Target target,
      int min,
      int max,
      List<Metric> metrics,
      AutoscaleRules up,
      AutoscaleRules down) {
    public Spec {
      metrics = List.copyOf(metrics);
    }
  }

  /** The workload whose pods are counted, in the same namespace. */
  public record Target(String apiVersion, String kind, String name) {}

  /** What is measured. */
  public enum Resource {
    CPU,
    MEMORY
  }

  /**
   * What the pods should use on average.
   *
   * @param container empty: all of a pod's containers together
   * @param utilization percent of what they request
   * @param average thousandths of a core, or bytes; one of the two is present
   */
  public record Metric(
      Resource resource,
      Optional<String> container,
      Optional<Integer> utilization,
      Optional<Long> average) {
    public static Metric utilization(Resource resource, int percent) {
      return new Metric(resource, Optional.empty(), Optional.of(percent), Optional.empty());
    }

    public static Metric average(Resource resource, long amount) {
      return new Metric(resource, Optional.empty(), Optional.empty(), Optional.of(amount));
    }
  }

  /** What the pods used on average at the last look; the same units. */
  public record Current(
      Resource resource, Optional<String> container, Optional<Integer> utilization, long average) {}

  /** A number of pods that the metrics asked for from then on, before any limit. */
  public record Recommendation(Instant at, int replicas) {}

  /** Pods added then, or taken away when negative. */
  public record Change(Instant at, int replicas) {}

  /**
   * How far it is. What the limits on its speed need to know is part of it, so that they hold over
   * a scheduler's failover.
   *
   * @param recommendations oldest first, as far back as a stabilisation window looks
   * @param changes oldest first, as far back as a policy looks
   */
  public record Status(
      long observedGeneration,
      int replicas,
      int desired,
      Optional<Instant> lastScaledAt,
      List<Current> metrics,
      List<Condition> conditions,
      List<Recommendation> recommendations,
      List<Change> changes)
      implements ObjectStatus {
    public static final Status NONE =
        new Status(0, 0, 0, Optional.empty(), List.of(), List.of(), List.of(), List.of());

    public Status {
      metrics = List.copyOf(metrics);
      conditions = List.copyOf(conditions);
      recommendations = List.copyOf(recommendations);
      changes = List.copyOf(changes);
    }

    public Optional<Condition> condition(String type) {
      return conditions.stream().filter(c -> c.type().equals(type)).findFirst();
    }
  }

  public ObjectKey targetKey() {
    return new ObjectKey(spec.target.kind, meta.namespace(), spec.target.name);
  }

  @Override
  public HorizontalPodAutoscaler withMeta(ObjectMeta newMeta) {
    return new HorizontalPodAutoscaler(newMeta, spec, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public HorizontalPodAutoscaler withStatus(ObjectStatus newStatus) {
    return new HorizontalPodAutoscaler(meta, spec, (Status) newStatus);
  }
}
