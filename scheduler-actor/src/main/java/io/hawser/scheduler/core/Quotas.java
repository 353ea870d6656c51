package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.LimitRange;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.PriorityClass;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import io.hawser.model.Scheduling;
import io.hawser.scheduler.core.placement.QuotaUse.Amounts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What classes and a namespace's limit ranges and quotas say of a new pod. */
final class Quotas {
  private static final List<String> UNITS = List.of("", "Ki", "Mi", "Gi", "Ti");

  private Quotas() {}

  /**
   * The spec with the defaults of the namespace's limit ranges and what its runtime class adds.
   * Without either it is the same one, so that pods go on sharing it.
   */
  static PodSpec withDefaults(ClusterState state, String namespace, PodSpec given) {
    PodSpec spec = RuntimeClasses.admitted(state, given);
    Collection<LimitRange> ranges = ranges(state, namespace);
    if (ranges.isEmpty()) {
      return spec;
    }
    return spec.withContainers(
        spec.containers().stream().map(c -> withDefaults(ranges, c)).toList());
  }

  private static PodContainer withDefaults(Collection<LimitRange> ranges, PodContainer container) {
    ResourceAmounts limits = container.limits();
    ResourceAmounts requests = container.requests();
    for (LimitRange range : ranges) {
      // A limit that the user gave is the request too, not the namespace's default.
      ResourceAmounts given = limits;
      requests = filled(requests, unlessGiven(range.requests(), given));
      limits = filled(limits, range.limits());
    }
    return container.withResources(requests, limits);
  }

  private static ResourceAmounts filled(ResourceAmounts own, ResourceAmounts otherwise) {
    return new ResourceAmounts(
        own.cpuMillis() > 0 ? own.cpuMillis() : otherwise.cpuMillis(),
        own.memoryBytes() > 0 ? own.memoryBytes() : otherwise.memoryBytes(),
        own.ephemeralStorageBytes() > 0
            ? own.ephemeralStorageBytes()
            : otherwise.ephemeralStorageBytes(),
        own.extended());
  }

  private static ResourceAmounts unlessGiven(ResourceAmounts wanted, ResourceAmounts given) {
    return new ResourceAmounts(
        given.cpuMillis() > 0 ? 0 : wanted.cpuMillis(),
        given.memoryBytes() > 0 ? 0 : wanted.memoryBytes(),
        given.ephemeralStorageBytes() > 0 ? 0 : wanted.ephemeralStorageBytes(),
        Map.of());
  }

  /**
   * Why the namespace does not take such a pod now.
   *
   * @param spec with the defaults
   */
  static Optional<String> refusal(Draft draft, String namespace, PodSpec spec) {
    Optional<String> unknown =
        unknownClass(draft.state(), spec).or(() -> RuntimeClasses.refusal(draft.state(), spec));
    return unknown.or(() -> beyondLimits(draft, namespace, spec));
  }

  /** The same of a pod that was admitted before, whatever its classes say now. */
  static Optional<String> beyondLimits(Draft draft, String namespace, PodSpec spec) {
    return beyondRanges(draft.state(), namespace, spec)
        .or(() -> beyondQuotas(draft, namespace, spec, Amounts.NONE));
  }

  /** The same of an active pod that is to have another spec: as if it came anew, without itself. */
  static Optional<String> beyondLimits(Draft draft, Pod pod, PodSpec resized) {
    String namespace = pod.meta().namespace();
    return beyondRanges(draft.state(), namespace, resized)
        .or(() -> beyondQuotas(draft, namespace, resized, Amounts.of(pod.spec())));
  }

  /**
   * @param freed what is taken now and will be free then
   */
  private static Optional<String> beyondQuotas(
      Draft draft, String namespace, PodSpec spec, Amounts freed) {
    for (ResourceQuota quota : quotas(draft.state(), namespace)) {
      Optional<String> over =
          exceeded(quota, used(draft, namespace).minus(freed), Amounts.of(spec));
      if (over.isPresent()) {
        return over;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> beyondRanges(ClusterState state, String namespace, PodSpec spec) {
    for (LimitRange range : ranges(state, namespace)) {
      for (PodContainer container : spec.containers()) {
        Optional<String> wrong =
            outOf(range, "cpu", container, ResourceAmounts::cpuMillis)
                .or(() -> outOf(range, "memory", container, ResourceAmounts::memoryBytes));
        if (wrong.isPresent()) {
          return wrong;
        }
      }
    }
    return Optional.empty();
  }

  private static Amounts used(Draft draft, String namespace) {
    return draft.memory().quotas().of(draft.state(), namespace);
  }

  private static Optional<String> unknownClass(ClusterState state, PodSpec spec) {
    return spec.scheduling()
        .priorityClassName()
        .filter(name -> !Scheduling.SYSTEM_CLASSES.containsKey(name))
        .filter(
            name -> state.objects().find(PriorityClass.class, new ObjectName("", name)).isEmpty())
        .map(name -> "no PriorityClass with name " + name + " was found");
  }

  private static Optional<String> outOf(
      LimitRange range,
      String resource,
      PodContainer container,
      java.util.function.ToLongFunction<ResourceAmounts> of) {
    long min = of.applyAsLong(range.min());
    long max = of.applyAsLong(range.max());
    long request = of.applyAsLong(container.effectiveRequests());
    long limit = of.applyAsLong(container.limits());
    if (min > 0 && request < min) {
      return Optional.of(
          "minimum %s usage per Container is %s, but request is %s"
              .formatted(resource, text(resource, min), text(resource, request)));
    } else if (max > 0 && (limit == 0 || limit > max || request > max)) {
      return Optional.of(
          "maximum %s usage per Container is %s, but limit is %s"
              .formatted(
                  resource, text(resource, max), limit == 0 ? "not given" : text(resource, limit)));
    }
    return Optional.empty();
  }

  private static Optional<String> exceeded(ResourceQuota quota, Amounts used, Amounts asked) {
    List<String> over = new ArrayList<>();
    for (Map.Entry<String, Long> hard : new TreeMap<>(quota.hard()).entrySet()) {
      String name = hard.getKey();
      long more = asked.of(name);
      if (used.of(name) + more > hard.getValue()) {
        over.add(
            "requested: %s=%s, used: %s=%s, limited: %s=%s"
                .formatted(
                    name,
                    text(name, more),
                    name,
                    text(name, used.of(name)),
                    name,
                    text(name, hard.getValue())));
      }
    }
    return over.isEmpty()
        ? Optional.empty()
        : Optional.of("exceeded quota: " + quota.meta().name() + ", " + String.join("; ", over));
  }

  /** An amount as users write it, such as {@code 250m} of cpu, {@code 64Mi} of memory. */
  private static String text(String resource, long amount) {
    if (resource.endsWith("cpu")) {
      return amount % 1_000 == 0 ? Long.toString(amount / 1_000) : amount + "m";
    } else if (resource.endsWith("memory") && amount > 0) {
      int unit = Math.min(Long.numberOfTrailingZeros(amount) / 10, UNITS.size() - 1);
      return (amount >> 10 * unit) + UNITS.get(unit);
    }
    return Long.toString(amount);
  }

  /** How many of the wanted pods are let in now. */
  static int fitting(Draft draft, String namespace, PodSpec plain, int wanted) {
    ClusterState state = draft.state();
    Collection<ResourceQuota> quotas = quotas(state, namespace);
    if (wanted == 0 || (quotas.isEmpty() && ranges(state, namespace).isEmpty())) {
      boolean refused =
          unknownClass(state, plain).isPresent()
              || RuntimeClasses.refusal(state, plain).isPresent();
      return refused ? 0 : wanted;
    }
    PodSpec spec = withDefaults(state, namespace, plain);
    if (refusal(draft, namespace, spec).isPresent()) {
      return 0;
    }
    long fits = wanted;
    Amounts asked = Amounts.of(spec);
    for (ResourceQuota quota : quotas) {
      Amounts used = used(draft, namespace);
      for (Map.Entry<String, Long> hard : quota.hard().entrySet()) {
        long each = asked.of(hard.getKey());
        if (each > 0) {
          long left = hard.getValue() - used.of(hard.getKey());
          fits = Math.min(fits, Math.max(0, left) / each);
        }
      }
    }
    return (int) fits;
  }

  private static Collection<ResourceQuota> quotas(ClusterState state, String namespace) {
    return state.objects().in(namespace, ResourceQuota.class);
  }

  private static Collection<LimitRange> ranges(ClusterState state, String namespace) {
    return state.objects().in(namespace, LimitRange.class);
  }

  /** Brings what the quotas of the touched namespaces say of themselves up to date. */
  static void statuses(Draft draft, Set<String> namespaces) {
    for (String namespace : namespaces) {
      for (ResourceQuota quota : List.copyOf(quotas(draft.state(), namespace))) {
        OwnedBy.tell(draft, quota, status(draft, quota, used(draft, namespace)));
      }
    }
  }

  private static ResourceQuota.Status status(Draft draft, ResourceQuota quota, Amounts used) {
    String namespace = quota.meta().namespace();
    Map<String, Long> byName = new HashMap<>();
    for (String name : quota.hard().keySet()) {
      Optional<Long> ofClaims = StorageQuotas.used(draft.state(), namespace, name);
      byName.put(name, ofClaims.orElseGet(() -> used.of(name)));
    }
    return new ResourceQuota.Status(byName);
  }
}
