package io.hawser.scheduler.core.placement;

import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.Scheduling;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Finds out what pods ask for. Working it out costs microseconds; pods of one template share their
 * spec, and are recognised by it.
 */
final class Recognition {
  private static final int SLOTS = 1 << 12;

  private final Pod[] samples = new Pod[SLOTS];
  private final Ask[] asks = new Ask[SLOTS];
  private final Function<Pod, Optional<Set<String>>> volumes;
  private Map<String, Integer> priorityClasses = Map.of();

  /**
   * @param volumes the nodes where a pod's volumes are; empty: anywhere
   */
  Recognition(Function<Pod, Optional<Set<String>>> volumes) {
    this.volumes = volumes;
  }

  void priorityClasses(Map<String, Integer> byName) {
    priorityClasses = Map.copyOf(byName);
    java.util.Arrays.fill(samples, null);
  }

  Ask ask(Pod pod) {
    int slot = System.identityHashCode(pod.spec()) & SLOTS - 1;
    Pod sample = samples[slot];
    if (sample == null || !alike(sample, pod)) {
      samples[slot] = pod;
      asks[slot] = Ask.of(pod, priority(pod.spec()), volumes.apply(pod));
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

  int priority(PodSpec spec) {
    Scheduling scheduling = spec.scheduling();
    if (scheduling.priorityClassName().isPresent()) {
      String name = scheduling.priorityClassName().get();
      Integer known = Scheduling.SYSTEM_CLASSES.getOrDefault(name, priorityClasses.get(name));
      if (known != null) {
        return known;
      }
    }
    return scheduling.priority().orElse(0);
  }
}
