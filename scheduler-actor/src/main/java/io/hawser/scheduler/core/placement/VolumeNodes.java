package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ApiObject;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where the volumes of pods are, by what their claims are bound to. */
final class VolumeNodes {
  private static final String CLAIM = PersistentVolumeClaim.class.getSimpleName();

  private Map<ObjectName, ApiObject> claims = Map.of();
  private final Map<ObjectName, String> assumed = new HashMap<>();

  /** True: claims are others now than those seen before. */
  boolean see(ClusterState state) {
    Map<ObjectName, ApiObject> before = claims;
    Map<ObjectName, ApiObject> now = state.objects().byKind().get(CLAIM);
    claims = now == null ? Map.of() : now;
    return claims != before;
  }

  /** True: that changes something. */
  boolean assume(Pod pod, String node) {
    boolean any = false;
    for (String claim : pod.spec().claimNames()) {
      any |= assumed.putIfAbsent(new ObjectName(pod.meta().namespace(), claim), node) == null;
    }
    return any;
  }

  boolean assumeNothing() {
    boolean any = !assumed.isEmpty();
    assumed.clear();
    return any;
  }

  /**
   * The nodes that have all bound volumes of a pod.
   *
   * @return empty: no volume is bound, any node will do; a set without nodes: they are on several
   */
  Optional<Set<String>> of(Pod pod) {
    List<String> names = pod.spec().claimNames();
    Optional<Set<String>> nodes = Optional.empty();
    for (String name : names) {
      Optional<String> node = nodeOf(new ObjectName(pod.meta().namespace(), name));
      if (node.isPresent()) {
        boolean same = nodes.isEmpty() || nodes.get().contains(node.get());
        nodes = Optional.of(same ? Set.of(node.get()) : Set.of());
      }
    }
    return nodes;
  }

  private Optional<String> nodeOf(ObjectName claim) {
    return Optional.ofNullable((PersistentVolumeClaim) claims.get(claim))
        .flatMap(c -> c.status().node())
        .or(() -> Optional.ofNullable(assumed.get(claim)));
  }
}
