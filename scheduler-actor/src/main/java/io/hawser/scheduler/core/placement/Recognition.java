package io.hawser.scheduler.core.placement;

import io.hawser.model.ImageFacts;
import io.hawser.model.Pod;
import io.hawser.model.PriorityClass;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.PreemptionPolicy;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds out what pods ask for. Working it out costs microseconds; pods of one template share their
 * spec, and are recognised by it.
 */
final class Recognition {
  private static final int SLOTS = 1 << 10;

  private final Pod[] samples = new Pod[SLOTS];
  private final Ask[] asks = new Ask[SLOTS];
  private Ask latest;
  private final Function<Pod, Optional<Set<String>>> volumes;
  private Map<String, PriorityClass> priorityClasses = Map.of();
  private Map<String, Set<String>> architectures = Map.of();

  /**
   * @param volumes the nodes where a pod's volumes are; empty: anywhere
   */
  Recognition(Function<Pod, Optional<Set<String>>> volumes) {
    this.volumes = volumes;
  }

  void classes(Collection<PriorityClass> priorities, Collection<ImageFacts> images) {
    architectures =
        images.stream().collect(Collectors.toMap(i -> i.meta().name(), ImageFacts::architectures));
    priorityClasses =
        priorities.stream().collect(Collectors.toMap(c -> c.meta().name(), Function.identity()));
    Arrays.fill(samples, null);
  }

  /** Volumes are elsewhere now. */
  void forget() {
    Arrays.fill(samples, null);
  }

  Ask ask(Pod pod) {
    int slot = System.identityHashCode(pod.spec()) & SLOTS - 1;
    Pod sample = samples[slot];
    if (sample == null || !alike(sample, pod)) {
      samples[slot] = pod;
      Ask ask =
          Ask.of(
              pod,
              priority(pod.spec().scheduling()),
              mayPreempt(pod.spec().scheduling()),
              architectures,
              volumes.apply(pod));
      // Pods that came one by one have equal specs, not the same one.
      latest = ask.equals(latest) ? latest : ask;
      asks[slot] = latest;
    }
    return asks[slot];
  }

  private static boolean alike(Pod a, Pod b) {
    return a.spec() == b.spec()
        && a.meta().namespace().equals(b.meta().namespace())
        && same(a.meta().labels(), b.meta().labels())
        && same(a.meta().annotations(), b.meta().annotations())
        && a.owner().equals(b.owner());
  }

  private static boolean same(Object a, Object b) {
    return a == b || a.equals(b);
  }

  /** That of its class, else its own, else that of the class for all others. */
  private int priority(Scheduling scheduling) {
    Optional<String> name = scheduling.priorityClassName();
    if (name.isPresent() && Scheduling.SYSTEM_CLASSES.containsKey(name.get())) {
      return Scheduling.SYSTEM_CLASSES.get(name.get());
    }
    return priorityClass(scheduling)
        .map(PriorityClass::value)
        .or(scheduling::priority)
        .or(
            () ->
                priorityClasses.values().stream()
                    .filter(PriorityClass::globalDefault)
                    .map(PriorityClass::value)
                    .findFirst())
        .orElse(0);
  }

  private boolean mayPreempt(Scheduling scheduling) {
    return scheduling.preemptionPolicy() == PreemptionPolicy.PREEMPT_LOWER_PRIORITY
        && priorityClass(scheduling).map(PriorityClass::preempts).orElse(true);
  }

  private Optional<PriorityClass> priorityClass(Scheduling scheduling) {
    return scheduling.priorityClassName().map(priorityClasses::get);
  }
}
