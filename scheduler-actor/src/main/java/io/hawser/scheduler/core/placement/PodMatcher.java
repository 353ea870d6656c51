package io.hawser.scheduler.core.placement;

import io.hawser.model.LabelSelector;
import io.hawser.model.Scheduling.PodTerm;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which pods a term of an affinity means, worked out for the pod that has the term. */
record PodMatcher(
    Set<String> namespaces,
    Optional<LabelSelector> namespaceSelector,
    Optional<LabelSelector> selector,
    Map<String, Map<String, String>> namespaceLabels) {

  /**
   * @param namespaceLabels of every namespace, by name
   */
  static PodMatcher of(
      PodTerm term, Footprint carrier, Map<String, Map<String, String>> namespaceLabels) {
    boolean own = term.namespaces().isEmpty() && term.namespaceSelector().isEmpty();
    return new PodMatcher(
        own ? Set.of(carrier.namespace()) : term.namespaces(),
        term.namespaceSelector(),
        term.resolved(carrier.labels()),
        namespaceLabels);
  }

  boolean matches(Footprint pod) {
    return selector.isPresent() && inNamespace(pod) && selector.get().matches(pod.labels());
  }

  private boolean inNamespace(Footprint pod) {
    if (namespaces.contains(pod.namespace())) {
      return true;
    }
    return namespaceSelector.isPresent()
        && namespaceSelector.get().matches(namespaceLabels.getOrDefault(pod.namespace(), Map.of()));
  }

  static boolean allMatch(List<PodMatcher> matchers, Footprint pod) {
    for (PodMatcher matcher : matchers) {
      if (!matcher.matches(pod)) {
        return false;
      }
    }
    return true;
  }
}
