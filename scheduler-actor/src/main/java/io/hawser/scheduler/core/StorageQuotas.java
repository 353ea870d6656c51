package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.ResourceQuota;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What quotas say of claims: of their number and of what they ask for together. */
final class StorageQuotas {
  static final String CLAIMS = "persistentvolumeclaims";
  static final String BYTES = "requests.storage";

  private StorageQuotas() {}

  /**
   * What is taken.
   *
   * @return empty for a name that is not about claims
   */
  static Optional<Long> used(ClusterState state, String namespace, String name) {
    return switch (name) {
      case CLAIMS ->
          Optional.of((long) state.objects().in(namespace, PersistentVolumeClaim.class).size());
      case BYTES ->
          Optional.of(
              state.objects().in(namespace, PersistentVolumeClaim.class).stream()
                  .mapToLong(claim -> claim.spec().requestedBytes())
                  .sum());
      default -> Optional.empty();
    };
  }

  /** Why the namespace takes no such claim now. */
  static Optional<String> refusal(
      ClusterState state, String namespace, PersistentVolumeClaim.Spec spec) {
    Map<String, Long> asked = Map.of(CLAIMS, 1L, BYTES, spec.requestedBytes());
    for (ResourceQuota quota : state.objects().in(namespace, ResourceQuota.class)) {
      for (Map.Entry<String, Long> hard : new TreeMap<>(quota.hard()).entrySet()) {
        String name = hard.getKey();
        Optional<Long> used = used(state, namespace, name);
        if (used.isPresent() && used.get() + asked.get(name) > hard.getValue()) {
          return Optional.of(
              "exceeded quota: %s, requested: %s=%d, used: %s=%d, limited: %s=%d"
                  .formatted(
                      quota.meta().name(),
                      name,
                      asked.get(name),
                      name,
                      used.get(),
                      name,
                      hard.getValue()));
        }
      }
    }
    return Optional.empty();
  }
}
